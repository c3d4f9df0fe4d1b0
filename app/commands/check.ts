import { LineChecker } from '../../nodes/anomaly/check-line.ts';
import { ConfigurationError } from '../../nodes/observation/errors.ts';
import type { Call, Command } from '../command.ts';
import { answerJsonLines } from '../lines.ts';

const MIDDLE = 50;

/** `byflyt check`: readings of many sensors -> quality, anomaly and alarms, each line answered before the next is read. */
export const command: Command = {
  options: { values: ['sensitivity', 'time-zone'], flags: [] },
  required: [],
  async run(call) {
    const { language } = call;
    const checker = new LineChecker({
      language,
      sensitivity: sensitivityOf(call),
      timeZone: timeZoneOf(call),
    });
    return answerJsonLines(language, async (line) => [checker.check(line)], { alarms: [] });
  },
};

function sensitivityOf(call: Call): number {
  const text = call.option('sensitivity') ?? String(MIDDLE);
  const sensitivity = text.trim() === '' ? Number.NaN : Number(text);
  if (sensitivity >= 0 && sensitivity <= 100) return sensitivity;
  const parameters = { command: 'check', option: 'sensitivity', value: text };
  throw new ConfigurationError({ key: 'app.error.option_value', parameters });
}

function timeZoneOf(call: Call): string {
  const value = call.option('time-zone') ?? call.environment.BYFLYT_TIMEZONE ?? 'Europe/Oslo';
  try {
    return new Intl.DateTimeFormat('en', { timeZone: value }).resolvedOptions().timeZone;
  } catch (error) {
    const parameters = { command: 'check', option: 'time-zone', value };
    throw new ConfigurationError({ key: 'app.error.option_value', parameters }, { cause: error });
  }
}
