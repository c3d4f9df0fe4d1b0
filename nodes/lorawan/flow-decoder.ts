import { ByflytError } from '../observation/errors.ts';
import type { FlowMessage } from '../observation/flow-node.ts';
import type { Observation } from '../observation/observation.ts';
import type { Journal } from '../persistence/journal.ts';
import type { DecodeResult, LorawanDecoder } from './decoder.ts';
import type { NetworkEvent } from './network-message.ts';
import { splitMessages } from './network-server.ts';

export interface FlowResult {
  /** One message per Observation, oldest first; several carry Node-RED's `parts`. */
  readings: (FlowMessage & { payload: Observation })[];
  events: (FlowMessage & { payload: NetworkEvent })[];
  /** The first thing that went wrong; the rest of the message was decoded all the same. */
  problem?: unknown;
}

/** Decodes flow messages and tells the journal what became of those without a reading. */
export class FlowDecoder {
  readonly #decoder: Pick<LorawanDecoder, 'decode'>;
  readonly #journal: Pick<Journal, 'settle'>;

  constructor(decoder: Pick<LorawanDecoder, 'decode'>, journal: Pick<Journal, 'settle'>) {
    this.#decoder = decoder;
    this.#journal = journal;
  }

  /** Never rejects: what went wrong is in `problem`, and the journal has it. */
  async decode(message: FlowMessage): Promise<FlowResult> {
    const outcomes: (DecodeResult | { problem: unknown })[] = [];
    for (const single of splitMessages(message.payload)) outcomes.push(await this.#attempt(single, message));
    const observations = outcomes.flatMap((outcome) =>
      'observations' in outcome ? outcome.observations : [],
    );
    const failure = outcomes.find((outcome) => 'problem' in outcome);
    if (observations.length === 0) this.#settle(message, failure ?? outcomes[0]);
    return {
      readings: observations.map((observation, index) =>
        readingMessage(message, observation, index, observations.length),
      ),
      events: outcomes.flatMap((outcome) =>
        'event' in outcome ? [eventMessage(message, outcome.event)] : [],
      ),
      ...(failure ? { problem: failure.problem } : {}),
    };
  }

  async #attempt(
    single: unknown,
    { topic, intake }: FlowMessage,
  ): Promise<DecodeResult | { problem: unknown }> {
    try {
      return await this.#decoder.decode(single, {
        receivedTime: intake?.receivedTime ?? new Date().toISOString(),
        ...(intake ? { journalId: intake.journalId } : {}),
        ...(topic === undefined ? {} : { topic }),
      });
    } catch (problem) {
      return { problem };
    }
  }

  /** A message with readings is settled when the database has them. */
  #settle({ intake }: FlowMessage, outcome: DecodeResult | { problem: unknown } | undefined): void {
    if (!intake) return;
    const { journalId } = intake;
    if (outcome && 'problem' in outcome) {
      this.#journal.settle(journalId, 'rejected', reasonOf(outcome.problem));
    } else if (outcome && 'event' in outcome) {
      const parameters = { type: outcome.event.type };
      this.#journal.settle(journalId, 'dropped', { reasonKey: 'lorawan.dropped.event', parameters });
    } else if (outcome && 'dropped' in outcome) {
      this.#journal.settle(journalId, 'dropped', { reasonKey: `lorawan.dropped.${outcome.dropped}` });
    } else {
      this.#journal.settle(journalId, 'dropped');
    }
  }
}

function reasonOf(problem: unknown): {
  reasonKey: string;
  parameters: Record<string, string | number>;
  device?: string;
} {
  if (!(problem instanceof ByflytError)) {
    const message = problem instanceof Error ? problem.message : String(problem);
    return { reasonKey: 'observation.error.unexpected', parameters: { message } };
  }
  const { key, parameters, device } = problem;
  return { reasonKey: key, parameters, ...(device === undefined ? {} : { device }) };
}

function readingMessage(
  message: FlowMessage,
  payload: Observation,
  index: number,
  count: number,
): FlowMessage & { payload: Observation } {
  const id = message.intake?.journalId ?? message._msgid;
  return {
    ...message,
    topic: payload.device.id,
    payload,
    ...(count > 1 ? { parts: { id, index, count } } : {}),
  };
}

function eventMessage(message: FlowMessage, payload: NetworkEvent): FlowMessage & { payload: NetworkEvent } {
  return { ...message, topic: payload.deviceId ?? payload.devEui ?? '', payload };
}
