/** How a dataset is described beside DCAT: for readers of Data Packages, and for search engines. */
import assert from 'node:assert/strict';
import { parse } from 'csv-parse/sync';
import { describeEntries } from '../../../nodes/opendata/catalog-entries.ts';
import { datasetJsonLd } from '../../../nodes/opendata/schema-org.ts';
import { BASE, openSkiTrail, type SkiTrail, START, textOf } from './ski-trail.ts';

interface Field {
  name: string;
  type: string;
  title?: string;
  unit?: string;
  constraints?: { required?: boolean; minimum?: number; maximum?: number; enum?: number[] };
}

const TYPES: Record<string, (value: string) => boolean> = {
  datetime: (value) => new Date(value).toISOString() === value,
  string: (value) => value !== '',
  number: (value) => value.trim() !== '' && Number.isFinite(Number(value)),
  integer: (value) => Number.isInteger(Number(value)),
};

/** Whether a cell is what its field says. */
function fits({ type, constraints = {} }: Field, value: string): boolean {
  if (value === '') return !constraints.required;
  const { minimum = Number.NEGATIVE_INFINITY, maximum = Number.POSITIVE_INFINITY } = constraints;
  const isInRange = type !== 'number' || (Number(value) >= minimum && Number(value) <= maximum);
  const isListed = constraints.enum?.includes(Number(value)) ?? true;
  return TYPES[type]?.(value) === true && isInRange && isListed;
}

describe('data package', () => {
  let trail: SkiTrail;
  afterEach(() => trail.close());

  async function described(headers: Record<string, string> = {}) {
    const response = await trail.get('/ski-trail/datapackage.json', headers);
    assert.equal(response.status, 200);
    return JSON.parse(await textOf(response));
  }

  it('has what Data Package makes mandatory, in the reader’s language', async () => {
    trail = await openSkiTrail();
    const content = await described({ 'accept-language': 'nb' });
    assert.match(content.name, /^[a-z0-9._-]+$/);
    assert.equal(content.title, 'Skiløypa');
    assert.deepEqual(content.licenses, [
      { name: 'NLOD-2.0', path: 'https://data.norge.no/nlod/en/2.0', title: 'NLOD 2.0' },
    ]);
    const [resource, ...others] = content.resources;
    assert.deepEqual(others, []);
    assert.equal(resource.path, `${BASE}ski-trail/data.csv`);
    assert.equal((await described({ 'accept-language': 'en' })).title, 'Ski trail');
  });

  it('describes the columns of the CSV file as they are: names, order, types, ranges', async () => {
    trail = await openSkiTrail({ failed: 'mark' });
    const fields: Field[] = (await described()).resources[0].schema.fields;
    const text = await textOf(await trail.get('/ski-trail/data.csv'));
    const rows: Record<string, string>[] = parse(text, { columns: true });
    assert.ok(rows.length > 0);
    assert.deepEqual(
      fields.map(({ name }) => name),
      Object.keys(rows[0] ?? {}),
    );
    for (const row of rows) {
      for (const field of fields)
        assert.ok(fits(field, row[field.name] ?? ''), `${field.name}: ${row[field.name]}`);
    }
    const temperature = fields.find(({ name }) => name === 'snow_temperature');
    assert.equal(temperature?.unit, 'Cel');
  });
});

describe('schema.org', () => {
  it('has what search engines ask of a dataset, and where its places are', async () => {
    const trail = await openSkiTrail();
    trail.devices[0] = { ...START, location: { lat: 64.71, lon: 20.94 } };
    const [entry] = await describeEntries(trail.site.list());
    assert.ok(entry);
    const { name, description, license, distribution, spatialCoverage, temporalCoverage, ...rest } =
      datasetJsonLd(entry, 'en', BASE) as Record<string, unknown>;
    assert.equal(name, 'Ski trail');
    assert.ok(String(description).length >= 50);
    assert.equal(license, 'https://data.norge.no/nlod/en/2.0');
    assert.deepEqual((distribution as object[])[0], {
      '@type': 'DataDownload',
      encodingFormat: 'text/csv',
      contentUrl: `${BASE}ski-trail/data.csv`,
    });
    assert.deepEqual(spatialCoverage, {
      '@type': 'Place',
      name: 'Skellefteå',
      geo: { '@type': 'GeoShape', box: '64.7 20.93 64.72 20.95' },
    });
    assert.equal(temporalCoverage, '2018-03-18T07:57:27.000Z/..');
    assert.doesNotMatch(JSON.stringify(rest), /70b3d5|ski-a/i);
    await trail.close();
  });
});
