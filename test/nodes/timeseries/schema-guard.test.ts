import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Value } from '../../../nodes/observation/observation.ts';
import { type Declaration, declaredQuantity } from '../../../nodes/timeseries/field-locks.ts';
import { SchemaGuard } from '../../../nodes/timeseries/schema-guard.ts';
import type { Point } from '../../../nodes/timeseries/store.ts';
import { MemoryState } from '../../support/memory-state.ts';

const point = (fields: Record<string, unknown>, more: Partial<Point> = {}): Point => ({
  measurement: 'ski_trail',
  tags: { device: 'a', site: 'Start' },
  fields: fields as Point['fields'],
  time: 1,
  ...more,
});

describe('SchemaGuard', () => {
  let state: MemoryState;
  beforeEach(() => {
    state = new MemoryState();
  });

  const guard = (declared?: (field: string) => Declaration, name = 'database:test') =>
    new SchemaGuard({
      state,
      name,
      tags: { limits: {}, isRegistered: () => false, onWarning: () => undefined },
      ...(declared && { declared }),
    });
  /** What is stored of one point's fields, and what is put aside: field -> sentence. */
  const judged = (by: SchemaGuard, fields: Record<string, unknown>) => {
    const { points, faults } = by.check([point(fields)]);
    return {
      stored: points[0]?.fields,
      aside: faults.map(({ point: { fields: aside }, problem: { key } }) => [aside, key.split('.').at(-1)]),
    };
  };

  it('lets through what fits, as the very same array', () => {
    const points = [point({ air_temperature: -3.5, air_temperature_qc: 1, is_open: true, mode: 'auto' })];
    const one = guard();
    one.check(points);
    assert.equal(one.check(points).points, points);
    assert.equal(one.check(points).points[0], points[0]);
  });

  it('converts what loses nothing by it, and drops the line that told the old value', () => {
    const one = guard();
    one.check([point({ air_temperature: 1, state: true, mode: 'auto', air_temperature_qc: 1 })]);
    const { points, faults } = one.check([
      point(
        { air_temperature: '21.5', state: 0, mode: 7, air_temperature_qc: '3' },
        { line: 'ski_trail old' },
      ),
    ]);
    assert.deepEqual(faults, []);
    assert.deepEqual(points, [
      point({ air_temperature: 21.5, state: false, mode: '7', air_temperature_qc: 3 }),
    ]);
  });

  it('takes one field that cannot be converted out of the point, with a sentence', () => {
    const one = guard();
    const { points, faults } = one.check([
      point({ air_temperature: 'warm', relative_humidity: 40 }),
      point({ air_temperature: 2 }, { time: 2 }),
    ]);
    assert.deepEqual(points, [point({ relative_humidity: 40 }), point({ air_temperature: 2 }, { time: 2 })]);
    assert.deepEqual(faults, [
      {
        point: point({ air_temperature: 'warm' }),
        problem: {
          key: 'timeseries.guard.expects_number',
          parameters: { field: 'air_temperature', value: 'warm' },
          device: 'a',
        },
      },
    ]);
  });

  it('leaves no point without a field', () => {
    assert.deepEqual(judged(guard(), { air_temperature: 'warm' }), {
      stored: undefined,
      aside: [[{ air_temperature: 'warm' }, 'expects_number']],
    });
  });

  it('knows the type of a quantity before its first value, and learns that of any other field by it', () => {
    const one = guard();
    assert.deepEqual(judged(one, { air_temperature: '21.5' }).stored, { air_temperature: 21.5 });
    assert.deepEqual(judged(one, { custom: 'first' }).stored, { custom: 'first' });
    assert.deepEqual(judged(one, { custom: 2 }).stored, { custom: '2' });
    assert.deepEqual(judged(one, { own_qc: '3' }).stored, { own_qc: 3 }, 'a flag is an integer');
    assert.deepEqual(judged(one, { own_qc: 1.5 }).aside, [[{ own_qc: '1.5' }, 'expects_integer']]);
  });

  it('puts aside as text what no database and no JSON can keep', () => {
    const one = guard();
    const aside = judged(one, {
      air_temperature: Number.POSITIVE_INFINITY,
      list: [1, 2],
      nothing: null,
    }).aside;
    assert.deepEqual(aside, [
      [{ air_temperature: 'Infinity' }, 'expects_number'],
      [{ list: '[1,2]' }, 'no_value'],
      [{ nothing: 'null' }, 'no_value'],
    ]);
  });

  it('keeps types over a restart, per measurement and database', () => {
    guard().check([point({ custom: 1 })]);
    state.restart();
    assert.deepEqual(judged(guard(), { custom: 'text' }).aside, [[{ custom: 'text' }, 'expects_number']]);
    assert.deepEqual(judged(guard(undefined, 'database:other'), { custom: 'text' }).aside, []);
    assert.deepEqual(guard().check([point({ custom: 'text' }, { measurement: 'waste' })]).faults, []);
  });

  it('keeps types over a redeploy in the same process', () => {
    guard().check([point({ custom: 1 })]);
    assert.deepEqual(judged(guard(), { custom: 'text' }).aside, [[{ custom: 'text' }, 'expects_number']]);
  });

  it('takes the types that an existing database has, also against its own', () => {
    const one = guard();
    one.check([point({ custom: 1, count: 1 })]);
    one.learn(
      new Map([
        [
          'ski_trail',
          new Map([
            ['custom', 'string'],
            ['count', 'integer'],
            ['x_qc', 'number'],
          ] as const),
        ],
      ]),
    );
    assert.deepEqual(judged(one, { custom: 5 }).stored, { custom: '5' });
    assert.deepEqual(judged(one, { count: 5, x_qc: 1 }).aside, [
      [{ count: 5 }, 'foreign'],
      [{ x_qc: 1 }, 'foreign'],
    ]);
    state.restart();
    assert.deepEqual(judged(guard(), { custom: 5 }).stored, { custom: '5' });
  });

  it('locks the unit of a quantity: another one is converted exactly, or put aside', () => {
    const inUnit = (unit: string) => (field: string) =>
      field === 'air_temperature' ? { type: 'number' as const, unit } : declaredQuantity(field);
    guard(inUnit('Cel')).check([point({ air_temperature: 0 })]);
    state.restart();
    assert.deepEqual(judged(guard(inUnit('K')), { air_temperature: 294.65 }).stored, {
      air_temperature: 21.5,
    });
    assert.deepEqual(judged(guard(inUnit('K')), { air_temperature: '273.15' }).stored, {
      air_temperature: 0,
    });
    assert.deepEqual(judged(guard(inUnit('Pa')), { air_temperature: 1, relative_humidity: 40 }), {
      stored: { relative_humidity: 40 },
      aside: [[{ air_temperature: 1 }, 'unit']],
    });
    assert.deepEqual(judged(guard(inUnit('Cel')), { air_temperature: 5 }).stored, { air_temperature: 5 });
  });

  it('locks the unit also where the type came from the database', () => {
    const one = guard();
    one.learn(new Map([['ski_trail', new Map([['air_temperature', 'number'] as const])]]));
    one.check([point({ air_temperature: 0 })]);
    const kelvin = guard(() => ({ type: 'number', unit: 'K' }));
    assert.deepEqual(judged(kelvin, { air_temperature: 273.15 }).stored, { air_temperature: 0 });
  });

  it('puts the whole point aside for a tag that must not name a series', () => {
    const bad = point({ air_temperature: 1 }, { tags: { device: 'a', site: '2026-01-15 12:00' }, line: 'l' });
    const good = point({ air_temperature: 2 });
    const { points, faults } = guard().check([bad, good]);
    assert.deepEqual(points, [good]);
    const { line: _line, ...withoutLine } = bad;
    assert.deepEqual(faults, [
      {
        point: withoutLine,
        problem: {
          key: 'timeseries.guard.tag_timestamp',
          parameters: { tag: 'site', value: '2026-01-15 12:00' },
          device: 'a',
        },
      },
    ]);
  });

  it('loses nothing: each value is stored or put aside, and no field ever has two types', () => {
    const value = fc.oneof(
      fc.double(),
      fc.boolean(),
      fc.string(),
      fc.constantFrom('21.5', '1', 'true', '0', 1, 0),
    );
    const fields = fc.dictionary(fc.constantFrom('air_temperature', 'custom', 'x_qc', 'is_open'), value, {
      minKeys: 1,
    });
    fc.assert(
      fc.property(fc.array(fields, { maxLength: 12 }), (messages) => {
        state = new MemoryState();
        const types = new Map<string, string>();
        for (const message of messages) {
          const { points, faults } = guard().check([point(message)]);
          const aside = faults.flatMap(({ point: { fields: wrong } }) => Object.keys(wrong));
          const stored: Record<string, Value> = points[0]?.fields ?? {};
          assert.deepEqual([...Object.keys(stored), ...aside].sort(), Object.keys(message).sort());
          for (const [name, kept] of Object.entries(stored)) {
            assert.equal(typeof kept, types.get(name) ?? typeof kept);
            types.set(name, typeof kept);
          }
        }
      }),
    );
  });
});
