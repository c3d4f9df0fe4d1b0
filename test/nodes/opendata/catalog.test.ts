import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Parser, Store } from 'n3';
import SHACLValidator from 'rdf-validate-shacl';
import { openSkiTrail, PUBLISHER, type SkiTrail, textOf } from './ski-trail.ts';

const DCT = 'http://purl.org/dc/terms/';
const DCAT = 'http://www.w3.org/ns/dcat#';
const DATASET = 'https://data.example.org/opendata/ski-trail/#dataset';

function parse(turtle: string): Store {
  return new Store(new Parser().parse(turtle));
}

function shapes(name: string): Store {
  return parse(
    readFileSync(new URL(`../../../../shared/dcat-shapes/dcat-ap-3.0.1/${name}`, import.meta.url), 'utf8'),
  );
}

async function findings(data: Store, shape: string): Promise<string[]> {
  const { results } = await new SHACLValidator(shapes(shape)).validate(data);
  return results.map(
    ({ path, focusNode, severity }) =>
      `${severity?.value.split('#')[1]} ${focusNode?.value} ${path && 'value' in path ? path.value : ''}`,
  );
}

describe('DCAT-AP catalogue', () => {
  let trail: SkiTrail;
  let catalog: Store;
  before(async () => {
    trail = await openSkiTrail();
    catalog = parse(await textOf(await trail.get('/catalog.ttl')));
  });
  after(() => trail.close());

  it('has no violation of the mandatory DCAT-AP 3.0.1 shapes', async () => {
    assert.deepEqual(await findings(catalog, 'shapes.ttl'), []);
  });

  it('has no violation of the classes of values', async () => {
    assert.deepEqual(await findings(catalog, 'range.ttl'), []);
  });

  it('also conforms when it is empty', async () => {
    const empty = await openSkiTrail();
    empty.devices.length = 0;
    assert.deepEqual(await findings(parse(await textOf(await empty.get('/catalog.ttl'))), 'shapes.ttl'), []);
    await empty.close();
  });

  it('is judged by shapes that find a missing title', async () => {
    const broken = new Store([...catalog].filter(({ predicate }) => predicate.value !== `${DCT}title`));
    assert.ok((await findings(broken, 'shapes.ttl')).length > 0);
  });

  const facts: [property: string, values: string[]][] = [
    [`${DCT}publisher`, ['https://data.example.org/opendata/catalog#publisher']],
    [`${DCT}spatial`, ['https://data.example.org/opendata/ski-trail/#place']],
    [`${DCT}temporal`, ['https://data.example.org/opendata/ski-trail/#period']],
    [`${DCT}modified`, ['2018-03-18T10:08:36.000Z']],
    [`${DCAT}theme`, ['http://publications.europa.eu/resource/authority/data-theme/ENVI']],
    [`${DCAT}contactPoint`, ['https://data.example.org/opendata/ski-trail/#contact']],
    [`${DCAT}landingPage`, ['https://data.example.org/opendata/ski-trail/']],
    [`${DCAT}temporalResolution`, ['PT20M']],
  ];
  for (const [property, values] of facts) {
    it(`says ${property.split(/[/#]/).at(-1)} of the dataset`, () => {
      assert.deepEqual(
        catalog.getObjects(DATASET, property, null).map(({ value }) => value),
        values,
      );
    });
  }

  it('gives every distribution a licence, a format and an address that answers', async () => {
    const distributions = catalog.getObjects(DATASET, `${DCAT}distribution`, null);
    assert.equal(distributions.length, 3);
    for (const distribution of distributions) {
      const [licence] = catalog.getObjects(distribution, `${DCT}license`, null);
      assert.equal(licence?.value, 'http://publications.europa.eu/resource/authority/licence/NLOD_2_0');
      const [address] = catalog.getObjects(distribution, `${DCAT}downloadURL`, null);
      const path = address?.value.replace('https://data.example.org/opendata', '') ?? '';
      assert.equal((await trail.get(path)).status, 200);
    }
  });

  it('begins when the first value was measured', () => {
    const [start] = catalog.getObjects(null, `${DCAT}startDate`, null);
    assert.equal(start?.value, '2018-03-18T07:57:27.000Z');
  });

  it('says the same in JSON-LD', async () => {
    const document = JSON.parse(await textOf(await trail.get('/catalog.jsonld')));
    const dataset = document['@graph'].find((node: { '@id': string }) => node['@id'] === DATASET);
    assert.equal(dataset['@type'], 'dcat:Dataset');
    assert.deepEqual(dataset['dct:title'], [
      { '@value': 'Skiløypa', '@language': 'nb' },
      { '@value': 'Ski trail', '@language': 'en' },
    ]);
    const subjects = new Set([...catalog].map(({ subject }) => subject.value));
    assert.equal(document['@graph'].length, subjects.size);
  });

  it('uses the public address of the publisher where it is set', async () => {
    trail.site
      .list()
      .map((entry) =>
        Object.assign(entry, { publisher: { ...PUBLISHER, baseUrl: 'https://fjellby.example.org/sensor' } }),
      );
    const turtle = await textOf(await trail.get('/catalog.ttl'));
    assert.match(turtle, /<https:\/\/fjellby\.example\.org\/sensor\/opendata\/ski-trail\/data\.csv>/);
    assert.doesNotMatch(turtle, /data\.example\.org/);
  });
});
