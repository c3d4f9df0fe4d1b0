import assert from 'node:assert/strict';
import { tableLines } from '../../app/table.ts';

describe('a table for people', () => {
  it('has numbers to the right, texts to the left, and nothing behind a line', () => {
    const rows = [
      ['2026-01-10', 'bin-1', 1200],
      ['2026-01-10', 'a', 7],
    ];
    assert.deepEqual(tableLines(['Day', 'Device', 'Received'], rows), [
      'Day         Device  Received',
      '2026-01-10  bin-1       1200',
      '2026-01-10  a              7',
    ]);
  });

  it('is its heads alone without rows', () => {
    assert.deepEqual(tableLines(['Day', 'Device'], []), ['Day  Device']);
  });
});
