import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { openPublicServer, type PublicServer } from './public-server.ts';

/** Letters that a request line may hold; Node.js itself refuses the others. */
const anyText = fc.stringMatching(/^[!-~]{0,40}$/);
const piece = fc.oneof(
  anyText,
  fc.constantFrom(
    'ski-trail',
    'catalog',
    'catalog.ttl',
    'data.csv',
    'data.parquet',
    'latest.json',
    '2018',
    '03',
    '18.json',
  ),
  fc.constantFrom(
    '..',
    '%2e%2e',
    '%00',
    '%ff',
    '%',
    '__proto__',
    'constructor',
    '',
    'sensorthings',
    'v1.1',
    'embed',
    '*',
  ),
);
/** Where something answers for all that is below. */
const known = fc.constantFrom(
  '',
  '/ski-trail',
  '/ski-trail/place/start',
  '/ski-trail/compare',
  '/ski-trail/feedback',
  '/ski-trail/report',
  '/ski-trail/chart.svg',
  '/ski-trail/feed.atom',
  '/ski-trail/data.json',
  '/ski-trail/data.geojson',
  '/ski-trail/data.spreadsheet.csv',
  '/ski-trail/datapackage.json',
  '/embed/ski-trail',
  '/sensorthings/v1.1/Observations',
  '/sensorthings/v1.1/Things',
  '/catalog',
);
const paths = fc
  .tuple(known, fc.array(piece, { maxLength: 5 }))
  .map(([start, parts]) => [start, ...parts].join('/').replaceAll('?', '') || '/');
const words = fc.constantFrom(
  'from',
  'to',
  'limit',
  'cursor',
  'place',
  'quantity',
  'order',
  'lang',
  'profile',
  'period',
  'dataset',
  '$filter',
  '$expand',
  '$orderby',
  '$select',
  '$top',
  '$skip',
  '$count',
  '$resultFormat',
);
const values = fc.oneof(
  anyText,
  fc.constantFrom(
    '2018-03-18',
    'start,toppen',
    'result%20gt%201',
    'Datastream/Thing',
    'year',
    '9999-99-99',
    '-271821-04-20',
    '0',
    '-1',
    '1e9',
    'MTIz',
    'LTk5OTk5OTk5OTk5OTk5OS4w',
  ),
  fc.integer().map(String),
  fc.string().map(encodeURIComponentSafely),
);
const queries = fc
  .array(fc.tuple(fc.oneof(words, anyText), values), { maxLength: 5 })
  .map((pairs) => pairs.map(([name, value]) => `${name}=${value}`).join('&'));
const headers = fc.record(
  {
    accept: anyText,
    'accept-encoding': fc.oneof(anyText, fc.constantFrom('br', 'gzip;q=x', '*;q=0')),
    'accept-language': anyText,
    'if-none-match': anyText,
    'if-modified-since': anyText,
    range: fc.oneof(anyText, fc.constantFrom('bytes=-0', 'bytes=5-1', 'bytes=0-0,1-1', 'bytes=-')),
    host: anyText,
    'x-forwarded-for': anyText,
  },
  { requiredKeys: [] },
);
const methods = fc.constantFrom('GET', 'GET', 'GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'DELETE', 'PATCH');

function encodeURIComponentSafely(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

describe('whatever is asked of open data', () => {
  let server: PublicServer;
  before(async () => {
    server = await openPublicServer();
  });
  after(() => server.close());

  it('is answered, refused or not found, and never fails or tells about the inside', async () => {
    let number = 0;
    await fc.assert(
      fc.asyncProperty(methods, paths, queries, headers, async (method, path, query, given) => {
        // Each request is another client's, so that none is refused for having asked before.
        number++;
        const client = { 'x-forwarded-for': `10.${number >> 16}.${(number >> 8) & 255}.${number & 255}` };
        const { status, body } = await server.get(
          `/opendata${path}${query && `?${query}`}`,
          { ...client, ...given },
          method,
        );
        assert.ok(status < 500, `${status}`);
        assert.doesNotMatch(body.toString('latin1'), /\bat .*\.[jt]s:\d+|node:internal|Error: |\/nodes\//);
        assert.deepEqual(server.problems, []);
      }),
      { numRuns: 1000 },
    );
  });
});
