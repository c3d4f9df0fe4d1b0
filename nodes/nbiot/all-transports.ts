import type { Transport, TransportEvents, TransportState } from '../intake/transport.ts';

/** From worst to best. */
const STATES: readonly TransportState[] = ['disconnected', 'connecting', 'connected'];

/** Several ports as one transport: it is as well as the worst of them. */
export class AllTransports implements Transport {
  readonly #transports: Transport[] = [];
  readonly #states: TransportState[] = [];
  readonly #onState: TransportEvents['onState'];

  constructor(onState: TransportEvents['onState']) {
    this.#onState = onState;
  }

  /** `open` gets what the transport tells its state to. */
  add(open: (onState: TransportEvents['onState']) => Transport): void {
    const index = this.#states.push('connecting') - 1;
    this.#transports.push(
      open((state) => {
        this.#states[index] = state;
        this.#onState(STATES.find((worst) => this.#states.includes(worst)) ?? state);
      }),
    );
  }

  start(): void {
    for (const transport of this.#transports) transport.start();
  }

  async stop(forGood = false): Promise<void> {
    await Promise.all(this.#transports.map((transport) => transport.stop(forGood)));
  }
}
