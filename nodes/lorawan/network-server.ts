import { MessageError } from '../observation/errors.ts';
import { readChirpStack } from './chirpstack.ts';
import { readGatewayFrame } from './gateway-bridge.ts';
import { type JsonObject, objectOf } from './json-fields.ts';
import type { NetworkMessage } from './network-message.ts';
import { readThingsStack } from './things-stack.ts';

type Reader = (message: JsonObject, topic: string | undefined) => NetworkMessage | undefined;
const READERS: readonly Reader[] = [readThingsStack, readChirpStack, readGatewayFrame];

/**
 * Reads one message of The Things Stack v3, ChirpStack v4 or the ChirpStack Gateway Bridge, or a plain
 * `{ "phyPayload": hex or base64 }`; which of them it is shows in the message itself.
 * Throws MessageError if it is none of them. Formats: the servers' published integration documentation.
 */
export function readNetworkMessage(message: unknown, topic?: string): NetworkMessage {
  const object = unwrap(objectOf(message));
  for (const read of object ? READERS : []) {
    const result = object && read(object, topic);
    if (result) return checked(result);
  }
  throw new MessageError({ key: object ? 'lorawan.error.unknownFormat' : 'lorawan.error.notJson' });
}

/** Bytes of a PHYPayload, LoRaWAN 1.0.4, chapter 6; no payload is longer than its frame. */
const LONGEST = 255;

function checked(message: NetworkMessage): NetworkMessage {
  const length = message.kind === 'uplink' ? message.payload.length : 0;
  if (length <= LONGEST) return message;
  throw new MessageError({ key: 'lorawan.error.payloadTooLong', parameters: { length, longest: LONGEST } });
}

/** The single messages of an answer that carries several (a JSON array); the same message twice counts once. */
export function splitMessages(message: unknown): unknown[] {
  if (!Array.isArray(message)) return [message];
  return [...new Map(message.map((entry) => [JSON.stringify(entry), entry])).values()];
}

/** The Things Stack's Storage Integration wraps each message in `{"result": ...}`. */
function unwrap(message: JsonObject | undefined): JsonObject | undefined {
  return objectOf(message?.result) ?? message;
}
