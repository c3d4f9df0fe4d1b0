import { type Field, type Piece, readFields, requireLength, type Values } from './field.ts';

/** A payload that is a sequence of records: length of what follows, identifier of two bytes, content (WILSEN). */
export interface SizedRecords {
  kind: 'sized-records';
  /** Fields that are read from the whole payload. */
  fields?: readonly Field[];
  /** Fields of the content by identifier, four lower-case hex digits. */
  records: Readonly<Record<string, readonly Field[]>>;
}

const IDENTIFIER_LENGTH = 2;

/**
 * The values of a payload under the vendor's names; records with an unknown identifier are passed over.
 * Throws CodecError if a record is cut off or too short for its fields.
 */
export function decodeSizedRecords(format: SizedRecords, piece: Piece): Values {
  const values: Values = {};
  readFields(format.fields ?? [], piece, values);
  let at = 0;
  while (at < piece.bytes.length) {
    const start = at + 1;
    const end = start + (piece.bytes[at] ?? 0);
    requireLength(piece, end);
    const record = piece.bytes.subarray(start, end);
    const identifier = Buffer.from(record.subarray(0, IDENTIFIER_LENGTH)).toString('hex');
    readFields(
      format.records[identifier] ?? [],
      { ...piece, bytes: record.subarray(IDENTIFIER_LENGTH) },
      values,
    );
    at = end;
  }
  return values;
}
