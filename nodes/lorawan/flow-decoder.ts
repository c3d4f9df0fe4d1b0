import { problemOf } from '../observation/errors.ts';
import type { FlowMessage, IntakeContext } from '../observation/flow-node.ts';
import { andThen, attempt, type NowOrLater } from '../observation/now-or-later.ts';
import type { Observation } from '../observation/observation.ts';
import type { Journal } from '../persistence/journal.ts';
import type { AnyEvent, DecodeContext, DecodeResult, MessageDecoder } from './decode-node.ts';
import { present } from './json-fields.ts';

export interface FlowResult {
  /** One message per Observation, oldest first; several carry Node-RED's `parts`. */
  readings: (FlowMessage & { payload: Observation })[];
  events: (FlowMessage & { payload: AnyEvent })[];
  /** The first thing that went wrong; the rest of the message was decoded all the same. */
  problem?: unknown;
}

/** Decodes flow messages and tells the journal what became of those without a reading. */
export class FlowDecoder {
  readonly #decoder: MessageDecoder;
  readonly #journal: Pick<Journal, 'settle'>;

  constructor(decoder: MessageDecoder, journal: Pick<Journal, 'settle'>) {
    this.#decoder = decoder;
    this.#journal = journal;
  }

  /** Never rejects: what went wrong is in `problem`, and the journal has it. */
  decode(message: FlowMessage): NowOrLater<FlowResult> {
    const { payload } = message;
    const singles = this.#decoder.split(payload);
    if (singles[0] !== payload || singles.length !== 1) return this.#decodeAll(message, singles);
    return andThen(this.#attempt(payload, message), (outcome) => this.#resultOf(message, [outcome]));
  }

  /** One after the other: raw frames of one device must keep their order. */
  async #decodeAll(message: FlowMessage, singles: readonly unknown[]): Promise<FlowResult> {
    const outcomes: Outcome[] = [];
    for (const [part, single] of singles.entries()) outcomes.push(await this.#attempt(single, message, part));
    return this.#resultOf(message, outcomes);
  }

  #resultOf(message: FlowMessage, outcomes: readonly Outcome[]): FlowResult {
    const observations: Observation[] = [];
    const events: FlowResult['events'] = [];
    for (const outcome of outcomes) {
      if ('observations' in outcome) observations.push(...outcome.observations);
      else if ('event' in outcome) events.push(eventMessage(message, outcome.event));
    }
    const failure = outcomes.find(isFailure);
    if (observations.length === 0) this.#settle(message, failure ?? outcomes[0]);
    // The database settles the readings' parts, so that of what failed is settled here.
    else if (failure) this.#reject(message, failure, partOf(observations.length, observations.length + 1));
    const count = observations.length + (failure ? 1 : 0);
    return {
      readings: observations.map((observation, index) =>
        readingMessage(message, observation, partOf(index, count), partOf(index, observations.length)),
      ),
      events,
      ...(failure ? { problem: failure.problem } : {}),
    };
  }

  #attempt(single: unknown, { topic, intake }: FlowMessage, part?: number): NowOrLater<Outcome> {
    const receivedTime = intake?.receivedTime ?? new Date().toISOString();
    const { journalId, transport } = intake ?? {};
    const context = present<DecodeContext>({ receivedTime, journalId, transport, topic, part });
    return attempt<Outcome>(
      () => this.#decoder.decode(single, context),
      (problem) => ({ problem }),
    );
  }

  /** A message with readings is settled when the database has them. */
  #settle(message: FlowMessage, outcome: Outcome | undefined): void {
    if (!message.intake) return;
    const { journalId } = message.intake;
    if (outcome && isFailure(outcome)) {
      this.#reject(message, outcome);
    } else if (outcome && 'dropped' in outcome && outcome.dropped !== undefined) {
      this.#journal.settle(journalId, 'dropped', { reasonKey: `lorawan.dropped.${outcome.dropped}` });
    } else if (outcome && 'event' in outcome) {
      const parameters = { type: outcome.event.type };
      this.#journal.settle(journalId, 'dropped', { reasonKey: 'lorawan.dropped.event', parameters });
    } else {
      this.#journal.settle(journalId, 'dropped');
    }
  }

  #reject({ intake }: FlowMessage, { problem }: Failure, part?: Part): void {
    if (!intake) return;
    const { key, parameters, device, account } = problemOf(problem);
    this.#journal.settle(intake.journalId, 'rejected', {
      reasonKey: key,
      parameters,
      ...(device !== undefined && { device }),
      ...(account && { account }),
      ...(part && { parts: part }),
    });
  }
}

interface Failure {
  problem: unknown;
}
type Outcome = DecodeResult | Failure;
type Part = NonNullable<IntakeContext['part']>;

function isFailure(outcome: Outcome): outcome is Failure {
  return 'problem' in outcome;
}

/** Undefined for the only one. */
function partOf(index: number, count: number): Part | undefined {
  return count > 1 ? { index, count } : undefined;
}

/** `part` is for the journal, `sibling` for Node-RED's join node. */
function readingMessage(
  message: FlowMessage,
  payload: Observation,
  part: Part | undefined,
  sibling: Part | undefined,
): FlowMessage & { payload: Observation } {
  const { intake } = message;
  const id = intake?.journalId ?? message._msgid;
  const reading: FlowMessage & { payload: Observation } = { ...message, topic: payload.device.id, payload };
  if (intake && part) reading.intake = { ...intake, part };
  if (sibling) reading.parts = { id, ...sibling };
  return reading;
}

/** Without `intake`: what becomes of the event is no verdict on the message, which has its own. */
function eventMessage(
  { intake: _intake, ...message }: FlowMessage,
  payload: AnyEvent,
): FlowMessage & { payload: AnyEvent } {
  return { ...message, topic: payload.deviceId ?? payload.devEui ?? '', payload };
}
