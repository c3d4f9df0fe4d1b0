import { answerAlarm, openAlarmsWithKeys, replyOf } from '../alarm/alarm-answer.ts';
import { type Language, translate } from '../observation/messages.ts';
import type { OperatorSources } from './sources.ts';

/**
 * What somebody says of an open alarm on the page: `{ action: 'seen' | 'right' | 'false' | 'planned', key }`. Gives the
 * sentence that says what became of it. Throws MessageError for another action.
 */
export function alarmAction(
  body: unknown,
  { state, save }: Pick<OperatorSources, 'state' | 'save'>,
  language: Language,
  now: number,
): string {
  const { action, key } = (body ?? {}) as { action?: unknown; key?: unknown };
  const reply = replyOf(action);
  const alarm = openAlarmsWithKeys(state).find((each) => each.key === key);
  if (!alarm) return translate(language, 'operator.alarm.over');
  const point = answerAlarm(state, alarm, reply, now);
  if (point) save([point], alarm.event.sandbox === true);
  return translate(language, `operator.alarm.thanks.${reply}`);
}
