import { MessageError } from '../observation/errors.ts';

/** Kinds of entries by the two highest bits of the first byte: OMA LwM2M TS 1.0, table 6.4.3-1. */
const KINDS = ['object-instance', 'resource-instance', 'multiple-resource', 'resource'] as const;

export type TlvKind = (typeof KINDS)[number];

/** An entry with either bytes or, for object instances and multiple resources, further entries. */
export interface TlvEntry {
  kind: TlvKind;
  /** 0 to 65535. */
  id: number;
  bytes?: Uint8Array;
  children?: TlvEntry[];
}

/** What may stand in an entry: an instance in an instance is no LwM2M, and would let a message nest without end. */
const INSIDE: Readonly<Record<TlvKind, readonly TlvKind[] | undefined>> = {
  'object-instance': ['multiple-resource', 'resource'],
  'multiple-resource': ['resource-instance'],
  'resource-instance': undefined,
  resource: undefined,
};

const LONG_ID = 0b0010_0000;
/** Bits of the length, or of the number of bytes in which it follows. */
const LENGTH_IN_TYPE = 0b0000_0111;

/**
 * Entries of LwM2M's TLV format (OMA LwM2M TS 1.0, section 6.4.3).
 * Throws MessageError `nbiot.error.tlvTruncated` or `tlvMisplaced`.
 */
export function readTlv(bytes: Uint8Array): TlvEntry[] {
  return entriesOf(bytes, KINDS);
}

function entriesOf(bytes: Uint8Array, allowed: readonly TlvKind[]): TlvEntry[] {
  const entries: TlvEntry[] = [];
  for (let at = 0; at < bytes.length; ) {
    const { entry, end } = entryAt(bytes, at, allowed);
    entries.push(entry);
    at = end;
  }
  return entries;
}

function entryAt(
  bytes: Uint8Array,
  start: number,
  allowed: readonly TlvKind[],
): { entry: TlvEntry; end: number } {
  const type = bytes[start] ?? 0;
  const kind = KINDS[(type >> 6) as 0 | 1 | 2 | 3];
  if (!allowed.includes(kind))
    throw new MessageError({ key: 'nbiot.error.tlvMisplaced', parameters: { at: start } });
  const idBytes = type & LONG_ID ? 2 : 1;
  const lengthBytes = (type >> 3) & 0b11;
  const header = start + 1 + idBytes;
  const body = header + lengthBytes;
  const length = lengthBytes === 0 ? type & LENGTH_IN_TYPE : numberAt(bytes, header, lengthBytes);
  const end = body + length;
  if (end > bytes.length) {
    const parameters = { needed: end, length: bytes.length };
    throw new MessageError({ key: 'nbiot.error.tlvTruncated', parameters });
  }
  const id = numberAt(bytes, start + 1, idBytes);
  const value = bytes.subarray(body, end);
  const inside = INSIDE[kind];
  return {
    entry: { kind, id, ...(inside ? { children: entriesOf(value, inside) } : { bytes: value }) },
    end,
  };
}

/** Big-endian; what lies past the end counts as 0, and the caller's check of the length finds it. */
function numberAt(bytes: Uint8Array, at: number, length: number): number {
  let number = 0;
  for (let index = at; index < at + length; index++) number = number * 256 + (bytes[index] ?? 0);
  return number;
}
