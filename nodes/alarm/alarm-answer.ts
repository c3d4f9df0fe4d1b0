import { ANSWERS, type Answer, addFeedback } from '../anomaly/feedback.ts';
import { MessageError } from '../observation/errors.ts';
import type { StateStore } from '../persistence/state-store.ts';
import type { Point } from '../timeseries/store.ts';
import { ALARM_STATES, type AlarmEvent, type AlarmRecord, pointOfAlarm } from './alarm.ts';
import { acknowledge } from './alarm-notices.ts';

/** What somebody may say of an alarm: that it was seen, or also what was behind it. */
export const REPLIES = ['seen', ...ANSWERS] as const;
export type Reply = (typeof REPLIES)[number];

/** An open alarm with the key of its state. */
export interface OpenAlarm {
  key: string;
  event: AlarmEvent;
  acknowledged: boolean;
}

/** All alarms that are open, of all rules, newest first, and whether somebody has seen them. */
export function openAlarmsWithKeys(state: StateStore): OpenAlarm[] {
  const alarms = state.keys(ALARM_STATES).flatMap((key) => {
    const { open: event, told } = state.get<AlarmRecord>(key) ?? {};
    return event ? [{ key, event, acknowledged: told?.acknowledged !== undefined }] : [];
  });
  return alarms.sort((a, b) => b.event.time.localeCompare(a.event.time));
}

/** The word as a reply. Throws MessageError for any other. */
export function replyOf(word: unknown): Reply {
  const reply = REPLIES.find((each) => each === word);
  if (reply) return reply;
  throw new MessageError({ key: 'alarm.error.reply' });
}

/**
 * Takes a reply at `now` (ms since 1970 UTC): the alarm is acknowledged if it is still open, and what was behind an
 * unusual value is remembered. Gives the point that keeps the answer beside the alarm in the database; none for 'seen'.
 */
export function answerAlarm(
  state: StateStore,
  { key, event }: Pick<OpenAlarm, 'key' | 'event'>,
  reply: Reply,
  now: number,
): Point | undefined {
  if (state.get<AlarmRecord>(key)?.open?.time === event.time) acknowledge(state, key, now);
  if (reply === 'seen') return undefined;
  const answer: Answer = reply;
  if (event.quantity !== undefined && event.cause !== 'above' && event.cause !== 'below') {
    addFeedback(state, event.device, event.quantity, { alarm: event.time, answer, given: now });
  }
  return { ...pointOfAlarm(event), fields: { answer } };
}
