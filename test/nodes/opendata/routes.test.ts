import assert from 'node:assert/strict';
import { openSkiTrail, type SkiTrail, textOf } from './ski-trail.ts';

describe('open-data routes', () => {
  let trail: SkiTrail;
  before(async () => {
    trail = await openSkiTrail();
  });
  after(() => trail.close());

  const wrong: [query: string, sentence: RegExp][] = [
    ['from=yesterday', /"from" must be a date/],
    ['from=2018-13-45', /"from" must be a date/],
    ['to=2018-03-18T10:00', /"to" must be a date/],
    ['from=2018-03-19&to=2018-03-18', /"from" must be earlier/],
    ['limit=0', /from 1 to 10000/],
    ['limit=10001', /from 1 to 10000/],
    ['limit=1e3', /from 1 to 10000/],
    ['cursor=abc', /"cursor"/],
    ['form=2018-03-18', /no parameter called "form"/],
  ];
  for (const [query, sentence] of wrong) {
    it(`refuses ?${query} with a sentence`, async () => {
      for (const file of ['data.csv', 'data.json']) {
        const response = await trail.get(`/ski-trail/${file}?${query}`, { 'accept-language': 'en' });
        assert.equal(response.status, 400);
        assert.match(JSON.parse(await textOf(response)).error, sentence);
      }
    });
  }

  it('accepts an offset whose plus sign was not escaped', async () => {
    const { status } = await trail.get('/ski-trail/data.json?from=2018-03-18T10:00:00+01:00');
    assert.equal(status, 200);
  });

  it('answers 404 with a page for people and JSON for programs', async () => {
    for (const path of [
      '/nope',
      '/nope/data.csv',
      '/ski-trail/nope',
      '/ski-trail/__proto__',
      '/constructor',
      '//',
    ]) {
      const page = await trail.get(path, { accept: 'text/html', 'accept-language': 'nb' });
      assert.equal(page.status, 404, path);
      assert.match(await textOf(page), /<h1>Ikke funnet<\/h1>/);
      const program = await trail.get(path);
      assert.match(program.headers['Content-Type'] ?? '', /^application\/json/);
    }
  });

  it('links back to the overview from any depth', async () => {
    const page = await textOf(await trail.get('/ski-trail/nope/deep', { accept: 'text/html' }));
    assert.match(page, /<a href="..\/..\/">/);
  });

  it('adds the missing slash and keeps the query', async () => {
    const { status, headers } = await trail.get('/ski-trail?lang=en');
    assert.deepEqual([status, headers.Location], [308, 'ski-trail/?lang=en']);
  });

  it('sends nothing that a reader already has', async () => {
    for (const path of ['/ski-trail/latest.json', '/ski-trail/data.json', '/ski-trail/', '/catalog.ttl']) {
      const first = await trail.get(path);
      const again = await trail.get(path, { 'if-none-match': `"other", W/${first.headers.ETag}` });
      assert.deepEqual([again.status, await textOf(again)], [304, '']);
      assert.equal((await trail.get(path, { 'if-none-match': '"other"' })).status, 200);
    }
  });

  it('lets any web page read, and nobody write', async () => {
    const data = await trail.get('/ski-trail/latest.json');
    assert.equal(data.headers['Access-Control-Allow-Origin'], '*');
    assert.equal((await trail.get('/ski-trail/latest.json', {}, 'OPTIONS')).status, 204);
    assert.equal((await trail.get('/ski-trail/latest.json', {}, 'POST')).status, 405);
  });

  const languages: [query: string, header: string, heading: string][] = [
    ['', '', 'Skiløypa'],
    ['', 'sv-SE,sv;q=0.9', 'Skiløypa'],
    ['', 'de, en;q=0.8, nb;q=0.9', 'Skiløypa'],
    ['', 'en-GB,en;q=0.9', 'Ski trail'],
    ['?lang=en', 'nb', 'Ski trail'],
    ['?lang=nb', 'en', 'Skiløypa'],
    ['?lang=xx', 'en', 'Ski trail'],
  ];
  for (const [query, header, heading] of languages) {
    it(`speaks the visitor's language: "${query}" "${header}"`, async () => {
      const page = await textOf(await trail.get(`/ski-trail/${query}`, { 'accept-language': header }));
      assert.match(page, new RegExp(`<h1>(<span lang="nb">)?${heading}<`));
    });
  }

  it('offers the catalogue as Turtle or JSON-LD, as asked', async () => {
    const types = { 'text/turtle': 'text/turtle', 'application/ld+json, */*;q=0.1': 'application/ld+json' };
    for (const [accept, type] of Object.entries(types)) {
      const response = await trail.get('/catalog', { accept });
      assert.ok(response.headers['Content-Type']?.startsWith(type));
      assert.equal(response.headers.Vary, 'Accept, Accept-Encoding');
    }
  });
});
