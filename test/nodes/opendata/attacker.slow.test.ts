/** Somebody who reads everything that can be read, in every way, keeps it, and subtracts. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { datasetOf, device, everythingSeen, HOUR, openTown, START } from './town.ts';

const RUNS = { numRuns: 15 };
const HOURS = 6;

/** Counts of a device in each hour; some hours have several readings, some none. */
const hours = <T>(value: fc.Arbitrary<T>) =>
  fc.array(fc.array(value, { maxLength: 3 }), { minLength: HOURS, maxLength: HOURS });

const counts = fc.array(hours(fc.integer({ min: 0, max: 30 })), { minLength: 1, maxLength: 3 });
const spans = fc.array(
  fc
    .tuple(fc.integer({ min: 0, max: HOURS }), fc.integer({ min: 1, max: HOURS }))
    .map(([from, width]): [number, number] => [START + from * HOUR, START + (from + width) * HOUR]),
  { maxLength: 2 },
);

function readingsOf<T extends number | boolean>(quantity: string, values: readonly (readonly T[])[]) {
  return values.flatMap((inHour, hour) =>
    inHour.map((value, index): [number, Record<string, T>] => [
      START + hour * HOUR + index * 60_000,
      { [quantity]: value },
    ]),
  );
}

describe('attacker', () => {
  const releases = [
    {},
    { releaseEvery: 'hour', releaseBy: 'place' },
    { releaseEvery: 'day', releaseBy: 'place' },
  ];
  for (const release of releases) {
    it(`finds no count of people below the threshold, and no difference below it: ${JSON.stringify(release)}`, async () => {
      await fc.assert(
        fc.asyncProperty(counts, spans, fc.integer({ min: 5, max: 8 }), async (people, asked, fewest) => {
          const town = openTown(people.map((_values, index) => device(index)));
          try {
            for (const [index, values] of people.entries()) {
              await town.write(`device-${index}`, readingsOf('people_in', values));
            }
            const dataset = datasetOf({ quantities: ['people_in'], fewestPeople: fewest, ...release });
            const seen = await everythingSeen(town, dataset, asked);
            for (const [key, values] of seen) assert.equal(values.size, 1, `${key}: ${[...values]}`);
            const numbers = [...seen.values()].flatMap((values) => [...values]).map(Number);
            for (const number of numbers) {
              assert.ok(number >= fewest && number % fewest === 0, `${number} with a threshold of ${fewest}`);
            }
          } finally {
            await town.close();
          }
        }),
        RUNS,
      );
    });
  }

  it('does see the counts that are large enough', async () => {
    const town = openTown([device(0)]);
    await town.write('device-0', readingsOf('people_in', [[3, 12], [], [21]]));
    const raw = await town.all(datasetOf({ quantities: ['people_in'] }));
    assert.deepEqual(
      raw.map(({ values }) => values.people_in),
      [10, 20],
    );
    const hourly = datasetOf({ quantities: ['people_in'], releaseEvery: 'hour', releaseBy: 'place' });
    assert.deepEqual(
      (await town.all(hourly)).map(({ time, values }) => [(time - START) / HOUR, values.people_in]),
      [
        [0, 15],
        [2, 20],
      ],
    );
    await town.close();
  });

  const homes = fc.array(hours(fc.double({ min: 0, max: 9, noNaN: true })), { minLength: 4, maxLength: 8 });
  const later = fc.record({
    late: fc.option(fc.tuple(fc.nat({ max: 7 }), fc.nat({ max: HOURS - 1 }))),
    gone: fc.option(fc.nat({ max: 7 })),
    isNew: fc.boolean(),
    changed: fc.constantFrom({}, { releaseEvery: 'day' }, { fewestDevices: 6 }),
  });

  it('finds nothing out about one home, also by what comes late, is taken away, is added or is released otherwise', async () => {
    await fc.assert(
      fc.asyncProperty(homes, later, spans, async (use, { late, gone, isNew, changed }, asked) => {
        const town = openTown(use.map((_values, index) => device(index, { publication: 'private' })));
        try {
          for (const [index, values] of use.entries()) {
            await town.write(`device-${index}`, readingsOf('energy_rate', values));
          }
          const form = { quantities: ['energy_rate'], releaseEvery: 'hour', releaseBy: 'area' };
          town.now = START + HOURS * HOUR;
          const before = await everythingSeen(town, datasetOf(form), asked);
          for (const [key, values] of before) {
            assert.equal(values.size, 1, key);
            const hour = (Number(key.split(' ')[1]) - START) / HOUR;
            const contributors = use.filter((values) => (values[hour]?.length ?? 0) > 0);
            assert.ok(contributors.length >= 5, `${key} of ${contributors.length}`);
          }

          if (late)
            await town.write(`device-${late[0]}`, [[START + late[1] * HOUR + 1000, { energy_rate: 8.5 }]]);
          if (gone !== null) town.devices = town.devices.filter(({ id }) => id !== `device-${gone}`);
          if (isNew) {
            town.devices.push(device(9, { publication: 'private' }));
            town.approved?.push('device-9');
            await town.write('device-9', readingsOf('energy_rate', Array(HOURS).fill([7])));
          }
          town.now += 24 * HOUR;
          const after = await everythingSeen(town, datasetOf({ ...form, ...changed }), asked);
          for (const [key, values] of before) assert.deepEqual(after.get(key), values, key);
          const old = [...after.keys()].filter((key) => Number(key.split(' ')[1]) < START + HOURS * HOUR);
          assert.deepEqual(old.sort(), [...before.keys()].sort());
        } finally {
          await town.close();
        }
      }),
      RUNS,
    );
  });

  it('finds nothing out about who is at home where all are, or nobody is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(hours(fc.boolean()), { minLength: 5, maxLength: 7 }), async (presence) => {
        const town = openTown(presence.map((_values, index) => device(index, { publication: 'private' })));
        try {
          for (const [index, values] of presence.entries()) {
            await town.write(`device-${index}`, readingsOf('occupancy', values));
          }
          const form = { quantities: ['occupancy'], releaseEvery: 'hour', releaseBy: 'area' };
          for (const values of (await everythingSeen(town, datasetOf(form), [])).values()) {
            for (const share of values) assert.ok(Number(share) > 0 && Number(share) < 100, String(share));
          }
        } finally {
          await town.close();
        }
      }),
      RUNS,
    );
  });
});
