import { CalmStatus } from '../observation/calm-status.ts';
import { clockTime } from '../observation/clock-time.ts';
import type { FlowNode } from '../observation/flow-node.ts';
import { type Language, translate } from '../observation/messages.ts';
import type { TransportState } from './transport.ts';

const LOOKS = {
  connecting: { fill: 'yellow', shape: 'ring' },
  disconnected: { fill: 'red', shape: 'ring' },
  connected: { fill: 'green', shape: 'ring' },
  receiving: { fill: 'green', shape: 'dot' },
  problem: { fill: 'red', shape: 'ring' },
} as const;

/** What stands under the intake node: whether it is connected, and what came when. */
export class IntakeStatus {
  readonly #status: CalmStatus;
  readonly #language: Language;
  readonly #timeZone: string;
  readonly #source: string;
  #count = 0;
  /** ms since 1970 UTC. */
  #last = 0;

  /** `source`: where messages come from, as people know it; `timeZone`: IANA name. */
  constructor(
    node: FlowNode,
    { language, timeZone, source }: { language: Language; timeZone: string; source: string },
  ) {
    this.#status = new CalmStatus(node);
    this.#language = language;
    this.#timeZone = timeZone;
    this.#source = source;
  }

  connection(state: TransportState): void {
    const key = state === 'connected' ? 'waiting' : state;
    if (key === 'waiting' && this.#count > 0) this.#showCount();
    else this.#show(state, translate(this.#language, `intake.status.${key}`, { source: this.#source }));
  }

  received(): void {
    this.#count++;
    this.#last = Date.now();
    this.#showCount();
  }

  problem(sentence: string): void {
    this.#show('problem', sentence);
  }

  close(): void {
    this.#status.close();
  }

  #showCount(): void {
    this.#status.show(() => ({
      ...LOOKS.receiving,
      text: translate(this.#language, `intake.status.${this.#count === 1 ? 'one' : 'many'}`, {
        count: this.#count,
        time: clockTime(this.#last, this.#language, this.#timeZone),
      }),
    }));
  }

  #show(look: keyof typeof LOOKS, text: string): void {
    this.#status.show(() => ({ ...LOOKS[look], text }));
  }
}
