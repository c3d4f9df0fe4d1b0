/** As data portals read us: data.norge.no and others harvest DCAT-AP, CKAN portals are told the same by their API. */
import assert from 'node:assert/strict';
import { Parser, type Quad } from 'n3';
import { describeEntries } from '../../../../nodes/opendata/catalog-entries.ts';
import { packageFields, resourceFields } from '../../../../nodes/opendata/ckan/package.ts';
import { BASE, openSkiTrail, PUBLISHER, type SkiTrail, textOf } from '../ski-trail.ts';

const DCT = 'http://purl.org/dc/terms/';
const DCAT = 'http://www.w3.org/ns/dcat#';
const VCARD = 'http://www.w3.org/2006/vcard/ns#';

describe('harvesting the open data', () => {
  let trail: SkiTrail;
  let quads: Quad[];

  before(async () => {
    trail = await openSkiTrail();
    quads = await harvested();
  });
  after(() => trail.close());

  async function harvested(): Promise<Quad[]> {
    const answer = await trail.get('/catalog', { accept: 'text/turtle' });
    assert.equal(answer.status, 200);
    return new Parser({ baseIRI: `${BASE}catalog` }).parse(await textOf(answer));
  }
  const objects = (subject: string, predicate: string) =>
    quads
      .filter((quad) => quad.subject.value === subject && quad.predicate.value === predicate)
      .map(({ object }) => object.value);
  const dataset = () => {
    const all = objects(`${BASE}catalog`, `${DCAT}dataset`);
    return all.find((iri) => iri === `${BASE}ski-trail/#dataset`) ?? assert.fail(all.join());
  };

  it('finds what data.norge.no asks of a dataset', () => {
    const iri = dataset();
    assert.deepEqual(objects(iri, `${DCT}identifier`), [iri]);
    for (const property of ['title', 'description', 'publisher', 'modified', 'accessRights', 'language'])
      assert.notDeepEqual(objects(iri, DCT + property), [], property);
    const [contact = ''] = objects(iri, `${DCAT}contactPoint`);
    assert.deepEqual(objects(contact, `${VCARD}hasEmail`), ['mailto:data@fjellby.example.org']);
    for (const distribution of objects(iri, `${DCAT}distribution`)) {
      assert.notDeepEqual(objects(distribution, `${DCT}license`), [], distribution);
      assert.notDeepEqual(objects(distribution, `${DCAT}accessURL`), [], distribution);
    }
  });

  it('finds the same addresses the next time, whatever was measured in between', async () => {
    const iris = (all: readonly Quad[]) =>
      [...new Set(all.map(({ subject }) => subject.value))].filter((iri) => iri.startsWith(BASE)).sort();
    const before = iris(quads);
    await trail.real.write([
      {
        measurement: 'ski_trail',
        tags: { device: 'ski-a', site: 'Start' },
        fields: { snow_temperature: -1, snow_temperature_qc: 1 },
        time: Date.parse('2018-03-18T12:00:00Z'),
      },
    ]);
    assert.deepEqual(iris(await harvested()), before);
  });

  it('finds something at every address of ours', async () => {
    const ours = new Set(
      quads
        .flatMap(({ subject, object }) => [subject, object])
        .filter(({ termType, value }) => termType === 'NamedNode' && value.startsWith(BASE))
        .map(({ value }) => value.replace(/#.*/, '')),
    );
    assert.ok(ours.size >= 5);
    for (const address of ours) {
      const path = address.slice(BASE.length - 1);
      assert.equal((await trail.get(path)).status, 200, address);
    }
  });

  it('is told by CKAN what it finds here', async () => {
    const [entry] = await describeEntries(trail.site.list());
    assert.ok(entry);
    const about = { entry, owner: PUBLISHER, base: BASE, style: 'ckan' as const };
    const { extras, title } = packageFields(about, []);
    const told = new Map(extras.map(({ key, value }) => [key, value]));
    const iri = dataset();
    assert.equal(told.get('uri'), iri);
    assert.ok(objects(iri, `${DCT}title`).includes(title));
    assert.deepEqual(objects(iri, `${DCT}publisher`), [told.get('publisher_uri')]);
    assert.deepEqual(objects(iri, `${DCT}accrualPeriodicity`), [told.get('frequency')]);
    assert.deepEqual(objects(iri, `${DCT}accessRights`), [told.get('access_rights')]);
    assert.deepEqual(objects(iri, `${DCAT}theme`), JSON.parse(told.get('theme') ?? ''));
    assert.equal(objects(iri, `${DCT}modified`)[0]?.slice(0, 10), told.get('modified'));
    for (const { uri, url, license } of resourceFields(about)) {
      assert.ok(objects(iri, `${DCAT}distribution`).includes(String(uri)), String(uri));
      assert.deepEqual(objects(String(uri), `${DCAT}downloadURL`), [url]);
      assert.deepEqual(objects(String(uri), `${DCT}license`), [license]);
    }
  });
});
