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
  #remark: (() => string) | undefined;

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
    const text = () => translate(this.#language, `intake.status.${key}`, { source: this.#source });
    if (key === 'waiting' && this.#count > 0) this.#showCount();
    else this.#status.show(() => ({ ...LOOKS[state], text: this.#remarked(text()) }));
  }

  received(): void {
    this.#count++;
    this.#last = Date.now();
    this.#showCount();
  }

  /** Stands behind the count from now on, for example how much was turned away; asked when it is shown. */
  remark(text: () => string): void {
    this.#remark = text;
    if (this.#count > 0) this.#showCount();
    else this.connection('connected');
  }

  problem(sentence: string): void {
    this.#status.show(() => ({ ...LOOKS.problem, text: sentence }));
  }

  close(): void {
    this.#status.close();
  }

  #showCount(): void {
    this.#status.show(() => ({
      ...LOOKS.receiving,
      text: this.#remarked(
        translate(this.#language, `intake.status.${this.#count === 1 ? 'one' : 'many'}`, {
          count: this.#count,
          time: clockTime(this.#last, this.#language, this.#timeZone),
        }),
      ),
    }));
  }

  #remarked(text: string): string {
    return this.#remark ? `${text} · ${this.#remark()}` : text;
  }
}
