/** The catalogue as a harvester reads it: fetched from the running app, validated, every address followed. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Parser, type Quad, Store } from 'n3';
import SHACLValidator from 'rdf-validate-shacl';
import { eventually } from '../support/eventually.ts';
import { Installation } from './installation.ts';
import { quadsOfJsonLd } from './json-ld.ts';

const SHAPES = new URL('../../../shared/dcat-shapes/dcat-ap-3.0.1/shapes.ttl', import.meta.url);
const ADDRESSES = /#(accessURL|downloadURL|landingPage)$|\/homepage$|foaf\/0\.1\/page$/;

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

  it('has no violation of the mandatory DCAT-AP 3.0.1 shapes, in either format', async () => {
    const shapes = new Store(new Parser().parse(readFileSync(SHAPES, 'utf8')));
    for (const quads of [turtle, quadsOfJsonLd(await read('catalog', 'application/ld+json'))]) {
      const { results } = await new SHACLValidator(shapes).validate(new Store(quads));
      assert.deepEqual(
        results.map(({ focusNode, message }) => `${focusNode?.value} ${message.map(String)}`),
        [],
      );
    }
  });

  it('says the same in Turtle and JSON-LD', async () => {
    const lines = (quads: Quad[]) =>
      quads
        .map(({ subject, predicate, object }) => [subject, predicate, object].map(term).join(' '))
        // Readings go on coming in between.
        .filter((line) => !line.includes('terms/modified'))
        .sort();
    assert.deepEqual(
      lines(quadsOfJsonLd(await read('catalog.jsonld', 'application/ld+json'))),
      lines(turtle),
    );
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
