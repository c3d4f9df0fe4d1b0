import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { guestBuffer } from '../../../nodes/codec/sandbox-guest-buffer.ts';
import { guestBytes } from '../../../nodes/codec/sandbox-guest-bytes.ts';

// The sandbox's Buffer as such, outside the sandbox, beside that of Node.js.
const guest: Record<string, unknown> = {};
guestBuffer(guest, guestBytes(guest));
const Own = guest.Buffer as typeof Buffer;

const bytes = fc.array(fc.nat(255), { maxLength: 24 });
const encoding = fc.constantFrom<BufferEncoding>(
  'utf8',
  'hex',
  'base64',
  'base64url',
  'latin1',
  'ascii',
  'utf16le',
);
const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  bytes.map((list) => Buffer.from(list).toString('base64')),
  bytes.map((list) => Buffer.from(list).toString('hex')),
);

/** What a call gives, or the name of its error. */
function outcome(call: () => unknown): unknown {
  try {
    const value = call();
    return value instanceof Uint8Array ? [...value] : value;
  } catch (error) {
    return (error as Error).name;
  }
}

describe("the sandbox's Buffer gives what Node.js's gives", () => {
  const same = (call: (kind: typeof Buffer) => unknown) =>
    assert.deepEqual(
      outcome(() => call(Own)),
      outcome(() => call(Buffer)),
    );

  it('text of bytes', () => {
    fc.assert(
      fc.property(bytes, encoding, fc.nat(8), fc.nat(30), (list, name, start, end) => {
        same((kind) => kind.from(list).toString(name, start, end));
      }),
    );
  });

  it('bytes of text', () => {
    fc.assert(
      fc.property(text, encoding, (value, name) => {
        // Node.js reads letters beyond ASCII as digits by their lower byte.
        fc.pre(!/^(base64|hex)/.test(name) || /^[ -~]*$/.test(value));
        same((kind) => kind.from(value, name));
      }),
      { numRuns: 1000 },
    );
  });

  const NUMBERS = [
    'Int8',
    'UInt8',
    'Int16LE',
    'UInt16BE',
    'Int32BE',
    'UInt32LE',
    'FloatBE',
    'DoubleLE',
    'BigUInt64BE',
  ];
  for (const number of NUMBERS) {
    it(`numbers: ${number}`, () => {
      fc.assert(
        fc.property(bytes, fc.nat(24), (list, at) => {
          same((kind) =>
            (kind.from(list) as unknown as Record<string, (at: number) => unknown>)[`read${number}`]?.(at),
          );
        }),
      );
    });
  }

  it('numbers of any size', () => {
    fc.assert(
      fc.property(bytes, fc.nat(20), fc.integer({ min: 1, max: 6 }), (list, at, size) => {
        same((kind) => {
          const buffer = kind.from(list);
          return [
            buffer.readUIntBE(at, size),
            buffer.readUIntLE(at, size),
            buffer.readIntBE(at, size),
            buffer.readIntLE(at, size),
          ];
        });
      }),
    );
  });

  it('writing', () => {
    fc.assert(
      fc.property(
        fc.nat(0xffff),
        fc.integer({ min: -0x8000, max: 0x7fff }),
        fc.double(),
        (word, signed, real) => {
          same((kind) => {
            const buffer = kind.alloc(24, 1);
            buffer.writeUInt16BE(word, 0);
            buffer.writeInt16LE(signed, 2);
            buffer.writeUIntLE(word, 4, 3);
            buffer.writeFloatBE(real, 8);
            buffer.writeDoubleLE(real, 12);
            return buffer;
          });
        },
      ),
    );
  });

  it('parts, searches and comparisons', () => {
    fc.assert(
      fc.property(
        bytes,
        bytes,
        fc.integer({ min: -9, max: 9 }),
        fc.integer({ min: -9, max: 30 }),
        (one, other, from, to) => {
          same((kind) => {
            const [left, right] = [kind.from(one), kind.from(other)];
            return [
              [...left.slice(from, to)],
              [...left.subarray(from, to)],
              [...kind.concat([left, right])],
              left.equals(right),
              kind.compare(left, right),
              left.includes(7),
              JSON.stringify(left),
              left.length > 0 ? kind.concat([right, left, right]).indexOf(left) : 0,
            ];
          });
        },
      ),
    );
  });

  it('words for what lies outside, which codecs put into their errors', () => {
    const words = (kind: typeof Buffer, list: number[], at: number) => {
      try {
        return kind.from(list).readUInt32BE(at);
      } catch (error) {
        return (error as Error).message;
      }
    };
    for (const [list, at] of [
      [[1], 0],
      [[], 0],
      [[1, 2, 3, 4, 5], 2],
      [[1, 2, 3, 4], -1],
    ] as [number[], number][]) {
      assert.equal(words(Own, list, at), words(Buffer, list, at));
    }
  });

  it('text as any program reads it', () => {
    const decode = (Decoder: typeof TextDecoder, list: number[]) =>
      new Decoder().decode(Uint8Array.from(list));
    fc.assert(
      fc.property(bytes, (list) =>
        assert.equal(decode(guest.TextDecoder as typeof TextDecoder, list), decode(TextDecoder, list)),
      ),
    );
  });
});
