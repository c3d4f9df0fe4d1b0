/** The wire format of the coap library, which is not ours: what it reads and writes, ours must too. */
import { createRequire } from 'node:module';

interface Packet {
  code: string;
  messageId: number;
  token: Buffer;
  confirmable: boolean;
  ack: boolean;
  reset: boolean;
  options: { name: string; value: Buffer }[];
  payload: Buffer;
}

const coap = createRequire(import.meta.url).resolve('coap');

export const oracle = createRequire(coap)('coap-packet') as {
  parse(bytes: Buffer): Packet;
  generate(packet: Partial<Packet>): Buffer;
};
