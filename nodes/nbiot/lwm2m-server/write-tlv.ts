/** Two highest bits of an entry's first byte: OMA LwM2M TS 1.0, table 6.4.3-1. */
const RESOURCE = 0b1100_0000;
const LONG_ID = 0b0010_0000;
const SHORT_LENGTH = 7;

/** Resources with their values' bytes in LwM2M's TLV format (OMA LwM2M TS 1.0, section 6.4.3). `id`: 0 to 65535. */
export function writeTlv(resources: readonly { id: number; bytes: Uint8Array }[]): Buffer {
  return Buffer.concat(resources.flatMap(({ id, bytes }) => [headerOf(id, bytes.length), bytes]));
}

function headerOf(id: number, length: number): Buffer {
  const idBytes = id > 0xff ? 2 : 1;
  const lengthBytes = length <= SHORT_LENGTH ? 0 : length <= 0xff ? 1 : 2;
  const header = Buffer.alloc(1 + idBytes + lengthBytes);
  header[0] = RESOURCE | (idBytes === 2 ? LONG_ID : 0) | (lengthBytes === 0 ? length : lengthBytes << 3);
  header.writeUIntBE(id, 1, idBytes);
  if (lengthBytes > 0) header.writeUIntBE(length, 1 + idBytes, lengthBytes);
  return header;
}
