import assert from 'node:assert/strict';
import { datasetFromConfig } from '../../../../nodes/opendata/dataset-form.ts';
import { currentDirectory } from '../../../../nodes/opendata/sensorthings/current-directory.ts';
import { Updates } from '../../../../nodes/opendata/sensorthings/updates.ts';
import { BASE, PUBLISHER } from '../ski-trail.ts';
import { BEGIN, HOURS, type Json, openTown, ROOT, type Town, WASTE } from './town.ts';

const LAST = BEGIN + (HOURS - 1) * 3_600_000;

describe('SensorThings: new observations', () => {
  let town: Town;
  let updates: Updates;
  /** Each look is made when the kept entities are out of date. */
  let now = LAST;

  beforeEach(async () => {
    town = await openTown();
    updates = new Updates();
  });
  afterEach(() => town.close());

  async function look(dataset = 'waste', links: { root?: string } = { root: ROOT }) {
    now += 60_000;
    const directory = await currentDirectory(town.trail.site, BASE, now);
    return updates.next(directory, dataset, links.root, now);
  }

  function read(time: number, fields: object, device = 'waste-2', site = 'Torget') {
    return town.trail.real.write([
      { measurement: 'waste', tags: { device, site }, fields: { ...fields }, time },
    ]);
  }

  it('are told under the topics of all, of their Datastream and of their place, as the API has them', async () => {
    assert.deepEqual(await look(), []);
    await read(LAST + 600_000, { fill_level: 70, battery_voltage: 3.6 });
    const news = await look();
    const payload = inside(news[0]?.payload);
    const { json } = await town.ask(
      `/Observations(${payload['@iot.id']})?$expand=Datastream,FeatureOfInterest`,
    );
    const { Datastream, FeatureOfInterest } = json as Record<string, Json>;
    assert.deepEqual(
      news.map(({ topic }) => topic),
      [
        'v1.1/Observations',
        `v1.1/Datastreams(${Datastream?.['@iot.id']})/Observations`,
        `v1.1/FeaturesOfInterest(${FeatureOfInterest?.['@iot.id']})/Observations`,
      ],
    );
    assert.equal(payload.result, 70);
    assert.deepEqual((await town.ask(`/Observations(${payload['@iot.id']})`)).json, payload);
    assert.deepEqual(await look(), []);
  });

  it('are told once, in order, also those that come up to an hour late', async () => {
    await look();
    await read(LAST + 1_200_000, { fill_level: 72 });
    assert.deepEqual(results(await look()), [72]);
    await read(LAST + 600_000, { fill_level: 71 });
    await read(LAST + 1_800_000, { fill_level: 73 });
    await read(LAST - 3_600_000 * 3, { fill_level: 1 }, 'waste-1', 'Storgata 1');
    assert.deepEqual(results(await look()), [71, 73]);
    assert.deepEqual(results(await look()), []);
  });

  it('are told although a clock is years ahead', async () => {
    await look();
    await read(LAST + 10 * 31_536_000_000, { fill_level: 99 }, 'waste-1', 'Storgata 1');
    await read(now - 60_000, { fill_level: 74 });
    assert.deepEqual(results(await look()), [74, 99]);
    await read(now - 30_000, { fill_level: 75 });
    assert.deepEqual(results(await look()), [75]);
  });

  it('are told of a dataset that was empty', async () => {
    const { real, devices } = town.trail;
    devices.push({ ...(devices[0] as (typeof devices)[number]), id: 'new', site: 'Ny', area: 'water' });
    const water = datasetFromConfig({ ...WASTE, slug: 'water', area: 'water', quantities: ['water_level'] });
    town.trail.site.publish({ dataset: water, publisher: PUBLISHER, sources: town.trail.sources });
    assert.deepEqual(await look('water'), []);
    const tags = { device: 'new', site: 'Ny' };
    await real.write([{ measurement: 'water', tags, fields: { water_level: 1.5 }, time: now }]);
    assert.deepEqual(results(await look('water')), [1.5]);
  });

  it('are those of the one dataset, and only what it publishes', async () => {
    await look('ski-trail');
    await read(LAST + 600_000, { fill_level: 70, tilt: true, tilt_qc: 4 });
    assert.deepEqual(await look('ski-trail'), []);
    const other = new Updates();
    updates = other;
    await look();
    await read(LAST + 1_200_000, { fill_level: 500, fill_level_qc: 4 });
    assert.deepEqual(await look(), []);
    assert.deepEqual(await look('no-such-dataset'), []);
  });

  it('have no links where nobody knows the address of the service', async () => {
    await look();
    await read(LAST + 600_000, { fill_level: 70 });
    const [update] = await look('waste', {});
    const names = Object.keys(inside(update?.payload));
    assert.deepEqual(names, ['@iot.id', 'phenomenonTime', 'result', 'resultTime']);
  });

  function results(news: Awaited<ReturnType<Updates['next']>>): unknown[] {
    return news
      .filter(({ topic }) => topic === 'v1.1/Observations')
      .map(({ payload }) => inside(payload).result);
  }

  function inside(payload: unknown): Json {
    assert.ok(payload);
    return payload as Json;
  }
});
