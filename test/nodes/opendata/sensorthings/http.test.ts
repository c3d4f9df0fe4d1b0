/** The SensorThings API over a real HTTP server, asked as other people's clients ask. */
import assert from 'node:assert/strict';
import { openPublicServer, type PublicServer } from '../public-server.ts';

const ROOT = '/opendata/sensorthings/v1.1';
/** What Java's own HTTP client, and with it the OGC test suite, accepts. */
const JAVA = { accept: 'text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2' };

describe('SensorThings over HTTP', () => {
  let server: PublicServer;
  before(async () => {
    server = await openPublicServer();
  });
  after(() => server.close());

  async function ask(path: string, headers = {}, method = 'GET') {
    const { status, headers: answered, body } = await server.get(`${ROOT}${path}`, headers, method);
    return { status, headers: answered, text: body.toString() };
  }

  it('links lead back to the server as the client sees it', async () => {
    const { text } = await ask('/Things?$top=1', { host: 'data.example.org:8080' });
    const { value, '@iot.nextLink': next } = JSON.parse(text);
    assert.match(
      value[0]['@iot.selfLink'],
      /^http:\/\/data\.example\.org:8080\/opendata\/sensorthings\/v1\.1\/Things\(\d+\)$/,
    );
    const { status } = await ask(new URL(next).pathname.replace(ROOT, '') + new URL(next).search);
    assert.equal(status, 200);
  });

  it('answers JSON to whoever prefers pages, also about what is wrong', async () => {
    for (const path of ['', '/Things', '/Things(1)', '/Things?$filter=x']) {
      const { headers, text } = await ask(path, JAVA);
      assert.match(String(headers['content-type']), /^application\/json/);
      assert.ok(JSON.parse(text));
    }
  });

  it('understands plus signs and quotation marks as clients send them', async () => {
    for (const path of [
      "/Things?$filter=name eq 'Start'",
      '/Things?%24filter=name%20eq%20%27Start%27',
      '/Things?$filter=name+eq+%27Start%27',
      '/Observations?$top=1&$filter=phenomenonTime gt 2018-03-18T08:57:00+01:00',
      '/Observations?$top=1&$filter=phenomenonTime%20gt%202018-03-18T08:57:00%2B01:00',
    ]) {
      const { status, text } = await ask(path.replaceAll(' ', '%20'));
      assert.equal(status, 200, text);
      assert.equal(JSON.parse(text).value.length, 1);
    }
  });

  it('lets pages of other sites read, and says what may be kept', async () => {
    const { headers, status } = await ask('/Things');
    assert.equal(headers['access-control-allow-origin'], '*');
    assert.match(String(headers['cache-control']), /max-age=10/);
    const again = await ask('/Things', { 'if-none-match': headers.etag });
    assert.deepEqual([status, again.status], [200, 304]);
  });

  it('takes nothing', async () => {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      const { status, text } = await ask('/Things', {}, method);
      assert.equal(status, 405);
      assert.ok(JSON.parse(text));
    }
  });

  it('keeps up with a test suite on this machine', async () => {
    for (let at = 0; at < 400; at += 1) assert.equal((await ask('/Sensors')).status, 200);
    assert.deepEqual(server.problems, []);
  });
});
