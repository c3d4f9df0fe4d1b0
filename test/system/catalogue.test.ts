/** The catalogue as a harvester reads it: fetched from the running app, validated, every address followed. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Parser, type Quad, Store } from 'n3';
import SHACLValidator from 'rdf-validate-shacl';
import { eventually } from '../support/eventually.ts';
import { Installation } from './installation.ts';
import { quadsOfJsonLd } from './json-ld.ts';
import { quadsOfRdfXml } from './rdf-xml.ts';

const SHAPES = new URL('../../../shared/dcat-shapes/', import.meta.url);
const ADDRESSES =
  /#(accessURL|downloadURL|landingPage|endpointURL|endpointDescription)$|\/homepage$|foaf\/0\.1\/page$/;

describe('catalogue over HTTP', () => {
  let installation: Installation;
  let turtle: Quad[];

  before(async () => {
    installation = await Installation.prepare({ BYFLYT_SANDBOX: 'on' });
    await installation.start();
    turtle = await eventually(async () => {
      const quads = new Parser().parse(await read('catalog', 'text/turtle'));
      const times = quads.filter(({ predicate }) => predicate.value.endsWith('#startDate'));
      assert.ok(times.length > 0, 'no data yet');
      return quads;
    });
  });
  after(() => installation?.remove());

  async function read(path: string, accept: string): Promise<string> {
    const response = await fetch(`${installation.site}/opendata/${path}`, { headers: { accept } });
    assert.equal(response.status, 200, path);
    assert.ok(response.headers.get('content-type')?.startsWith(accept), path);
    return response.text();
  }

  for (const [profile, name] of [
    ['EU', 'dcat-ap-3.0.1/shapes.ttl'],
    ['EU', 'dcat-ap-3.0.1/range.ttl'],
    ['SE', 'dcat-ap-3.0.1/shapes.ttl'],
    ['DK', 'dcat-ap-3.0.1/shapes.ttl'],
    ['NO', 'dcat-ap-no-2.00/DCAT-AP-NO-shacl_shapes_2.00.ttl'],
  ]) {
    it(`has no violation of ${name} in the profile ${profile}`, async () => {
      const shapes = new Store(new Parser().parse(readFileSync(new URL(String(name), SHAPES), 'utf8')));
      const quads = new Parser().parse(await read(`catalog?profile=${profile}`, 'text/turtle'));
      const { results } = await new SHACLValidator(shapes).validate(new Store(quads));
      const violations = results.filter(({ severity }) => severity?.value.endsWith('#Violation'));
      assert.deepEqual(
        violations.map(
          ({ focusNode, path }) => `${focusNode?.value} ${path && 'value' in path ? path.value : ''}`,
        ),
        [],
      );
    });
  }

  it('says the same in Turtle, JSON-LD and RDF/XML, asked for by its type or by its name', async () => {
    const lines = (quads: Quad[]) =>
      quads
        .map(({ subject, predicate, object }) => [subject, predicate, object].map(term).join(' '))
        // Readings go on coming in between.
        .filter((line) => !/terms\/modified|dcat#endDate/.test(line))
        .sort();
    for (const [name, type, quadsOf] of [
      ['catalog.jsonld', 'application/ld+json', quadsOfJsonLd],
      ['catalog.rdf', 'application/rdf+xml', quadsOfRdfXml],
      ['catalog.ttl', 'text/turtle', (text: string) => new Parser().parse(text)],
    ] as const) {
      for (const path of ['catalog', name]) {
        assert.deepEqual(lines(await quadsOf(await read(path, type))), lines(turtle), `${path} ${type}`);
      }
    }
  });

  it('says of nothing on this site what has no address that answers', async () => {
    const terms = turtle.flatMap(({ subject, object }) => [subject, object]);
    const own = new Set(
      terms
        .filter(({ termType, value }) => termType === 'NamedNode' && value.startsWith(installation.site))
        .map(({ value }) => value.replace(/#.*/, '')),
    );
    assert.ok(own.size >= 10, [...own].join('\n'));
    for (const address of own) {
      const response = await fetch(address, { headers: { accept: 'text/html, */*' } });
      assert.equal(response.status, 200, address);
      await response.body?.cancel();
    }
  });

  it('names only addresses that answer', async () => {
    const addresses = new Set(
      turtle.filter(({ predicate }) => ADDRESSES.test(predicate.value)).map(({ object }) => object.value),
    );
    assert.ok(addresses.size >= 5, [...addresses].join('\n'));
    for (const address of addresses) {
      assert.ok(address.startsWith(installation.site), address);
      const response = await fetch(address);
      assert.equal(response.status, 200, address);
      assert.ok((await response.text()).length > 0, address);
    }
  });

  it('gives each distribution the media type that its address has', async () => {
    const store = new Store(turtle);
    const media = 'http://www.w3.org/ns/dcat#mediaType';
    for (const { subject, object } of store.getQuads(null, media, null, null)) {
      const [address] = store.getObjects(subject, 'http://www.w3.org/ns/dcat#downloadURL', null);
      const response = await fetch(String(address?.value), { method: 'HEAD' });
      const type = response.headers.get('content-type')?.split(';')[0] ?? '';
      assert.ok(object.value.endsWith(`/${type}`), `${address?.value}: ${type}`);
    }
  });
});

function term({ termType, value, ...others }: Quad['object'] | Quad['subject'] | Quad['predicate']): string {
  const { language = '', datatype } = others as { language?: string; datatype?: { value: string } };
  return `${termType} ${value} ${language} ${datatype?.value ?? ''}`;
}
