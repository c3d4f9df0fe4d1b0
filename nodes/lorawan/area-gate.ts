import type { Device } from '../devices/device.ts';
import type { AreaId } from '../observation/areas.ts';
import { MessageError, type Problem } from '../observation/errors.ts';
import { sharedReports } from './report-once.ts';
import type { ServedAreas } from './served-areas.ts';

export interface AreaGateOptions {
  /** What all who hear the same messages share: their device list. */
  registry: object;
  /** Devices of other areas are left to other flows. */
  area?: AreaId;
  /** Whether there is a flow for an area; absent: there is one for each. */
  served?: Pick<ServedAreas, 'has'>;
}

/** Why a message leaves quietly: another flow's device, the same once more, or reported already. */
export type DropReason = 'other-area' | 'duplicate' | 'reported';

export interface Dropped {
  dropped: DropReason;
}

/** Flows that hear the same message do so within this time. */
const SAME_MESSAGE_MS = 10 * 60_000;

/** Leaves the devices of other areas to their flows; what several flows hear and nobody takes is told by one of them. */
export class AreaGate {
  readonly #options: AreaGateOptions;

  constructor(options: AreaGateOptions) {
    this.#options = options;
  }

  isElsewhere(device: Device): boolean {
    const { area } = this.#options;
    return area !== undefined && device.area !== area;
  }

  /**
   * Of a device elsewhere. Without a flow for its area, nobody else would say that the reading is lost: then throws
   * MessageError `lorawan.error.noFlowForArea`. `message`: the same for the same message, whoever receives it.
   */
  leave(device: Device, message: string): Dropped {
    // A flow that was deleted need not hear of its simulated devices.
    if (device.sandbox || (this.#options.served?.has(device.area) ?? true)) return { dropped: 'other-area' };
    if (!this.isNews(message)) return { dropped: 'reported' };
    throw new MessageError({ key: 'lorawan.error.noFlowForArea', ...accountOf(device) });
  }

  /** Whether no flow told of it lately. */
  isNews(what: string, withinMs = SAME_MESSAGE_MS): boolean {
    return sharedReports(this.#options.registry).isNew(what, withinMs);
  }
}

/** Whose message it was, for people and for the accounts. */
export function accountOf({ name, area, id }: Device): Pick<Problem, 'device' | 'account'> {
  return { device: name, account: { area, device: id } };
}
