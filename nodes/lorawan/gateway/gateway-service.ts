import { MessageError, problemOf } from '../../observation/errors.ts';
import type { FlowMessage, IntakeContext } from '../../observation/flow-node.ts';
import type { Journal } from '../../persistence/journal.ts';
import { type JsonObject, objectOf, objectsOf } from '../json-fields.ts';
import type { NetworkEvent } from '../network-message.ts';
import { gatewayEvent } from '../servers/semtech-udp.ts';
import { type CollectedFrame, Collector } from './collector.ts';
import { type FrameMessage, frameMessage } from './frame-message.ts';
import type { GatewayNetwork } from './gateway-network.ts';
import { readRxpk } from './rxpk.ts';

export interface ServiceOptions {
  network: Pick<GatewayNetwork, 'receive'>;
  journal: Pick<Journal, 'settle'>;
  /** A frame for the decode node. */
  onFrame(message: FlowMessage & { payload: FrameMessage }): void;
  onEvent(event: NetworkEvent): void;
  /** Something is wrong with one message; the journal has it. */
  onProblem(error: unknown): void;
}

/** From entries of the journal to frames for the decode node, each frame once. */
export class GatewayService {
  readonly #options: ServiceOptions;
  readonly #collector: Collector;

  constructor(options: ServiceOptions) {
    this.#options = options;
    this.#collector = new Collector({
      onFrame: (frame) => this.#attempt(frame.intake, () => this.#handOn(frame)),
      onDuplicate: ({ journalId }) => this.#drop(journalId, 'lorawan.dropped.duplicate'),
    });
  }

  /** A message of a gateway as the intake emits it: topic `gateway/<EUI>`, JSON with one `rxpk`. Never throws. */
  take({ topic, payload, intake }: FlowMessage): void {
    if (!intake) return;
    this.#attempt(intake, () => {
      const [rxpk] = objectsOf(objectOf(payload)?.rxpk);
      if (!rxpk) throw new MessageError({ key: 'lorawan.error.notJson' });
      const gatewayId = (topic ?? '').replace(/^gateway\//, '');
      const heard = readRxpk(rxpk, gatewayId);
      if (heard) this.#collector.add(heard, intake);
      else this.#drop(intake.journalId, 'lorawan.dropped.badChecksum');
    });
  }

  /** A gateway's own status (PROTOCOL.TXT, 4): where it is, and that it lives. */
  stat(gatewayId: string, stat: JsonObject): void {
    const event = gatewayEvent('gateway-stat', stat, gatewayId);
    this.#options.onEvent({ ...event, time: event.time ?? new Date().toISOString() });
  }

  /** What waits for other gateways stays in the journal, for the next start. */
  close(): void {
    this.#collector.close();
  }

  #handOn(frame: CollectedFrame): void {
    const { intake, receptions } = frame;
    const outcome = this.#options.network.receive(frame);
    if ('forward' in outcome) {
      const topic = `gateway/${receptions[0]?.gatewayId ?? ''}`;
      this.#options.onFrame({ topic, payload: frameMessage(frame), intake });
    } else if ('dropped' in outcome) this.#drop(intake.journalId, `lorawan.dropped.${outcome.dropped}`);
    else this.#drop(intake.journalId, 'lorawan.dropped.event', { type: outcome.event });
  }

  #attempt({ journalId }: IntakeContext, work: () => void): void {
    try {
      work();
    } catch (error) {
      const { key, parameters, device, account } = problemOf(error);
      this.#options.journal.settle(journalId, 'rejected', {
        reasonKey: key,
        parameters,
        ...(device !== undefined && { device }),
        ...(account && { account }),
      });
      this.#options.onProblem(error);
    }
  }

  #drop(journalId: string, reasonKey: string, parameters?: Record<string, string>): void {
    this.#options.journal.settle(journalId, 'dropped', { reasonKey, ...(parameters ? { parameters } : {}) });
  }
}
