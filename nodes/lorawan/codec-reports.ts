import type { Device } from '../devices/device.ts';
import type { PayloadSample } from './payload.ts';
import { ReportOnce } from './report-once.ts';

export interface CodecListeners {
  /** Called once per model and name for what a codec says and the model does not know. */
  onUnknownNames?: (device: Device, names: string[]) => void;
  /** Called once per device and warning for what a codec says of a payload that it read all the same. */
  onWarnings?: (device: Device, warnings: string[]) => void;
}

/** Tells once what codecs say beside values. */
export class CodecReports {
  readonly #listeners: CodecListeners;
  readonly #reports = new ReportOnce();

  constructor(listeners: CodecListeners) {
    this.#listeners = listeners;
  }

  add(
    device: Device,
    samples: readonly Pick<PayloadSample, 'unknownNames'>[],
    warnings: readonly string[],
  ): void {
    if (samples.some(({ unknownNames }) => unknownNames.length > 0)) this.#addNames(device, samples);
    if (warnings.length > 0) this.#addWarnings(device, warnings);
  }

  #addNames(device: Device, samples: readonly Pick<PayloadSample, 'unknownNames'>[]): void {
    const names = new Set(samples.flatMap(({ unknownNames }) => unknownNames));
    const fresh = [...names].filter((name) => this.#reports.isNew(`name ${device.model}/${name}`, Infinity));
    if (fresh.length > 0) this.#listeners.onUnknownNames?.(device, fresh);
  }

  /** A warning with another number in it is the same warning: a battery that is low says so at every voltage. */
  #addWarnings(device: Device, warnings: readonly string[]): void {
    const fresh = [...new Set(warnings)].filter((text) =>
      this.#reports.isNew(`warning ${device.id}/${text.replaceAll(/\d+/g, '0')}`, Infinity),
    );
    if (fresh.length > 0) this.#listeners.onWarnings?.(device, fresh);
  }
}
