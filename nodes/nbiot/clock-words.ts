import type { Device } from '../devices/device.ts';
import { ReportOnce } from '../lorawan/report-once.ts';
import { type Language, translate } from '../observation/messages.ts';

const DAY_MS = 86_400_000;
/** Seconds behind from which a clock is not believed: observation/time.ts. */
const OLDEST = 60 * 86_400;
/** Seconds of each unit, and from how many seconds on it is used. */
const UNITS = [
  ['days', 86_400, 2 * 86_400],
  ['hours', 3600, 2 * 3600],
  ['minutes', 60, 0],
] as const;

/** What people are told of devices' clocks. */
export class ClockWords {
  readonly #language: Language;
  readonly #reports = new ReportOnce();

  constructor(language: Language) {
    this.#language = language;
  }

  /** The sentence about a device's clock that is so many seconds ahead, once a day. */
  news({ id, name: device }: Device, offset: number): string | undefined {
    if (!this.#reports.isNew(id, DAY_MS)) return undefined;
    return translate(this.#language, warningOf(offset), {
      device,
      duration: durationText(offset, this.#language),
    });
  }

  /** Of how many devices whose clock is wrong; undefined of none. */
  remark(count: number): string | undefined {
    if (count === 0) return undefined;
    return translate(
      this.#language,
      count === 1 ? 'nbiot.status.oneWrongClock' : 'nbiot.status.wrongClocks',
      {
        count,
      },
    );
  }
}

function warningOf(offset: number): string {
  if (offset > 0) return 'nbiot.warning.clockAhead';
  return -offset > OLDEST ? 'nbiot.warning.clockUnset' : 'nbiot.warning.clockBehind';
}

/** `3 hours`, of seconds ahead or behind. */
export function durationText(offset: number, language: Language): string {
  const seconds = Math.abs(offset);
  const [unit, length] = UNITS.find(([, , from]) => seconds >= from) ?? UNITS[2];
  return translate(language, `nbiot.duration.${unit}`, { count: Math.round(seconds / length) });
}
