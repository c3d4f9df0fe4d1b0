import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  ID_BITS,
  numbered,
  observationId,
  observationKey,
} from '../../../../nodes/opendata/sensorthings/ids.ts';

const NOW = Date.parse('2026-11-20T12:00:00Z');

describe('SensorThings: ids', () => {
  it('are made from names alone, and no two are the same', () => {
    const names = Array.from({ length: 5000 }, (_, at) => `waste/place-${at}/fill_level`);
    const numbers = numbered(names, ID_BITS.datastream);
    assert.equal(new Set(numbers.values()).size, names.length);
    assert.deepEqual(numbered([...names].reverse(), ID_BITS.datastream), numbers);
    assert.equal(
      numbered(['ski-trail/start/snow_temperature'], ID_BITS.datastream).get(
        'ski-trail/start/snow_temperature',
      ),
      114_072,
    );
  });

  it('of others stay when a name is added, but for those with the same digest', () => {
    const names = Array.from({ length: 300 }, (_, at) => `dataset/place-${at}`);
    const before = numbered(names, ID_BITS.other);
    const after = numbered(['dataset/another', ...names], ID_BITS.other);
    for (const name of names) assert.equal(after.get(name), before.get(name));
  });

  it('of Observations say which Datastream and second are meant, and doubles hold them', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2 ** ID_BITS.datastream - 1 }),
        fc.integer({
          min: Math.floor(NOW / 1000) - 67 * 31_557_600,
          max: Math.floor(NOW / 1000) + 31_000_000,
        }),
        fc.integer({ min: 0, max: 7 }),
        (datastream, second, place) => {
          const id = observationId({ datastream, second, place });
          assert.ok(Number.isSafeInteger(id) && id >= 0);
          assert.deepEqual(observationKey(id, NOW), { datastream, second, place });
        },
      ),
    );
  });

  it('of Observations grow with time', () => {
    const at = (second: number) => observationId({ datastream: 5, second, place: 0 });
    assert.ok(at(700_000_000) < at(1_800_000_000));
  });
});
