import { ConfigurationError } from '../observation/errors.ts';
import { isQuantity } from '../observation/quantities.ts';
import { lastingName } from '../observation/tag-values.ts';
import { typedNumber } from '../observation/typed-number.ts';
import type { AlarmRule } from './alarm.ts';
import type { NoticeRule } from './alarm-notices.ts';
import { SEVERITIES } from './alarm-state.ts';
import { quietHoursOf } from './quiet-hours.ts';

/** The alarm node's form, as it is saved in the flow. */
export interface AlarmForm {
  /** Name of the alarm. */
  alarm?: string;
  quantity?: string;
  condition?: string;
  limit?: string | number;
  hysteresis?: string | number;
  delay?: string | number;
  severity?: string;
  flagged?: boolean;
  /** Local times of day such as 22:00; both empty: no quiet hours. */
  quietFrom?: string;
  quietTo?: string;
  /** Minutes; 0 or empty: never. */
  repeat?: string | number;
  escalate?: string | number;
}

const CONDITIONS = ['above', 'below', 'anomaly', 'reported'] as const;
/** The condition needs neither quantity nor limit. */
const ANY_QUANTITY = 'battery_level';

/** The form as a rule; `id` is the node's. Throws ConfigurationError that says which field is wrong. */
export function ruleOf(id: string, form: AlarmForm): AlarmRule {
  const { alarm = '', flagged = false } = form;
  const condition = oneOf(CONDITIONS, form.condition ?? 'above');
  const quantity = condition === 'reported' ? ANY_QUANTITY : (form.quantity ?? '');
  if (!isQuantity(quantity)) {
    throw new ConfigurationError({ key: 'alarm.error.unknown_quantity', parameters: { quantity } });
  }
  if (alarm.trim() === '') throw new ConfigurationError({ key: 'alarm.error.no_name' });
  const name = lastingName(alarm.trim());
  const limit = condition === 'anomaly' || condition === 'reported' ? 0 : typedNumber(form.limit);
  if (!Number.isFinite(limit)) throw new ConfigurationError({ key: 'alarm.error.limit' });
  const [hysteresis, delay] = [typedNumber(form.hysteresis ?? 0), typedNumber(form.delay ?? 0)];
  if (!(hysteresis >= 0 && delay >= 0)) throw new ConfigurationError({ key: 'alarm.error.not_negative' });
  const severity = oneOf(SEVERITIES, form.severity ?? 'warning');
  return { id, name, quantity, condition, limit, hysteresis, delay, severity, flagged };
}

/** What people are told and when; quiet hours are of `timeZone` (IANA). Throws ConfigurationError as `ruleOf`. */
export function noticeRuleOf(
  { quietFrom = '', quietTo = '', ...form }: AlarmForm,
  timeZone: string,
): NoticeRule {
  const [repeat, escalate] = [minutesOrNever(form.repeat), minutesOrNever(form.escalate)];
  const quiet = quietHoursOf(quietFrom, quietTo, timeZone);
  return { repeat, escalate, ...(quiet && { quiet }) };
}

function minutesOrNever(text: string | number | undefined): number {
  const minutes = text === undefined || text === '' ? 0 : typedNumber(text);
  if (minutes >= 0) return minutes;
  throw new ConfigurationError({ key: 'alarm.error.not_negative' });
}

function oneOf<T extends string>(choices: readonly T[], text: string): T {
  const choice = choices.find((each) => each === text);
  if (choice) return choice;
  throw new ConfigurationError({ key: 'alarm.error.choice', parameters: { text } });
}
