import { ConfigurationError } from '../observation/errors.ts';
import { typedNumber } from '../observation/typed-number.ts';
import type { WatchSettings } from './device-watch.ts';

/** The device watch's form, as it is saved in the flow. */
export interface DeviceWatchForm {
  intervals?: string | number;
  lateHours?: string | number;
  batteryDays?: string | number;
}

/** What counts where a field is empty. */
const USUAL: WatchSettings = { intervals: 4, lateHours: 6, batteryDays: 30 };

/** The form as settings. Throws ConfigurationError for what is no number above zero. */
export function watchSettings(form: DeviceWatchForm): WatchSettings {
  return {
    intervals: positive(form.intervals, USUAL.intervals),
    lateHours: positive(form.lateHours, USUAL.lateHours),
    batteryDays: positive(form.batteryDays, USUAL.batteryDays),
  };
}

function positive(text: string | number | undefined, usual: number): number {
  if (text === undefined || text === '') return usual;
  const number = typedNumber(text);
  if (number > 0 && Number.isFinite(number)) return number;
  throw new ConfigurationError({ key: 'quality.watch.error.settings' });
}
