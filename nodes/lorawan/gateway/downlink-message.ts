import { MessageError } from '../../observation/errors.ts';
import type { Downlink } from '../downlink/downlink.ts';
import { hexOf, numberOf, objectOf, textOf } from '../json-fields.ts';

/** FRMPayload at the fastest data rates of EU868, bytes. */
const LONGEST = 242;

/** The downlink in a message. Throws MessageError `lorawan.error.downlinkFormat` or `downlinkTooLong`. */
export function readDownlink(payload: unknown): Downlink {
  const fields = objectOf(payload);
  const fPort = numberOf(fields?.fPort);
  const { kind, payloadHex } = fields ?? {};
  if (!fields || kind !== 'downlink' || !isHex(payloadHex) || !isPort(fPort)) {
    throw new MessageError({ key: 'lorawan.error.downlinkFormat' });
  }
  const length = payloadHex.length / 2;
  if (length > LONGEST) {
    throw new MessageError({
      key: 'lorawan.error.downlinkTooLong',
      parameters: { length, longest: LONGEST },
    });
  }
  return {
    kind: 'downlink',
    devEui: hexOf(fields.devEui, 8) ?? '',
    device: textOf(fields.device) ?? '',
    fPort,
    payloadHex: payloadHex.toLowerCase(),
    confirmed: fields.confirmed === true,
    reference: textOf(fields.reference) ?? '',
  };
}

function isHex(digits: unknown): digits is string {
  return typeof digits === 'string' && /^(?:[0-9a-f]{2})*$/i.test(digits);
}

/** Ports of applications: 0 is the network's, 224 that of certification. */
function isPort(fPort: number | undefined): fPort is number {
  return fPort !== undefined && Number.isInteger(fPort) && fPort >= 1 && fPort <= 223;
}
