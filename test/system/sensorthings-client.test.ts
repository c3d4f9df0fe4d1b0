/** The public SensorThings API as a client uses it that knows the standard and nothing of Byflyt: from the root along links. */
import assert from 'node:assert/strict';
import { eventually } from '../support/eventually.ts';
import { Installation } from './installation.ts';

type Entity = Record<string, unknown> & { '@iot.id': unknown; '@iot.selfLink': string };
interface Collection {
  '@iot.count'?: number;
  '@iot.nextLink'?: string;
  value: Entity[];
}

/** OGC 18-088, 8.1: what the root names, with the relations that each entity must have. */
const RELATIONS: Readonly<Record<string, readonly string[]>> = {
  Things: ['Locations', 'HistoricalLocations', 'Datastreams'],
  Locations: ['Things', 'HistoricalLocations'],
  HistoricalLocations: ['Thing', 'Locations'],
  Datastreams: ['Thing', 'Sensor', 'ObservedProperty', 'Observations'],
  Sensors: ['Datastreams'],
  ObservedProperties: ['Datastreams'],
  Observations: ['Datastream', 'FeatureOfInterest'],
  FeaturesOfInterest: ['Observations'],
};

describe('SensorThings client', () => {
  let installation: Installation;
  let sets: Map<string, string>;

  before(async () => {
    installation = await Installation.prepare({ BYFLYT_SANDBOX: 'on' });
    await installation.start();
    sets = await eventually(async () => {
      const root = await read(`${installation.site}/opendata/sensorthings/v1.1/`);
      const found = new Map(
        (root.value as { name: string; url: string }[]).map(({ name, url }) => [name, url]),
      );
      const { value } = await collection(`${found.get('Observations')}?$top=100`);
      assert.equal(value.length, 100, 'not enough observations yet');
      return found;
    });
  });
  after(() => installation?.remove());

  async function read(address: string): Promise<Record<string, unknown>> {
    const response = await fetch(address);
    assert.equal(response.status, 200, `${address}: ${await response.clone().text()}`);
    return (await response.json()) as Record<string, unknown>;
  }

  async function collection(address: string): Promise<Collection> {
    return (await read(address)) as unknown as Collection;
  }

  /** Everything behind an address, page by page. */
  async function all(address: string): Promise<Entity[]> {
    const found: Entity[] = [];
    for (let next: string | undefined = address; next !== undefined; ) {
      const page: Collection = await collection(next);
      found.push(...page.value);
      next = page['@iot.nextLink'];
    }
    return found;
  }

  it('finds every kind of entity at the root, and each entity under its own address', async () => {
    assert.deepEqual([...sets.keys()].sort(), Object.keys(RELATIONS).sort());
    for (const [name, address] of sets) {
      const { value } = await collection(`${address}?$top=3`);
      assert.ok(value.length > 0, `no ${name}`);
      for (const entity of value) {
        assert.deepEqual(await read(entity['@iot.selfLink']), entity);
      }
    }
  });

  it('follows every relation of every kind', async () => {
    for (const [name, relations] of Object.entries(RELATIONS)) {
      const [entity] = (await collection(`${sets.get(name)}?$top=1`)).value;
      for (const relation of relations) {
        const link = entity?.[`${relation}@iot.navigationLink`];
        assert.equal(typeof link, 'string', `${name} has no link to ${relation}`);
        const related = await read(String(link));
        assert.ok('@iot.id' in related || Array.isArray(related.value), `${link}`);
      }
    }
  });

  it('reads page by page to the end: as many as the count says, none twice', async () => {
    const things = await collection(`${sets.get('Things')}?$count=true&$top=2`);
    const every = await all(`${sets.get('Things')}?$top=2`);
    assert.equal(every.length, things['@iot.count']);
    assert.equal(new Set(every.map((thing) => thing['@iot.id'])).size, every.length);
    assert.ok(every.length > 3);
  });

  it('asks one question for what a page shows: places with their newest values', async () => {
    const expand =
      '$expand=Datastreams($select=name,unitOfMeasurement;$expand=Observations($top=1;$orderby=phenomenonTime desc))';
    const { value } = await collection(`${sets.get('Things')}?$top=5&${encodeURI(expand)}`);
    for (const { Datastreams: streams } of value as unknown as {
      Datastreams: { Observations: Entity[] }[];
    }[]) {
      assert.ok(streams.length > 0);
      for (const { Observations: observations } of streams) assert.ok(observations.length <= 1);
    }
  });

  it('filters and orders observations, and gets the same as a table', async () => {
    const query = encodeURI('$filter=result lt 0&$orderby=phenomenonTime desc&$top=20');
    const { value } = await collection(`${sets.get('Observations')}?${query}`);
    assert.ok(value.length > 0);
    const times = value.map(({ phenomenonTime }) => String(phenomenonTime));
    assert.deepEqual(times, times.toSorted().reverse());
    assert.ok(value.every(({ result }) => Number(result) < 0));
    const table = await read(`${sets.get('Observations')}?${query}&$resultFormat=dataArray`);
    const rows = (table.value as { 'dataArray@iot.count': number; dataArray: unknown[][] }[]).flatMap(
      ({ dataArray }) => dataArray,
    );
    assert.equal(rows.length, value.length);
  });

  it('is told what is wrong with a question, and may not change anything', async () => {
    for (const query of ['$filter=nonsense', '$top=-1', '$expand=Nothing', '$orderby=)(']) {
      assert.equal((await fetch(`${sets.get('Things')}?${encodeURI(query)}`)).status, 400, query);
    }
    for (const method of ['POST', 'PATCH', 'DELETE']) {
      const response = await fetch(String(sets.get('Things')), { method });
      assert.ok(response.status === 405, `${method}: ${response.status}`);
    }
  });
});
