/** What people are told when a database server, or what answers in its place, does not do what it should. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { Readable } from 'node:stream';
import { ByflytError, ConfigurationError, ConnectionError } from '../../../nodes/observation/errors.ts';
import { checkDatabase } from '../../../nodes/timeseries/database-check.ts';
import type { InfluxdbSettings } from '../../../nodes/timeseries/influxdb-settings.ts';
import { InfluxdbStore } from '../../../nodes/timeseries/influxdb-store.ts';
import { PointsRefusedError } from '../../../nodes/timeseries/store.ts';
import { freePort, type Server, startInfluxdb } from '../../support/servers.ts';

const DAY = 86_400_000;
const POINT = { measurement: 'm', tags: { device: 'a' }, fields: { t: 1.5 }, time: Date.now() - DAY };
const READ = { measurement: 'm', fields: ['t'] };

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** A web server that is no InfluxDB; with `greeting`, /ping is answered as InfluxDB 1.8 does. */
async function webServer(listener: RequestListener, greeting = false): Promise<string> {
  const server = createServer((request, response) => {
    if (!greeting || request.url !== '/ping') return listener(request, response);
    response.writeHead(204, { 'X-Influxdb-Version': '1.8.10', 'X-Influxdb-Build': 'OSS' }).end();
  });
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  closing.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${port}`;
}

function opened(settings: Partial<InfluxdbSettings> & { url: string }): InfluxdbStore {
  const store = new InfluxdbStore({ bucket: 'b', ...settings });
  closing.push(() => store.close());
  return store;
}

async function failureOf(promise: Promise<unknown>): Promise<ByflytError> {
  const error = await promise.then(
    () => undefined,
    (failure: unknown) => failure,
  );
  assert.ok(error instanceof ByflytError, String(error));
  return error;
}

const problemOf = async (promise: Promise<unknown>) =>
  (await failureOf(promise)).key.replace('timeseries.error.', '');

const check = (settings: Partial<InfluxdbSettings> & { url: string }) =>
  checkDatabase({ kind: 'influxdb', bucket: 'b', ...settings }, 'en-US');

describe('A database server that cannot be reached', () => {
  it('has no such name', async () => {
    const error = await failureOf(check({ url: 'http://no-such-host.invalid:8086' }));
    assert.ok(error instanceof ConnectionError);
    assert.deepEqual([error.key, error.parameters.host], ['timeseries.error.dns', 'no-such-host.invalid']);
  });

  it('does not run', async () => {
    assert.equal(await problemOf(check({ url: `http://127.0.0.1:${await freePort()}` })), 'nobody');
  });

  it('takes the connection and never answers', async () => {
    const server = createTcpServer(() => {});
    const port = await freePort();
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    closing.push(async () => void server.close());
    const url = `http://127.0.0.1:${port}`;
    assert.equal(await problemOf(check({ url, timeout: 100 })), 'timeout');
    assert.equal(await problemOf(opened({ url, timeout: 100 }).write([POINT])), 'timeout');
  });

  it('answers drop by drop', async () => {
    const url = await webServer((_request, response) => {
      const timer = setInterval(() => response.write(' '), 20);
      response.once('close', () => clearInterval(timer));
    }, true);
    assert.equal(await problemOf(opened({ url, timeout: 100 }).query(READ)), 'timeout');
  });

  it('breaks off in the middle of a long answer', async () => {
    const url = await webServer(({ url: path = '' }, response) => {
      response.writeHead(200, { 'Content-Type': 'application/json' });
      if (path.includes('SHOW')) response.end('{"results":[{"series":[]}]}');
      else
        response.write('{"results":[{"series":[{"name":"m","columns":["time","t"],"values":[[1,2]', () =>
          response.destroy(),
        );
    }, true);
    const store = opened({ url });
    assert.ok((await failureOf(store.query(READ))) instanceof ConnectionError);
    assert.ok((await failureOf(Readable.from(store.stream(READ)).toArray())) instanceof ConnectionError);
  });
});

describe('Something that is no InfluxDB', () => {
  const page = '<!doctype html><title>Town hall</title>';
  const ANSWERS: Record<string, [status: number, type: string, body: string]> = {
    'a page': [200, 'text/html', page],
    'a page that is not found': [404, 'text/html', page],
    'JSON of something else': [200, 'application/json', '{"hello":"world"}'],
    'a list': [200, 'application/json', '[]'],
    nothing: [200, 'text/plain', ''],
  };
  for (const [name, [status, type, body]] of Object.entries(ANSWERS)) {
    it(`answers with ${name}`, async () => {
      const url = await webServer((_request, response) => {
        response.writeHead(status, { 'Content-Type': type }).end(body);
      });
      assert.equal(await problemOf(check({ url })), 'not_influxdb');
      assert.equal(await problemOf(opened({ url }).write([POINT])), 'not_influxdb');
      // Behind something that greets as InfluxDB does.
      const disguised = opened({
        url: await webServer((_request, response) => {
          response.writeHead(status, { 'Content-Type': type }).end(body);
        }, true),
      });
      assert.equal(await problemOf(disguised.write([POINT])), 'not_influxdb');
      assert.equal(await problemOf(disguised.query(READ)), 'not_influxdb');
    });
  }

  it('speaks another protocol', async () => {
    const server = createTcpServer((socket) => socket.end('220 mail.town.example ESMTP\r\n'));
    const port = await freePort();
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    closing.push(async () => void server.close());
    assert.equal(await problemOf(check({ url: `http://127.0.0.1:${port}` })), 'not_influxdb');
  });

  it('sends elsewhere, and says where to', async () => {
    const url = await webServer((_request, response) => {
      response.writeHead(301, { Location: 'https://influx.town.example/' }).end();
    });
    const error = await failureOf(check({ url }));
    assert.deepEqual(
      [error.key, error.parameters.location],
      ['timeseries.error.redirect', 'https://influx.town.example/'],
    );
  });
});

describe('A database server with a problem of its own', () => {
  const ANSWERS: [status: number, problem: string, isPassing: boolean][] = [
    [500, 'busy', true],
    [503, 'busy', true],
    [429, 'busy', true],
    [401, 'credentials', false],
  ];
  for (const [status, problem, isPassing] of ANSWERS) {
    it(`answers ${status}`, async () => {
      const url = await webServer((_request, response) => {
        response.writeHead(status, { 'Content-Type': 'application/json' }).end('{"error":"for a reason"}');
      }, true);
      for (const attempt of [opened({ url }).write([POINT]), opened({ url }).query(READ)]) {
        const error = await failureOf(attempt);
        assert.equal(error.key, `timeseries.error.${problem}`);
        assert.equal(error instanceof ConnectionError, isPassing);
        assert.ok(!(error instanceof PointsRefusedError), 'the points are kept');
      }
    });
  }

  it('refuses what is not about the points, and the points are kept', async () => {
    const url = await webServer((_request, response) => {
      response.writeHead(400, { 'Content-Type': 'application/json' }).end('{"error":"database is required"}');
    }, true);
    const error = await failureOf(opened({ url }).write([POINT]));
    assert.ok(error instanceof ConfigurationError);
  });
});

describe('InfluxDB 1 with users', () => {
  const SECRET = 'shared secret';
  let server: Server;
  before(async () => {
    process.env.INFLUXDB_HTTP_SHARED_SECRET = SECRET;
    try {
      server = await startInfluxdb({ auth: true });
    } finally {
      delete process.env.INFLUXDB_HTTP_SHARED_SECRET;
    }
    await run("CREATE USER boss WITH PASSWORD 'boss' WITH ALL PRIVILEGES", {});
    const asBoss = { u: 'boss', p: 'boss' };
    for (const statement of [
      'CREATE DATABASE town',
      "CREATE USER reader WITH PASSWORD 'r'",
      "CREATE USER writer WITH PASSWORD 'w'",
      "CREATE USER stranger WITH PASSWORD 's'",
      'GRANT READ ON town TO reader',
      'GRANT WRITE ON town TO writer',
    ]) {
      await run(statement, asBoss);
    }
  });
  after(() => server.stop());

  async function run(q: string, sign: Record<string, string>): Promise<void> {
    const query = new URLSearchParams({ q, ...sign });
    assert.ok((await fetch(`${server.url}/query?${query}`, { method: 'POST' })).ok);
  }

  const as = (username: string, password: string, bucket = 'town') =>
    check({ url: server.url, bucket, username, password });

  it('says what a user may not do', async () => {
    assert.equal(await problemOf(as('boss', 'wrong')), 'credentials');
    assert.equal(await problemOf(as('reader', 'r')), 'no_write');
    assert.equal(await problemOf(as('writer', 'w')), 'no_read');
    assert.equal(await problemOf(as('stranger', 's')), 'no_write');
    assert.equal(await problemOf(as('writer', 'w', 'village')), 'bucket');
    assert.match(await as('boss', 'boss'), /Writing and reading are permitted/);
  });

  it('takes a signed token', async () => {
    const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const exp = Math.floor(Date.now() / 1000) + 60;
    const content = `${encoded({ alg: 'HS256', typ: 'JWT' })}.${encoded({ username: 'boss', exp })}`;
    const token = `${content}.${createHmac('sha256', SECRET).update(content).digest('base64url')}`;
    assert.match(await check({ url: server.url, bucket: 'town', token }), /permitted/);
    assert.equal(
      await problemOf(check({ url: server.url, bucket: 'town', token: `${token}x` })),
      'credentials',
    );
  });
});

describe('InfluxDB 1', () => {
  let server: Server;
  before(async () => {
    server = await startInfluxdb();
  });
  after(() => server.stop());

  it('is made to keep measurements for the days asked for, told otherwise later, and never changed', async () => {
    const settings = { url: server.url, bucket: 'month', retentionDays: 30 };
    assert.match(await check(settings), /kept for 30 days\.$/);
    const changed = 'keeps measurements for 30 days, here it says';
    assert.match(await check({ ...settings, retentionDays: 7 }), new RegExp(`${changed} for 7 days`));
    assert.match(await check({ url: server.url, bucket: 'month' }), new RegExp(`${changed} for ever`));
    assert.match(await check(settings), /kept for 30 days\.$/);
    assert.match(await check({ url: server.url, bucket: 'always' }), /kept for ever\.$/);
  });

  it('refuses what is too old for it, in one request, and takes the rest', async () => {
    const store = opened({ url: server.url, bucket: 'month', retentionDays: 30 });
    const old = Array.from({ length: 1000 }, (_, i) => ({ ...POINT, time: i }));
    const error = await failureOf(store.write([...old, POINT]));
    assert.ok(error instanceof PointsRefusedError);
    assert.equal(error.refused.length, 1000);
    assert.equal((await store.query(READ)).length, 1);
  });

  it('leaves nothing behind when it is checked', async () => {
    await check({ url: server.url, bucket: 'checked' });
    assert.deepEqual([...(await opened({ url: server.url, bucket: 'checked' }).measurements())], []);
  });
});

describe('Compression', () => {
  it('is for other machines, unless it is set', async () => {
    const encodings: unknown[] = [];
    const url = await webServer((request, response) => {
      encodings.push(request.headers['content-encoding']);
      request.resume().once('end', () => response.writeHead(204).end());
    }, true);
    const points = Array.from({ length: 100 }, (_, i) => ({ ...POINT, time: i }));
    for (const gzip of [undefined, true, false]) {
      await opened({ url, ...(gzip !== undefined && { gzip }) }).write(points);
    }
    assert.deepEqual(encodings, [undefined, 'gzip', undefined]);
  });
});
