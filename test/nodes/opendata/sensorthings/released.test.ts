/** What is released only over time and places, as a client of the SensorThings API sees it. */
import assert from 'node:assert/strict';
import { Answers } from '../../../../nodes/opendata/sensorthings/answers.ts';
import { Budget } from '../../../../nodes/opendata/sensorthings/budget.ts';
import { Collections } from '../../../../nodes/opendata/sensorthings/collections.ts';
import { currentDirectory } from '../../../../nodes/opendata/sensorthings/current-directory.ts';
import type { SetName } from '../../../../nodes/opendata/sensorthings/model.ts';
import { optionsFrom } from '../../../../nodes/opendata/sensorthings/options.ts';
import { BASE, PUBLISHER } from '../ski-trail.ts';
import { datasetOf, device, HOUR, openTown, START, type Town } from '../town.ts';
import { type Json, ROOT } from './town.ts';

const DAYS = 5;

describe('SensorThings: released values', () => {
  let town: Town;
  const dataset = datasetOf({
    quantities: ['people_count'],
    releaseEvery: 'day',
    releaseBy: 'area',
    fewestDevices: 3,
  });

  before(async () => {
    town = openTown(
      [1, 2, 3, 4].map((index) => device(index, { location: { lat: 59 + index / 10, lon: 15 } })),
    );
    for (const { id } of town.devices) {
      const hours = Array.from({ length: DAYS * 24 }, (_, hour) => hour);
      await town.write(
        id,
        hours.map((hour) => [START + hour * HOUR, { people_count: 10 + Math.floor(hour / 24) }]),
      );
    }
  });
  after(() => town.close());

  async function list(set: SetName, query: Record<string, string> = {}): Promise<Json[]> {
    const entry = { dataset, publisher: PUBLISHER, sources: town.sources };
    const directory = await currentDirectory({ list: () => [entry] }, BASE, town.now);
    const budget = new Budget();
    const collections = new Collections(directory, budget, town.now);
    const options = optionsFrom(Object.entries(query), set, true);
    const members =
      set === 'Observations' ? { series: directory.series() } : { entities: directory.all(set) };
    const page = await collections.page(members, options);
    const answer = await new Answers(collections, budget, ROOT).collection(page, options, ROOT);
    return answer.value as unknown as Json[];
  }

  it('stand for their period, and their result is there when it has ended', async () => {
    const observations = await list('Observations');
    assert.equal(observations.length, DAYS);
    assert.equal(observations[0]?.phenomenonTime, '2026-03-02T00:00:00.000Z/2026-03-03T00:00:00.000Z');
    assert.equal(observations[0]?.resultTime, '2026-03-03T00:00:00.000Z');
    const [datastream] = await list('Datastreams');
    assert.equal(datastream?.phenomenonTime, '2026-03-02T00:00:00.000Z/2026-03-07T00:00:00.000Z');
  });

  it('are found by either time', async () => {
    const found = async (filter: string) =>
      (await list('Observations', { $filter: filter })).map(({ resultTime }) =>
        String(resultTime).slice(8, 10),
      );
    assert.deepEqual(await found('resultTime ge 2026-03-05T00:00:00Z'), ['05', '06', '07']);
    assert.deepEqual(await found('resultTime eq 2026-03-05T00:00:00Z'), ['05']);
    assert.deepEqual(await found('phenomenonTime lt 2026-03-04T00:00:00Z'), ['03', '04']);
    assert.deepEqual(await found('phenomenonTime ge 2026-03-04T00:00:00Z'), ['05', '06', '07']);
    assert.deepEqual(await found('overlaps(phenomenonTime, 2026-03-04T12:00:00Z/2026-03-05T12:00:00Z)'), [
      '05',
      '06',
    ]);
  });

  it('are one place together, without a position, a single device or its model', async () => {
    const sets = ['Things', 'Locations', 'Datastreams', 'FeaturesOfInterest', 'Sensors'] as const;
    for (const set of sets) {
      const entities = await list(set);
      assert.equal(entities.length, 1, set);
      assert.doesNotMatch(JSON.stringify(entities), /Place|Device|device-|coordinates/, set);
    }
  });
});

describe('SensorThings: counts of people', () => {
  it('keep their Datastream while the newest count is withheld, up to the newest that is shown', async () => {
    const town = openTown([device(0), device(1)]);
    const counts = { 'device-0': [2, 10, 20, 3, 1], 'device-1': [1, 2, 3, 4, 1] };
    for (const [id, values] of Object.entries(counts)) {
      await town.write(
        id,
        values.map((people_in, hour) => [START + hour * HOUR, { people_in }]),
      );
    }
    const dataset = datasetOf({ quantities: ['people_in'] });
    const entry = { dataset, publisher: PUBLISHER, sources: town.sources };
    const directory = await currentDirectory({ list: () => [entry] }, BASE, town.now);
    assert.deepEqual(
      directory.all('Datastreams').map(({ properties }) => properties.phenomenonTime),
      ['2026-03-02T01:00:00.000Z/2026-03-02T02:00:00.000Z'],
    );
    assert.deepEqual(
      directory.all('Things').map(({ properties }) => properties.name),
      ['Place 0'],
    );
    await town.close();
  });
});
