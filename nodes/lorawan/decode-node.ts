import type { NowOrLater } from '../observation/now-or-later.ts';
import type { Observation } from '../observation/observation.ts';
import type { StateStore } from '../persistence/state-store.ts';
import type { DropReason } from './area-gate.ts';
import type { KnownDevices } from './device-finder.ts';

export interface DecodeContext {
  /** ISO 8601 UTC. */
  receivedTime: string;
  journalId?: string;
  topic?: string;
  /** Kind of intake that took the message in. */
  transport?: string;
  /** Which of several messages in one of the journal. */
  part?: number;
}

/** A message that is no reading, of any network. */
export interface AnyEvent {
  kind: 'event';
  type: string;
  /** By which the network knows the device. */
  deviceId?: string;
  devEui?: string;
}

/**
 * `observations` oldest first; `event`: a message that is no reading; `dropped`: left quietly to others, or with an
 * event that says what the message adds to an earlier one.
 */
export type DecodeResult<Event extends AnyEvent = AnyEvent> =
  | { observations: Observation[] }
  | { event: Event; dropped?: DropReason }
  | { dropped: DropReason };

/** What makes Observations of the messages of a network. */
export interface MessageDecoder<Event extends AnyEvent = AnyEvent> {
  /** The single messages of one that carries several; of any other that one alone. */
  split(message: unknown): readonly unknown[];
  /** Throws, or rejects with, ByflytError, naming the device as soon as it is known. */
  decode(single: unknown, context: DecodeContext): NowOrLater<DecodeResult<Event>>;
}

/** What a running decode node offers to those who decode its messages once more. */
export interface DecodeNode {
  /** A decoder that reads messages as the node does, with a device list and a memory of its own. */
  decoderFor(own: { registry: KnownDevices; state: StateStore }): MessageDecoder;
}
