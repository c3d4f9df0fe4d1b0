/** What people are told of alarms, and when: at once, after quiet hours, again, and somebody else if nobody answers. */
import { type Language, translate } from '../observation/messages.ts';
import type { StateStore } from '../persistence/state-store.ts';
import { ALARM_STATES, type AlarmEvent, type AlarmRecord } from './alarm.ts';
import type { AlarmLinks } from './alarm-links.ts';
import { SEVERITIES, type Severity, type Told } from './alarm-state.ts';
import { isQuiet, type QuietHours } from './quiet-hours.ts';

export interface NoticeRule {
  /** Local hours in which only critical alarms are told; absent: there are none. */
  quiet?: QuietHours;
  /** Minutes between reminders of an open alarm that nobody has acknowledged; 0: none. */
  repeat: number;
  /** Minutes without acknowledgement after which somebody else is told, once; 0: never. */
  escalate: number;
}

export type NoticeKind = 'raised' | 'repeated' | 'escalated' | 'cleared';

/** An alarm event as it is sent to people. */
export interface AlarmNotice extends AlarmEvent {
  notice: NoticeKind;
  /** Address at which whoever got it can say whether it was right; absent if Byflyt does not know its own address. */
  link?: string;
}

const MINUTE = 60_000;

/** What is due for one alarm at `now` (ms since 1970 UTC), and what has been told then. Pure. */
export function dueNotice(
  record: AlarmRecord,
  rule: NoticeRule,
  now: number,
): { kind: NoticeKind; told: Told } | undefined {
  const event = record.open ?? record.ended;
  if (!event || (rule.quiet && event.severity !== 'critical' && isQuiet(rule.quiet, now))) return undefined;
  const told = record.told ?? toldLongAgo(event);
  if (!record.open) return { kind: 'cleared', told };
  if (told.acknowledged !== undefined) return undefined;
  if (told.first === undefined) return { kind: 'raised', told: { ...told, first: now, newest: now } };
  const passed = (since: number, minutes: number): boolean => minutes > 0 && now - since >= minutes * MINUTE;
  if (!told.escalated && passed(told.first, rule.escalate)) {
    return { kind: 'escalated', told: { ...told, newest: now, escalated: true } };
  }
  if (passed(told.newest ?? told.first, rule.repeat)) {
    return { kind: 'repeated', told: { ...told, newest: now } };
  }
  return undefined;
}

/** Alarms that an earlier version kept were told when they were raised. */
function toldLongAgo({ time }: AlarmEvent): Told {
  const first = Date.parse(time);
  return { first, newest: first };
}

/** The notices of one rule; what has been told survives a restart. */
export class AlarmNotices {
  readonly #state: StateStore;
  readonly #prefix: string;
  readonly #rule: NoticeRule;
  readonly #language: Language;
  readonly #links: AlarmLinks | undefined;

  /** `id`: of the alarm rule. Without `links` the notices have none. */
  constructor(state: StateStore, id: string, rule: NoticeRule, language: Language, links?: AlarmLinks) {
    this.#state = state;
    this.#prefix = `${ALARM_STATES}${id}/`;
    this.#rule = rule;
    this.#language = language;
    this.#links = links;
  }

  /** What is due for a device (or a device and a cause, `device/cause`) now, ms since 1970 UTC; it counts as told from then on. */
  ofDevice(device: string, now: number): AlarmNotice | undefined {
    const key = this.#prefix + device;
    const record = this.#state.get<AlarmRecord>(key);
    const due = record && dueNotice(record, this.#rule, now);
    const event = record?.open ?? record?.ended;
    if (!record || !due || !event) return undefined;
    const { ended: _ended, told: _told, ...rest } = record;
    this.#state.set(key, due.kind === 'cleared' ? rest : { ...record, told: due.told }, 'now');
    return this.#notice(key, event, due.kind, due.told, now);
  }

  /** What is due for all devices, oldest alarm first. */
  all(now: number): AlarmNotice[] {
    const devices = this.#state.keys(this.#prefix).map((key) => key.slice(this.#prefix.length));
    const due = devices.flatMap((device) => this.ofDevice(device, now) ?? []);
    return due.sort((a, b) => a.time.localeCompare(b.time));
  }

  #notice(key: string, event: AlarmEvent, kind: NoticeKind, told: Told, now: number): AlarmNotice {
    const { sentence, severity } = event;
    const minutes = Math.round((now - (told.first ?? now)) / MINUTE);
    const again = kind === 'repeated' || kind === 'escalated';
    const link = kind === 'cleared' ? undefined : this.#links?.linkTo(key, event, now);
    return {
      ...event,
      severity: kind === 'escalated' ? oneWorse(severity) : severity,
      sentence: again ? translate(this.#language, `alarm.sentence.${kind}`, { minutes, sentence }) : sentence,
      notice: kind,
      ...(link !== undefined && { link }),
    };
  }
}

function oneWorse(severity: Severity): Severity {
  return SEVERITIES[SEVERITIES.indexOf(severity) + 1] ?? severity;
}

/** Somebody has seen all that is open of a device under a rule. */
export function acknowledgeDevice(state: StateStore, id: string, device: string, now: number): void {
  const own = `${ALARM_STATES}${id}/${device}`;
  const keys = state.keys(own).filter((key) => key === own || key.startsWith(`${own}/`));
  for (const key of keys) acknowledge(state, key, now);
}

/** Somebody has seen the open alarm: no reminder, no escalation. False if there is none or it was seen before. */
export function acknowledge(state: StateStore, key: string, now: number): boolean {
  const record = state.get<AlarmRecord>(key);
  if (!record?.open || record.told?.acknowledged !== undefined) return false;
  const told = record.told ?? toldLongAgo(record.open);
  state.set(key, { ...record, told: { ...told, acknowledged: now } }, 'now');
  return true;
}
