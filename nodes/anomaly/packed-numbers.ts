/**
 * Numbers in few bytes: doubles as they are, then two bits for each single-precision number that say how it is written
 * (not at all if it is zero, as one or two bytes if it is a small whole number, else as four), then those bytes.
 * Little-endian. Most numbers of a detector are zero or counts, at least while it is young.
 */

const ZERO = 0;
const BYTE = 1;
const SHORT = 2;
const FLOAT = 3;
/** Bytes that a number of each kind takes. */
const WIDTH = [0, 1, 2, 4] as const;

let scratch = new DataView(new ArrayBuffer(0));

export function pack(exact: Float64Array, rounded: Float32Array): Uint8Array {
  const kinds = exact.length * 8;
  const most = kinds + Math.ceil(rounded.length / 4) + rounded.length * 4;
  if (scratch.byteLength < most) scratch = new DataView(new ArrayBuffer(most));
  const view = scratch;
  for (let i = 0; i < exact.length; i++) view.setFloat64(i * 8, exact[i] ?? 0, true);
  let at = kinds + Math.ceil(rounded.length / 4);
  for (let i = 0; i < rounded.length; i += 4) {
    let four = 0;
    for (let j = 0; j < 4 && i + j < rounded.length; j++) {
      const number = rounded[i + j] ?? 0;
      const kind = kindOf(number);
      if (kind === BYTE) view.setUint8(at, number);
      else if (kind === SHORT) view.setUint16(at, number, true);
      else if (kind === FLOAT) view.setFloat32(at, number, true);
      four |= kind << (2 * j);
      at += WIDTH[kind];
    }
    view.setUint8(kinds + i / 4, four);
  }
  return new Uint8Array(view.buffer.slice(0, at));
}

/** Fills the arrays with what `pack` made of arrays of the same sizes; false if it did not. */
export function unpack(bytes: Uint8Array, exact: Float64Array, rounded: Float32Array): boolean {
  const kinds = exact.length * 8;
  let at = kinds + Math.ceil(rounded.length / 4);
  if (bytes.length < at) return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let i = 0; i < exact.length; i++) exact[i] = view.getFloat64(i * 8, true);
  for (let i = 0; i < rounded.length; i++) {
    const kind = (view.getUint8(kinds + (i >> 2)) >> (2 * (i & 3))) & 3;
    const width = WIDTH[kind] ?? 0;
    if (at + width > bytes.length) return false;
    if (kind === ZERO) rounded[i] = 0;
    else if (kind === BYTE) rounded[i] = view.getUint8(at);
    else if (kind === SHORT) rounded[i] = view.getUint16(at, true);
    else rounded[i] = view.getFloat32(at, true);
    at += width;
  }
  return at === bytes.length;
}

function kindOf(number: number): 0 | 1 | 2 | 3 {
  if (number === 0) return ZERO;
  if (number !== (number & 0xffff)) return FLOAT;
  return number < 0x100 ? BYTE : SHORT;
}
