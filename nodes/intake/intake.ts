import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import { problemOf } from '../observation/errors.ts';
import type { FlowMessage } from '../observation/flow-node.ts';
import type { Journal, JournalEntry } from '../persistence/journal.ts';
import { maskKeys } from './mask-keys.ts';
import { isDeeplyNested } from './nesting.ts';
import { countReceived } from './received-counts.ts';
import type { ReceivedMessage } from './transport.ts';

export interface IntakeOptions {
  /** Stable across restarts: an intake takes only its own messages up again. */
  id: string;
  /** `mqtt` or `webhook`. */
  transport: string;
  journal: Pick<Journal, 'append' | 'pending' | 'settle' | 'isUnfinished'>;
  /** Hands a message to the flow. */
  emit(message: FlowMessage): void;
}

/** Entries that came to nothing this often go through the flow alone: one of them may be what stops the process. */
const SUSPECT_AFTER = 2;
/** How long a suspect is waited for, ms; a flow may also leave a message without a verdict. */
const SUSPECT_WAIT = 1000;
/** How long all of them together may keep new messages waiting, ms: a broken flow gives no verdict to thousands. */
const SUSPECTS_WAIT = 10_000;

/** How the journal names the way that a message came: transport and intake. */
export function originOf({ transport, id }: { transport: string; id: string }): string {
  return `${transport}/${id}`;
}

/** Takes raw messages in: first to the journal on disk, then into the flow. */
export class Intake {
  readonly #options: IntakeOptions;
  /** How it came and to whom, as the journal keeps it. */
  readonly #origin: string;

  constructor(options: IntakeOptions) {
    this.#options = options;
    this.#origin = originOf(options);
  }

  /** Resolves when the message is on disk and on its way through the flow. Rejects with ByflytError if the disk refuses. */
  accept({ topic, body: sent, contentType }: ReceivedMessage): Promise<void> {
    // Neither the disk nor the flow, with all who look at it, gets to see a key.
    const body = maskKeys(sent);
    const receivedTime = new Date().toISOString();
    const { journal, transport } = this.#options;
    const message = { transport: this.#origin, topic, body, receivedTime };
    return journal.append(contentType === undefined ? message : { ...message, contentType }).then((id) => {
      countReceived(transport);
      this.#emit({ id, topic, body, receivedTime });
    });
  }

  /** Emits what an earlier run took in and did not finish. Resolves with how many that were. */
  async redeliver(): Promise<number> {
    let count = 0;
    let patience = SUSPECTS_WAIT;
    for (const entry of this.#options.journal.pending(this.#origin)) {
      this.#emit(entry);
      count++;
      await nextTurn();
      if (entry.attempts >= SUSPECT_AFTER) patience -= await this.#finished(entry.id, patience);
    }
    return count;
  }

  /** Resolves with how long that took, ms. */
  async #finished(id: string, patience: number): Promise<number> {
    const { journal } = this.#options;
    const start = performance.now();
    const waited = () => performance.now() - start;
    while (journal.isUnfinished(id) && waited() < Math.min(SUSPECT_WAIT, patience)) await delay(5);
    return waited();
  }

  /** What the flow makes of a message is no reason to refuse it: it is on disk. */
  #emit({
    id,
    topic,
    body,
    receivedTime,
  }: Pick<JournalEntry, 'id' | 'topic' | 'body' | 'receivedTime'>): void {
    const { emit, journal, transport } = this.#options;
    try {
      // The journal's id is as good a message id as one that Node-RED would draw by lot.
      emit({
        _msgid: id,
        topic,
        payload: payloadOf(body),
        intake: { journalId: id, receivedTime, transport },
      });
    } catch (error) {
      const { key, parameters } = problemOf(error);
      journal.settle(id, 'rejected', { reasonKey: key, parameters });
    }
  }
}

/** The object or list of a JSON body; any other body stays as it came, and so does what could exhaust the stack. */
export function payloadOf(body: Buffer): unknown {
  const first = firstCharacter(body);
  if (first !== OBJECT && first !== LIST) return body;
  const json = body.toString('utf8');
  if (isDeeplyNested(json)) return body;
  try {
    return JSON.parse(json);
  } catch {
    // Not JSON after all: the decoder says so, with the journal entry at hand.
    return body;
  }
}

const [OBJECT, LIST] = Buffer.from('{[');
const SPACE = 0x20;

function firstCharacter(text: Buffer): number | undefined {
  let at = 0;
  while ((text[at] ?? SPACE + 1) <= SPACE) at++;
  return text[at];
}
