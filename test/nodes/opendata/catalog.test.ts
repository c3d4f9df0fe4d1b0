/** The catalogue of a dataset with every field, judged by the official shapes, in each profile and each format. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Parser, type Quad, Store } from 'n3';
import SHACLValidator from 'rdf-validate-shacl';
import { COUNTRIES, type Country, type Publisher } from '../../../nodes/opendata/dataset.ts';
import { publisherFromConfig } from '../../../nodes/opendata/dataset-form.ts';
import { Graph } from '../../../nodes/opendata/rdf.ts';
import { quadsOfJsonLd } from '../../system/json-ld.ts';
import { quadsOfRdfXml } from '../../system/rdf-xml.ts';
import { openSkiTrail, PUBLISHER, type SkiTrail, START, textOf } from './ski-trail.ts';

const DCT = 'http://purl.org/dc/terms/';
const DCAT = 'http://www.w3.org/ns/dcat#';
const DCATAP = 'http://data.europa.eu/r5r/';
const BASE = 'https://data.example.org/opendata/';
const DATASET = `${BASE}ski-trail/#dataset`;
const SHAPES = '../../../../shared/dcat-shapes/';

/** Every field of the forms. */
const FULL = {
  titleSv: 'Skidspåret',
  keywordsNb: 'ski, preparering',
  themes: ['ENVI', 'TRAN'],
  frequency: 'HOURLY',
  spatialIri: 'https://sws.geonames.org/602913/',
  spatialBox: '20.8 64.6 21.1 64.8',
  temporalFrom: '2018-01-01',
  conformsTo: 'https://example.org/standard\nhttps://example.org/other',
  highValue: 'meteorological',
  contactName: 'Løypelaget',
  contactEmail: 'loype@fjellby.example.org',
  approvedBy: 'Kari Nordmann',
  approvedDate: '2026-01-31',
};
const PUBLISHER_FORM = {
  publisher: 'Fjellby kommune',
  homepage: 'https://fjellby.example.org/',
  contactEmail: 'data@fjellby.example.org',
  contactPhone: '+47 12 34 56 78',
  contactPage: 'https://fjellby.example.org/kontakt',
  organisationNumber: '964 338 531',
  titleNb: 'Fjellbys sensorer',
  descriptionNb: 'Alt som måles i Fjellby.',
};

/**
 * Warnings of the shapes that a municipality cannot mend: that a publisher should be one of the institutions of the EU,
 * a place one of the EU's own lists, and (in Norway) themes Eurovoc's, where DCAT-AP wants the list of data themes.
 */
const UNAVOIDABLE = [`Warning ${DCT}publisher`, `Warning ${DCT}spatial`, `Warning ${DCAT}themeTaxonomy`];

function parse(turtle: string): Store {
  return new Store(new Parser().parse(turtle));
}

function shapes(name: string): Store {
  return parse(readFileSync(new URL(SHAPES + name, import.meta.url), 'utf8'));
}

async function findings(data: Store, shape: string): Promise<string[]> {
  const { results } = await new SHACLValidator(shapes(shape)).validate(data);
  return results.map(({ path, focusNode, severity, message }) => {
    const property = path && 'value' in path ? path.value : '';
    return [`${severity?.value.split('#')[1]} ${property}`, focusNode?.value, message.map(String)].join(
      ' | ',
    );
  });
}

/** Findings that somebody could do something about. */
async function faults(data: Store, shape: string): Promise<string[]> {
  const found = await findings(data, shape);
  return found.filter((finding) => !UNAVOIDABLE.some((known) => finding.startsWith(`${known} |`)));
}

/** Of either library. */
interface Statement {
  subject: Term;
  predicate: Term;
  object: Term;
}

interface Term {
  termType: string;
  value: string;
  language?: string;
  datatype?: { value: string };
}

const statements = (quads: Iterable<Statement>): string[] =>
  [...quads]
    .map(({ subject, predicate, object }) => [subject, predicate, object].map(termText).join(' '))
    .sort();

function termText(term: Term) {
  return `${term.termType} ${term.value} ${term.language ?? ''} ${term.datatype?.value ?? ''}`;
}

describe('DCAT-AP catalogue', () => {
  let trail: SkiTrail;
  let catalog: Store;

  const publishWith = (publisher: Publisher) => {
    for (const entry of trail.site.list()) Object.assign(entry, { publisher });
  };
  const read = async (path: string, headers = {}) => textOf(await trail.get(path, headers));
  const valuesOf = (subject: string, property: string, data = catalog) =>
    data
      .getObjects(subject, property, null)
      .map(({ value }) => value)
      .sort();

  before(async () => {
    trail = await openSkiTrail(FULL);
    publishWith(publisherFromConfig(PUBLISHER_FORM, 'nb'));
    catalog = parse(await read('/catalog.ttl'));
  });
  after(() => trail.close());

  for (const country of COUNTRIES) {
    describe(`profile ${country}`, () => {
      let data: Store;
      before(async () => {
        data = parse(await read(`/catalog.ttl?profile=${country}`));
      });

      for (const shape of ['shapes', 'range', 'shapes_recommended', 'mdr-vocabularies.shape']) {
        it(`has no fault by the DCAT-AP 3.0.1 ${shape}`, async () => {
          assert.deepEqual(await faults(data, `dcat-ap-3.0.1/${shape}.ttl`), []);
        });
      }
    });
  }

  it('has no fault by the DCAT-AP-NO shapes', async () => {
    assert.deepEqual(await faults(catalog, 'dcat-ap-no-2.00/DCAT-AP-NO-shacl_shapes_2.00.ttl'), []);
  });

  it('is judged by shapes that find what is missing', async () => {
    const without = (property: string) =>
      new Store([...catalog].filter(({ predicate }) => predicate.value !== property));
    const missing: [property: string, shape: string][] = [
      [`${DCT}title`, 'dcat-ap-3.0.1/shapes.ttl'],
      [`${DCAT}keyword`, 'dcat-ap-3.0.1/shapes_recommended.ttl'],
      [`${DCAT}first`, 'dcat-ap-no-2.00/DCAT-AP-NO-shacl_shapes_2.00.ttl'],
      ['http://www.w3.org/2004/02/skos/core#inScheme', 'dcat-ap-3.0.1/mdr-vocabularies.shape.ttl'],
    ];
    for (const [property, shape] of missing) {
      assert.ok((await faults(without(property), shape)).length > 0, property);
    }
  });

  it('also conforms when it is empty, and with nothing but what the forms demand', async () => {
    const bare = await openSkiTrail({ spatialName: '', location: '' });
    for (const empty of [false, true]) {
      if (empty) bare.devices.length = 0;
      const turtle = await textOf(await bare.get('/catalog.ttl'));
      for (const shape of ['dcat-ap-3.0.1/shapes.ttl', 'dcat-ap-3.0.1/range.ttl']) {
        assert.deepEqual(await faults(parse(turtle), shape), [], `${shape}, empty: ${empty}`);
      }
    }
    await bare.close();
  });

  const facts: [property: string, values: string[]][] = [
    [`${DCT}publisher`, [`${BASE}catalog#publisher`]],
    [`${DCT}spatial`, ['https://sws.geonames.org/602913/']],
    [`${DCT}temporal`, [`${BASE}ski-trail/#period`]],
    [`${DCT}modified`, ['2018-03-18T10:08:36.000Z']],
    [
      `${DCAT}theme`,
      ['ENVI', 'TRAN'].map((theme) => `http://publications.europa.eu/resource/authority/data-theme/${theme}`),
    ],
    [`${DCAT}contactPoint`, [`${BASE}ski-trail/#contact`]],
    [`${DCAT}landingPage`, [`${BASE}ski-trail/`]],
    [`${DCAT}temporalResolution`, ['PT20M']],
    [`${DCT}accrualPeriodicity`, ['http://publications.europa.eu/resource/authority/frequency/HOURLY']],
    [`${DCT}conformsTo`, ['https://example.org/other', 'https://example.org/standard']],
    [`${DCT}title`, ['Skidspåret', 'Skiløypa', 'Ski trail'].sort()],
    [`${DCATAP}hvdCategory`, ['http://data.europa.eu/bna/c_164e0bf5']],
    [`${DCATAP}applicableLegislation`, ['http://data.europa.eu/eli/reg_impl/2023/138/oj']],
  ];
  for (const [property, values] of facts) {
    it(`says ${property.split(/[/#]/).at(-1)} of the dataset`, () => {
      assert.deepEqual(valuesOf(DATASET, property), values);
    });
  }

  it("has the dataset's own contact, the publisher's number and title, and nothing of who approved it", async () => {
    const mail = 'http://www.w3.org/2006/vcard/ns#hasEmail';
    assert.deepEqual(valuesOf(`${BASE}ski-trail/#contact`, mail), ['mailto:loype@fjellby.example.org']);
    assert.deepEqual(valuesOf(`${BASE}catalog#contact`, mail), ['mailto:data@fjellby.example.org']);
    assert.deepEqual(valuesOf(`${BASE}catalog#publisher`, `${DCT}identifier`), ['964338531']);
    assert.deepEqual(valuesOf(`${BASE}catalog`, `${DCT}title`), ['Fjellbys sensorer']);
    assert.doesNotMatch(await read('/catalog.ttl'), /Nordmann/);
  });

  it('gives every distribution, of the dataset and of its years, a licence, a format and an address that answers', async () => {
    const addresses = catalog.getQuads(null, `${DCAT}downloadURL`, null, null);
    assert.equal(addresses.length, 6 + 5);
    for (const { subject, object } of addresses) {
      assert.deepEqual(valuesOf(subject.value, `${DCT}license`), [
        'http://publications.europa.eu/resource/authority/licence/NLOD_2_0',
      ]);
      assert.equal(valuesOf(subject.value, `${DCT}format`).length, 1);
      const [mediaType = ''] = valuesOf(subject.value, `${DCAT}mediaType`);
      const response = await trail.get(object.value.replace('https://data.example.org/opendata', ''));
      assert.equal(response.status, 200, object.value);
      const type = response.headers['Content-Type']?.split(';')[0] ?? '';
      assert.ok(mediaType.endsWith(`/${type}`), `${object.value}: ${type}`);
      await textOf(response as never);
    }
  });

  it('has the years as a series', () => {
    const series = `${BASE}ski-trail/#years`;
    const year = `${BASE}ski-trail/#year-2018`;
    assert.deepEqual([valuesOf(series, `${DCAT}first`), valuesOf(series, `${DCAT}last`)], [[year], [year]]);
    assert.deepEqual(valuesOf(year, `${DCAT}inSeries`), [series]);
    assert.deepEqual(valuesOf(`${BASE}catalog`, `${DCAT}dataset`), [DATASET, year]);
    assert.deepEqual(
      valuesOf(year, `${DCT}title`),
      ['Skidspåret 2018', 'Skiløypa 2018', 'Ski trail 2018'].sort(),
    );
  });

  it('links each year of a longer history to the one before', async () => {
    const long = await openSkiTrail();
    const time = Date.parse('2016-05-01T00:00:00Z');
    const tags = { device: START.id, site: 'Start' };
    await long.real.write([{ measurement: 'ski_trail', tags, fields: { snow_temperature: 1 }, time }]);
    const data = parse(await textOf(await long.get('/catalog.ttl')));
    const previous = [2016, 2017, 2018].map((year) =>
      valuesOf(`${BASE}ski-trail/#year-${year}`, `${DCAT}prev`, data).map((iri) => iri.slice(-4)),
    );
    assert.deepEqual(previous, [[], ['2016'], ['2017']]);
    await long.close();
  });

  it('has the two services, each with the datasets that it serves', () => {
    const services = valuesOf(`${BASE}catalog`, `${DCAT}service`);
    assert.deepEqual(services, [`${BASE}sensorthings#service`, `${BASE}ski-trail/#api`]);
    for (const service of services) assert.deepEqual(valuesOf(service, `${DCAT}servesDataset`), [DATASET]);
    assert.deepEqual(valuesOf(`${BASE}sensorthings#service`, `${DCT}conformsTo`), [
      'http://www.opengis.net/spec/iot_sensing/1.1',
    ]);
  });

  it('begins when staff say so, else when the first value was measured', async () => {
    assert.deepEqual(valuesOf(`${BASE}ski-trail/#period`, `${DCAT}startDate`), ['2018-01-01']);
    assert.deepEqual(valuesOf(`${BASE}ski-trail/#year-2018-period`, `${DCAT}startDate`), [
      '2018-03-18T07:57:27.000Z',
    ]);
  });

  it('follows the Swedish profile: licences of Creative Commons, contacts that are organizations', async () => {
    const swedish = await openSkiTrail({ ...FULL, licence: 'CC-BY-4.0' });
    const data = parse(await textOf(await swedish.get('/catalog.ttl?profile=se')));
    const distribution = `${BASE}ski-trail/#csv`;
    assert.deepEqual(valuesOf(distribution, `${DCT}license`, data), [
      'http://creativecommons.org/licenses/by/4.0/',
    ]);
    const type = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#type';
    assert.ok(
      valuesOf(`${BASE}ski-trail/#contact`, type, data).includes(
        'http://www.w3.org/2006/vcard/ns#Organization',
      ),
    );
    for (const service of valuesOf(`${BASE}catalog`, `${DCAT}service`, data)) {
      for (const property of [`${DCT}title`, `${DCT}accessRights`, `${DCAT}endpointURL`]) {
        assert.ok(valuesOf(service, property, data).length > 0, `${service} ${property}`);
      }
    }
    await swedish.close();
  });

  it('follows the Danish profile: an organization that answers for the dataset', async () => {
    const data = parse(await read('/catalog.ttl?profile=DK'));
    const responsible = 'https://data.gov.dk/model/core/dcat-dk/datasetResponsibleOrganisation';
    assert.deepEqual(valuesOf(DATASET, responsible, data), [`${BASE}catalog#publisher`]);
    assert.ok(
      data.getQuads(`${BASE}catalog#publisher`, null, 'http://www.w3.org/ns/org#Organization', null).length >
        0,
    );
    assert.deepEqual(valuesOf(DATASET, responsible), []);
  });

  it("follows the publisher's country, and says whose profile it is", async () => {
    const countries: [Country, RegExp][] = [
      ['NO', /data\.norge\.no/],
      ['SE', /dataportal\.se/],
      ['DK', /data\.gov\.dk/],
      ['EU', /semiceu/],
    ];
    for (const [country, pattern] of countries) {
      const { headers } = await trail.get(`/catalog?profile=${country}`);
      assert.match(headers.Link ?? '', pattern);
    }
    assert.match((await trail.get('/catalog')).headers.Link ?? '', /data\.norge\.no/);
    assert.equal((await trail.get('/catalog?profile=XX')).status, 400);
  });

  it('says the same in Turtle, JSON-LD and RDF/XML, at one address', async () => {
    const turtle = statements(catalog);
    const types: [accept: string, read: (text: string) => Quad[] | Promise<Quad[]>][] = [
      ['text/turtle', (text) => new Parser().parse(text)],
      ['application/ld+json', quadsOfJsonLd],
      ['application/rdf+xml', quadsOfRdfXml],
    ];
    for (const [accept, parseAll] of types) {
      const response = await trail.get('/catalog', { accept });
      assert.ok(response.headers['Content-Type']?.startsWith(accept), accept);
      assert.match(response.headers.Vary ?? '', /Accept/);
      assert.deepEqual(statements(await parseAll(await textOf(response))), turtle, accept);
    }
    const asXml = await trail.get('/catalog', { accept: 'application/xml' });
    assert.match(asXml.headers['Content-Type'] ?? '', /^application\/rdf\+xml/);
  });

  it('uses the public address of the publisher where it is set', async () => {
    const before = trail.site.list()[0]?.publisher ?? PUBLISHER;
    publishWith({ ...PUBLISHER, baseUrl: 'https://fjellby.example.org/sensor' });
    const turtle = await read('/catalog.ttl');
    publishWith(before);
    assert.match(turtle, /<https:\/\/fjellby\.example\.org\/sensor\/opendata\/ski-trail\/data\.csv>/);
    assert.doesNotMatch(turtle, /data\.example\.org/);
  });
});

describe('RDF/XML', () => {
  it('keeps every character that XML can hold, and replaces the others', async () => {
    const graph = new Graph();
    const text = 'a<b>&"c"\'\r\n\td ]]> 😀 é';
    graph.add('https://example.org/?a=1&b=2', 'dcat:Dataset', {
      'dct:title': [{ text, language: 'nb' }, { value: `${text}\u0000\u001f` }],
      'dct:spatial': { iri: "https://example.org/'x'" },
    });
    const quads = await quadsOfRdfXml(graph.toRdfXml());
    const titles = quads.filter(({ predicate }) => predicate.value === `${DCT}title`);
    assert.deepEqual(
      titles.map(({ object }) => object.value),
      [text, `${text}\ufffd\ufffd`],
    );
  });
});
