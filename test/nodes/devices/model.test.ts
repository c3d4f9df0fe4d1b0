import assert from 'node:assert/strict';
import type { DeviceModel } from '../../../nodes/devices/device.ts';
import { applyModel } from '../../../nodes/devices/model.ts';
import { ConfigurationError } from '../../../nodes/observation/errors.ts';
import { device } from './folder.ts';

const model: DeviceModel = {
  id: 'test-model',
  vendor: 'Test',
  name: 'Model',
  codec: 'test-model',
  interval: 20,
  mappings: [
    { from: 'TempC', quantity: 'air_temperature', sentinels: [327.67, 'none'] },
    { from: 'probe.value', quantity: 'probe_temperature' },
    { from: 'bat', quantity: 'battery_voltage', unit: 'mV' },
    { from: 'distance', quantity: 'distance', unit: 'mm' },
    { from: 'position', quantity: 'tilt', states: { tilt: true, normal: false } },
    { from: 'leak', quantity: 'water_leak' },
    { from: 'pir', quantity: 'motion', above: 3 },
    { from: 'road', quantity: 'road_condition' },
  ],
  ignored: ['serial', 'debug'],
  time: 'clock',
  samples: 'history',
  batteryCurve: [
    [3.0, 0],
    [3.3, 50],
    [3.6, 100],
  ],
};

const values = (data: unknown, on = device()): object => applyModel(model, data, on).values;
const unknown = (data: unknown): string[] => applyModel(model, data).unknownNames;

describe('device model', () => {
  it('maps names and converts units', () => {
    assert.deepEqual(values({ TempC: 21.5, distance: 2116, leak: 1, road: 'ice' }), {
      air_temperature: 21.5,
      distance: 2.116,
      water_leak: true,
      road_condition: 'ice',
    });
  });

  it('reads nested values, and not their unit and name', () => {
    const data = { probe: { value: 3.4, unit: '°C', displayName: 'Probe' } };
    assert.deepEqual(applyModel(model, data), { values: { probe_temperature: 3.4 }, unknownNames: [] });
  });

  it('reads numbers written as text, and states in words', () => {
    assert.deepEqual(values({ TempC: '-7.25', position: 'tilt' }), { air_temperature: -7.25, tilt: true });
    assert.deepEqual(values({ pir: 4 }), { motion: true });
    assert.deepEqual(values({ pir: 3 }), { motion: false });
  });

  it('adds up the values of several names', () => {
    const doors: DeviceModel = {
      ...model,
      mappings: [
        { from: 'door_1', quantity: 'people_in', sum: true },
        { from: 'door_2', quantity: 'people_in', sum: true, sentinels: [65535] },
      ],
    };
    const people = (data: unknown) => applyModel(doors, data).values;
    assert.deepEqual(people({ door_1: 3, door_2: 4 }), { people_in: 7 });
    assert.deepEqual(people({ door_1: 3, door_2: 65535 }), { people_in: 3 });
    assert.deepEqual(people({ door_2: 4 }), { people_in: 4 });
    assert.deepEqual(people({}), {});
  });

  it('makes no reading of sentinels, null and absent values', () => {
    assert.deepEqual(applyModel(model, { TempC: 327.67, distance: null }), { values: {}, unknownNames: [] });
    assert.deepEqual(values({ TempC: 'none' }), {});
    for (const nothing of [undefined, null, 'text', 7, []]) assert.deepEqual(values(nothing), {});
  });

  it('names what it does not know, and keeps quiet about what it ignores', () => {
    assert.deepEqual(unknown({ TempC: 1, extra: 2, nested: { a: 1, b: 2 } }), [
      'extra',
      'nested.a',
      'nested.b',
    ]);
    assert.deepEqual(unknown({ serial: 7, debug: { a: [1, 2] }, clock: 'x', history: [{ odd: 1 }] }), []);
  });

  it('names a value of the wrong kind instead of guessing', () => {
    for (const wrong of ['warm', true, Number.NaN, { value: 1 }, '']) {
      assert.ok(unknown({ TempC: wrong }).length > 0, JSON.stringify(wrong));
      assert.deepEqual(values({ TempC: wrong }), {});
    }
    assert.deepEqual(unknown({ position: 'upside down' }), ['position']);
    assert.deepEqual(unknown({ position: 'constructor' }), ['position']);
    assert.deepEqual(unknown({ leak: 2 }), ['leak']);
  });

  it('derives the battery level from the curve', () => {
    const level = (mV: number): unknown => (values({ bat: mV }) as { battery_level: number }).battery_level;
    assert.deepEqual([2500, 3000, 3150, 3300, 3450, 3600, 4000].map(level), [0, 0, 25, 50, 75, 100, 100]);
  });

  it('derives the fill level from the distance, and lets one beyond the bottom be seen as wrong', () => {
    const bin = device({ emptyDistance: 2, fullDistance: 0.4 });
    const level = (mm: number): unknown =>
      (values({ distance: mm }, bin) as { fill_level: number }).fill_level;
    assert.deepEqual([2000, 1200, 400, 2100, 2500, 100, 1333].map(level), [0, 50, 100, 0, -31.2, 100, 41.7]);
    assert.deepEqual(values({ distance: 1200 }), { distance: 1.2 });
  });

  it('gives an input the quantity that it measures at this place', () => {
    const trail = device({ measures: { probe_temperature: 'snow_temperature' } });
    assert.deepEqual(values({ probe: { value: 3.4 }, TempC: 5 }, trail), {
      snow_temperature: 3.4,
      air_temperature: 5,
    });
  });

  it('refuses a unit that does not fit the quantity', () => {
    const wrong = { ...model, mappings: [{ from: 'x', quantity: 'air_temperature', unit: 'V' }] } as const;
    assert.throws(() => applyModel(wrong, { x: 1 }), ConfigurationError);
  });
});
