import { CodecError } from '../../observation/errors.ts';
import { type Piece, requireLength, type Values, viewOf } from './field.ts';

/**
 * Values of four bytes each (IEEE 754, big-endian) of which a bit each says whether they are there; which bit stands
 * for what depends on the kind of sensor that is connected (Keller).
 */
export interface ChannelList {
  /** Offset of the byte with the kind of sensor. */
  selector: number;
  /** Offset of the 16 bits, big-endian. */
  mask: number;
  /** Offset of the first value. */
  at: number;
  /** Name for the number of values. */
  count: string;
  /** Names by kind of sensor, that of the lowest bit first. */
  names: Readonly<Record<string, readonly string[]>>;
}

const VALUE_SIZE = 4;

/**
 * Puts the values under their names; a value that the device could not measure (no finite number) becomes null.
 * Throws CodecError if the payload ends too early or the kind of sensor, or one of its channels, is unknown.
 */
export function readChannels(list: ChannelList, piece: Piece, values: Values): void {
  requireLength(piece, list.at);
  const view = viewOf(piece.bytes);
  const kind = view.getUint8(list.selector);
  const present = bitsOf(view.getUint16(list.mask));
  requireLength(piece, list.at + present.length * VALUE_SIZE);
  values[list.count] = present.length;
  for (const [index, channel] of present.entries()) {
    const name = list.names[kind]?.[channel];
    if (name === undefined) {
      throw new CodecError({
        key: 'codec.error.unknownChannel',
        parameters: { model: piece.model, kind, channel: channel + 1 },
      });
    }
    const value = view.getFloat32(list.at + index * VALUE_SIZE);
    values[name] = Number.isFinite(value) ? value : null;
  }
}

/** Numbers of the bits that are set, lowest first. */
function bitsOf(mask: number): number[] {
  return Array.from({ length: 16 }, (_, bit) => bit).filter((bit) => (mask >> bit) & 1);
}
