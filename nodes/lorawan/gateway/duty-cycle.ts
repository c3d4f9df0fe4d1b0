import type { StateStore } from '../../persistence/state-store.ts';
import { type SubBand, subBandOf } from './eu868.ts';

const HOUR = 3_600_000;

interface Transmission {
  /** ms since 1970. */
  at: number;
  /** ms */
  airtime: number;
}

/** How long each gateway has sent in each sub-band during the last hour; a restart does not make it forget. */
export class DutyCycle {
  readonly #state: StateStore;

  constructor(state: StateStore) {
    this.#state = state;
  }

  /** Whether a gateway may send for `airtime` ms at a frequency without exceeding the share of its sub-band. */
  allows(gatewayId: string, hertz: number, airtime: number, now = Date.now()): boolean {
    const band = subBandOf(hertz);
    if (!band) return false;
    const used = this.#lately(gatewayId, band, now).reduce((sum, sent) => sum + sent.airtime, 0);
    return used + airtime <= band.dutyCycle * HOUR;
  }

  count(gatewayId: string, hertz: number, airtime: number, now = Date.now()): void {
    const band = subBandOf(hertz);
    if (band)
      this.#state.set(keyOf(gatewayId, band), [...this.#lately(gatewayId, band, now), { at: now, airtime }]);
  }

  #lately(gatewayId: string, band: SubBand, now: number): Transmission[] {
    const sent = this.#state.get<Transmission[]>(keyOf(gatewayId, band)) ?? [];
    return sent.filter(({ at }) => at > now - HOUR);
  }
}

function keyOf(gatewayId: string, { fromHz }: SubBand): string {
  return `lorawan.airtime/${gatewayId}/${fromHz}`;
}
