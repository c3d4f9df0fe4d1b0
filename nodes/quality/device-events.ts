import { type Language, translate } from '../observation/messages.ts';
import type { DeviceReference } from '../observation/observation.ts';
import { ALARM, tagsOf } from '../timeseries/points.ts';
import type { Point } from '../timeseries/store.ts';
import { HOUR } from './qartod.ts';

/** What is wrong with a device. */
export type DeviceCause = 'silent' | 'late' | 'battery';

/** Something began or ended to be wrong with a device; travels as `msg.payload`, in the shape of an alarm. */
export interface DeviceEvent {
  /** Device id and name. */
  device: string;
  name: string;
  area: DeviceReference['area'];
  site?: string;
  sandbox?: true;
  /** Name of the alarm for staff. */
  alarm: string;
  cause: DeviceCause;
  state: 'raised' | 'cleared';
  severity: 'information' | 'warning';
  /** silent: hours without a message; late: hours that it was under way; battery: days left, or percent if unknown. */
  value: number;
  /** ISO 8601 UTC. */
  time: string;
  /** For people, in the configured language. */
  sentence: string;
}

/** What a sentence says besides the value. level: percent; interval: ms. */
export interface EventFacts {
  level?: number;
  interval?: number;
}

const MINUTE = HOUR / 60;
const SPANS: readonly [unit: string, length: number][] = [
  ['days', 24 * HOUR],
  ['hours', HOUR],
];

const SEVERITY = { silent: 'warning', late: 'information', battery: 'warning' } as const;

/** The event with its sentence `quality.watch.sentence.<key>`. `time` in ms since 1970 UTC. */
export function eventOf(
  { id, name, area, site, sandbox }: DeviceReference,
  what: Pick<DeviceEvent, 'cause' | 'state' | 'value'> & { time: number; key: string; facts: EventFacts },
  language: Language,
): DeviceEvent {
  const { cause, state, time, key, facts } = what;
  const value = Math.round(what.value * 10) / 10;
  const parameters = {
    place: site ?? name,
    value: Math.round(value),
    level: Math.round(facts.level ?? value),
    span: span(what.value * HOUR, language),
    interval: span(facts.interval ?? 0, language),
  };
  return {
    device: id,
    name,
    area,
    ...(site !== undefined && { site }),
    ...(sandbox && { sandbox }),
    alarm: translate(language, `quality.watch.alarm.${cause}`),
    cause,
    state,
    severity: SEVERITY[cause],
    value,
    time: new Date(time).toISOString(),
    sentence: translate(language, `quality.watch.sentence.${key}`, parameters),
  };
}

/** ms in words, in a unit that fits. */
function span(length: number, language: Language): string {
  const [unit, size] = SPANS.find(([, one]) => length >= 2 * one) ?? ['minutes', MINUTE];
  return translate(language, `quality.watch.span.${unit}`, { count: Math.round(length / size) });
}

/** The event as a point of measurement `alarm`: tags device, site, alarm; fields state, severity, sentence, value, cause. */
export function pointOfEvent(event: DeviceEvent): Point {
  const { alarm, cause, state, severity, sentence, value, time } = event;
  return {
    measurement: ALARM,
    tags: { ...tagsOf({ device: { ...event, id: event.device } }), alarm },
    fields: { state, severity, sentence, value, cause },
    time: Date.parse(time),
  };
}
