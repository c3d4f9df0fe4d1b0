import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { listen } from '../../app/listen.ts';
import { statusAddresses } from '../../app/status-addresses.ts';
import { freePort } from './support.ts';

describe('status addresses', () => {
  let isReady = false;
  const lead = statusAddresses('/editor', () => isReady);
  /** What comes behind answers with the address it is asked for. */
  const server = createServer((request, response) =>
    lead(request, response, () => response.end(request.url)),
  );
  let site: string;

  before(async () => {
    const port = await freePort();
    await listen(server, { host: '127.0.0.1', port }, { host: '', port: '' });
    site = `http://127.0.0.1:${port}`;
  });
  after(() => server.close());

  it('say that the process lives, and that it is not ready, while Node-RED starts', async () => {
    const alive = await fetch(`${site}/health`);
    assert.deepEqual([alive.status, await alive.json()], [200, { status: 'pass', checks: {} }]);
    for (const path of ['/ready', '/metrics']) {
      const { status, headers } = await fetch(site + path);
      assert.deepEqual([status, headers.get('retry-after')], [503, '2']);
    }
  });

  it('lead to where Node-RED has them, and leave all others alone', async () => {
    isReady = true;
    const answers = ['/health', '/ready?x=1', '/metrics', '/healthy', '/editor/byflyt/health'].map(
      async (path) => (await fetch(site + path)).text(),
    );
    assert.deepEqual(await Promise.all(answers), [
      '/editor/byflyt/health',
      '/editor/byflyt/ready?x=1',
      '/editor/byflyt/metrics',
      '/healthy',
      '/editor/byflyt/health',
    ]);
  });
});
