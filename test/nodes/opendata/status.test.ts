import assert from 'node:assert/strict';
import type { Latest } from '../../../nodes/opendata/reader.ts';
import { statusOf } from '../../../nodes/opendata/status.ts';

const NOW = Date.parse('2026-03-18T14:10:00Z');
const LOCALE = { language: 'en-US', timeZone: 'Europe/Oslo' } as const;

function latest(changes: Partial<Latest> = {}): Latest {
  const places = [8, 68].map((minutes, index) => ({
    place: `Place ${index}`,
    time: NOW - minutes * 60_000,
    values: {},
  }));
  return { places, sandbox: false, withheld: [], ...changes };
}

describe('status of a published dataset', () => {
  it('says how many places there are and when the newest was measured', () => {
    assert.deepEqual(statusOf(latest(), LOCALE, NOW), {
      fill: 'green',
      shape: 'dot',
      text: 'published, 2 places, last 15:02',
    });
  });

  it('waits for the first value', () => {
    const places = [{ place: 'Start', time: undefined, values: {} }];
    assert.equal(statusOf(latest({ places }), LOCALE, NOW).text, 'published, waiting for data');
  });

  it('says that the values come from the sandbox', () => {
    const { shape, text } = statusOf(latest({ sandbox: true }), LOCALE, NOW);
    assert.deepEqual([shape, text], ['ring', 'sandbox: published, 2 places, last 15:02']);
  });

  it('warns of devices that are withheld', () => {
    const { fill, text } = statusOf(
      latest({ withheld: [{ name: '70B3D5499A2B0001', reason: 'unnamed' }] }),
      LOCALE,
      NOW,
    );
    assert.equal(fill, 'yellow');
    assert.match(text ?? '', /; 1 left out$/);
    const nothing = latest({ places: [], withheld: [{ name: 'A', reason: 'unmarked' }] });
    assert.deepEqual(statusOf(nothing, LOCALE, NOW), {
      fill: 'yellow',
      shape: 'ring',
      text: 'nothing is published: 1 sensors left out, see the form',
    });
  });
});
