import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FlowMessage } from '../observation/flow-node.ts';
import type { Journal, JournalEntry } from '../persistence/journal.ts';
import type { ReceivedMessage } from './transport.ts';

export interface IntakeOptions {
  /** Stable across restarts: an intake takes only its own messages up again. */
  id: string;
  /** `mqtt` or `webhook`. */
  transport: string;
  journal: Pick<Journal, 'append' | 'pending'>;
  /** Hands a message to the flow. */
  emit(message: FlowMessage): void;
}

/** Takes raw messages in: first to the journal on disk, then into the flow. */
export class Intake {
  readonly #options: IntakeOptions;
  /** How it came and to whom, as the journal keeps it. */
  readonly #origin: string;

  constructor(options: IntakeOptions) {
    this.#options = options;
    this.#origin = `${options.transport}/${options.id}`;
  }

  /**
   * Resolves when the message is on disk and on its way through the flow; the flow gets a turn before the next
   * message, so a full broker queue does not pile up in memory. Rejects with ByflytError if the disk refuses.
   */
  async accept({ topic, body, contentType }: ReceivedMessage): Promise<void> {
    const receivedTime = new Date().toISOString();
    const id = await this.#options.journal.append({
      transport: this.#origin,
      topic,
      body,
      receivedTime,
      ...(contentType === undefined ? {} : { contentType }),
    });
    this.#emit({ id, topic, body, receivedTime });
    await nextTurn();
  }

  /** Emits what an earlier run took in and did not finish. Resolves with how many that were. */
  async redeliver(): Promise<number> {
    let count = 0;
    for (const entry of this.#options.journal.pending(({ transport }) => transport === this.#origin)) {
      this.#emit(entry);
      count++;
      await nextTurn();
    }
    return count;
  }

  #emit({
    id,
    topic,
    body,
    receivedTime,
  }: Pick<JournalEntry, 'id' | 'topic' | 'body' | 'receivedTime'>): void {
    const { emit, transport } = this.#options;
    emit({ topic, payload: payloadOf(body), intake: { journalId: id, receivedTime, transport } });
  }
}

/** The object or list of a JSON body; any other body stays as it came. */
function payloadOf(body: Buffer): unknown {
  const first = body.find((byte) => byte > 0x20);
  if (first !== 0x7b && first !== 0x5b) return body;
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    // Not JSON after all: the decoder says so, with the journal entry at hand.
    return body;
  }
}
