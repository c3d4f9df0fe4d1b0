import assert from 'node:assert/strict';
import { type ByteRange, byteRange } from '../../../nodes/opendata/byte-range.ts';

const CASES: [header: string | undefined, expected: ByteRange | 'none' | undefined][] = [
  ['bytes=0-0', { first: 0, last: 0 }],
  ['bytes=5-', { first: 5, last: 9 }],
  ['bytes=5-99', { first: 5, last: 9 }],
  ['bytes=-3', { first: 7, last: 9 }],
  ['bytes=-99', { first: 0, last: 9 }],
  ['bytes=10-', 'none'],
  ['bytes=-0', 'none'],
  ['bytes=5-4', undefined],
  ['bytes=0-1,3-4', undefined],
  ['bytes=-', undefined],
  ['rows=0-1', undefined],
  [undefined, undefined],
];

describe('part of a body', () => {
  for (const [header, expected] of CASES) {
    it(`of ten bytes for ${header}`, () => assert.deepEqual(byteRange(header, 10), expected));
  }
});
