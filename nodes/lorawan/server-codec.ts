import { CodecError } from '../observation/errors.ts';
import type { Uplink } from './network-message.ts';
import type { PayloadCodec } from './payload.ts';

/**
 * Stands in for a codec where a person chose the values that the network server has decoded.
 * Throws CodecError `lorawan.error.noServerValues` for an uplink without any.
 */
export function serverCodec({ network, decoded }: Uplink): PayloadCodec {
  if (decoded === undefined) throw new CodecError({ key: 'lorawan.error.noServerValues' });
  return { id: `network server ${network}`, version: '', decodeUplink: () => ({ data: decoded }) };
}
