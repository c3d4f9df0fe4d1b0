import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openPublicPort } from '../../app/public-port.ts';

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe('public port', () => {
  let close: () => void;
  let address: string;
  before(async () => {
    const port = await freePort();
    address = `http://127.0.0.1:${port}`;
    close = await openPublicPort({ port, host: '127.0.0.1' }, (_request, response) =>
      response.end('the app'),
    );
  });
  after(() => close());

  const get = (path: string) => fetch(`${address}${path}`, { redirect: 'manual' });

  for (const path of [
    '/opendata',
    '/opendata/',
    '/opendata/ski-trail/data.csv?limit=1',
    '/robots.txt',
    '/byflyt/alarm/x.y',
  ]) {
    it(`lets ${path} through`, async () => {
      assert.equal(await (await get(path)).text(), 'the app');
    });
  }

  const closed = [
    '/editor',
    '/editor/flows',
    '/metrics',
    '/health',
    '/opendataeditor',
    '/byflyt/alarms',
    '//opendata',
    '/opendata%2f..%2feditor',
    '/hook',
  ];
  for (const path of closed) {
    it(`has nothing at ${path}`, async () => {
      const response = await get(path);
      assert.deepEqual([response.status, await response.text()], [404, '']);
    });
  }

  it('leads from the root to the overview', async () => {
    const response = await get('/');
    assert.deepEqual([response.status, response.headers.get('location')], [302, '/opendata/']);
  });

  it('names the settings to change if the port is taken', async () => {
    const taken = Number(new URL(address).port);
    await assert.rejects(
      openPublicPort({ port: taken, host: '127.0.0.1' }, () => undefined),
      {
        key: 'app.error.port_in_use',
        parameters: {
          host: '127.0.0.1',
          port: taken,
          port_setting: 'BYFLYT_PUBLIC_PORT',
          host_setting: 'BYFLYT_PUBLIC_HOST',
        },
      },
    );
  });
});
