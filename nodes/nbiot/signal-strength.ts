import type { DeviceModel, SignalScale } from '../devices/device.ts';
import { objectOf } from '../lorawan/json-fields.ts';

/** `AT+CSQ`, 3GPP TS 27.007, section 8.5: steps of 2 dB from -113 dBm; 99 and all else is not known. */
const [CSQ_LOWEST, CSQ_STEP, CSQ_HIGHEST] = [-113, 2, 31];
/** What a modem can hear at all, dBm. */
const [WEAKEST, STRONGEST] = [-150, 0];

const SCALES: Readonly<Record<SignalScale, (value: number) => number>> = {
  csq: (value) =>
    Number.isInteger(value) && value >= 0 && value <= CSQ_HIGHEST
      ? CSQ_LOWEST + CSQ_STEP * value
      : Number.NaN,
  dBm: (value) => value,
};

/** The signal strength in a codec's output by the model, dBm; undefined where it has none, or one that cannot be. */
export function signalIn(data: unknown, model: DeviceModel | undefined): number | undefined {
  const value = model?.signal && objectOf(data)?.[model.signal.from];
  if (!model?.signal || typeof value !== 'number') return undefined;
  const dBm = SCALES[model.signal.scale](value);
  return dBm >= WEAKEST && dBm <= STRONGEST ? dBm : undefined;
}
