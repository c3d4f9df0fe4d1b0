import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { eventually } from '../../support/eventually.ts';
import { openPublicServer, type PublicServer } from './public-server.ts';

const LATEST = '/opendata/ski-trail/latest.json';
const ALL = '/opendata/ski-trail/data.csv';

describe('open data over HTTP', () => {
  let server: PublicServer;
  beforeEach(async () => {
    server = await openPublicServer();
  });
  afterEach(() => server.close());

  const UNPACK = { br: brotliDecompressSync, gzip: gunzipSync };
  for (const [encoding, unpack] of Object.entries(UNPACK)) {
    for (const path of [
      '/opendata/ski-trail/data.json',
      '/opendata/',
      '/opendata/ski-trail/2018/03/18.json',
    ]) {
      it(`sends ${path} in ${encoding} to whoever can read it`, async () => {
        const plain = await server.get(path);
        const packed = await server.get(path, { 'accept-encoding': `deflate, ${encoding};q=0.5` });
        assert.equal(packed.headers['content-encoding'], encoding);
        assert.equal(plain.headers['content-encoding'], undefined);
        assert.match(packed.headers.vary ?? '', /Accept-Encoding/);
        assert.deepEqual(unpack(packed.body), plain.body);
      });
    }
  }

  it('packs a long file while it is sent', async () => {
    const tags = { device: 'ski-a', site: 'Start' };
    const points = Array.from({ length: 30_000 }, (_, second) => ({
      measurement: 'ski_trail',
      tags,
      fields: { snow_temperature: -second / 10, snow_humidity: 10 },
      time: Date.parse('2018-01-01T00:00:00Z') + second * 1000,
    }));
    await server.trail.real.write(points);
    const plain = await server.get(ALL);
    assert.equal(plain.headers['accept-ranges'], 'none');
    assert.equal(plain.body.toString().split('\r\n').length, 30_000 + 12);
    for (const [encoding, unpack] of Object.entries(UNPACK)) {
      const packed = await server.get(ALL, { 'accept-encoding': encoding });
      assert.equal(packed.headers['content-encoding'], encoding);
      assert.ok(packed.body.length < plain.body.length / 4);
      assert.deepEqual(unpack(packed.body), plain.body);
    }
  });

  it('sends no packed form to whoever refuses it, and none of Parquet', async () => {
    const refused = await server.get(LATEST, { 'accept-encoding': 'br;q=0, gzip;q=0' });
    assert.equal(refused.headers['content-encoding'], undefined);
    const parquet = await server.get('/opendata/ski-trail/data.parquet', { 'accept-encoding': 'br' });
    assert.equal(parquet.headers['content-encoding'], undefined);
    assert.equal(parquet.body.subarray(0, 4).toString(), 'PAR1');
  });

  it('sends nothing again that has not changed since, by tag or by time', async () => {
    const { headers } = await server.get(LATEST);
    const modified = headers['last-modified'] ?? '';
    server.pass(90_000);
    const packed = await server.get(LATEST, { 'accept-encoding': 'br' });
    assert.equal(packed.headers['last-modified'], modified);
    const known: Record<string, string>[] = [
      { 'if-modified-since': modified },
      { 'if-none-match': headers.etag ?? '' },
      { 'if-none-match': packed.headers.etag ?? '', 'accept-encoding': 'br' },
      { 'if-none-match': '*' },
    ];
    for (const condition of known) {
      const { status, body } = await server.get(LATEST, condition);
      assert.deepEqual([status, body.length], [304, 0]);
    }
    const other = { 'if-none-match': '"other"', 'if-modified-since': modified };
    assert.equal((await server.get(LATEST, other)).status, 200);
  });

  it('sends what has changed even if its newest measurement is older', async () => {
    const { headers } = await server.get(LATEST);
    const tags = { device: 'ski-a', site: 'Start' };
    const time = Date.parse('2018-03-18T09:50:00Z');
    await server.trail.real.write([
      { measurement: 'ski_trail', tags, fields: { snow_temperature: -9 }, time },
    ]);
    server.pass(90_000);
    const again = await server.get(LATEST, { 'if-modified-since': headers['last-modified'] ?? '' });
    assert.equal(again.status, 200);
    assert.notEqual(again.headers.etag, headers.etag);
    assert.match(again.body.toString(), /-9/);
  });

  it('sends a part of what it has as a whole', async () => {
    const { body, headers } = await server.get(LATEST);
    assert.equal(headers['accept-ranges'], 'bytes');
    const part = await server.get(LATEST, { range: 'bytes=10-19', 'accept-encoding': 'br' });
    assert.equal(part.status, 206);
    assert.equal(part.headers['content-range'], `bytes 10-19/${body.length}`);
    assert.deepEqual(part.body, body.subarray(10, 20));
    const beyond = await server.get(LATEST, { range: 'bytes=999999-' });
    assert.deepEqual([beyond.status, beyond.headers['content-range']], [416, `bytes */${body.length}`]);
    assert.equal((await server.get(LATEST, { range: 'bytes=0-1', 'if-range': '"old"' })).status, 200);
  });

  it('has its headers on every answer, and neither a cookie nor the name of a framework', async () => {
    const paths = [
      '/',
      '/ski-trail/',
      '/ski-trail/data.csv',
      '/ski-trail/latest.json',
      '/catalog.ttl',
      '/nope',
    ];
    for (const path of [...paths, '/ski-trail/data.json?from=x']) {
      const { headers } = await server.get(`/opendata${path}`);
      assert.match(
        headers['content-security-policy']?.toString() ?? '',
        /default-src 'none'.*frame-ancestors 'none'/,
      );
      assert.equal(headers['x-content-type-options'], 'nosniff');
      assert.equal(headers['referrer-policy'], 'strict-origin-when-cross-origin');
      assert.equal(headers['access-control-allow-origin'], '*');
      assert.equal(headers['set-cookie'], undefined);
      assert.equal(headers['x-powered-by'], undefined);
    }
  });

  it('asks a client that wants too much to wait, and no other one', async () => {
    const from = (address: string) => server.get(LATEST, { 'x-forwarded-for': address });
    const answers = await Promise.all(Array.from({ length: 400 }, () => from('198.51.100.7')));
    const refused = answers.filter(({ status }) => status === 429);
    assert.equal(refused.length, 100);
    assert.match(refused[0]?.headers['retry-after'] ?? '', /^[1-9]\d*$/);
    assert.match(JSON.parse(String(refused[0]?.body)).error, /\d/);
    assert.equal((await from('198.51.100.8')).status, 200);
    server.pass(2000);
    assert.equal((await from('198.51.100.7')).status, 200);
  });

  it('takes it for no fault of its own if a sender leaves before it has sent all', async () => {
    const sender = connect(server.port, '127.0.0.1');
    const head = ['POST /opendata/ski-trail/feedback HTTP/1.1', 'Host: x', 'Content-Length: 10', '', 'abc'];
    sender.end(head.join('\r\n'));
    await new Promise((resolve) => sender.resume().on('close', resolve));
    assert.equal((await server.get(LATEST)).status, 200);
    assert.deepEqual(server.problems, []);
  });

  it('ends the reading for a reader who leaves, whenever', async () => {
    let open = 0;
    const { store } = server.trail.sources;
    Object.assign(server.trail.sources, {
      store: (sandbox: boolean) => {
        const real = store(sandbox);
        return Object.assign(Object.create(real), {
          latest: real.latest.bind(real),
          streamPacked: undefined,
          stream: async function* () {
            open++;
            try {
              const tags = { device: 'ski-a', site: 'x'.repeat(100) };
              const rows = Array.from({ length: 5000 }, (_, time) => ({
                time,
                tags,
                values: { snow_humidity: 1 },
              }));
              for (let portion = 0; portion < 1000; portion++) yield rows;
            } finally {
              open--;
            }
          },
        });
      },
    });
    const head = await server.get(ALL, {}, 'HEAD');
    assert.deepEqual([head.status, head.body.length, open], [200, 0, 0]);
    const leaving = ['', 'Accept-Encoding: gzip\r\n'].map((header) => {
      const socket = connect(server.port, '127.0.0.1');
      socket.write(`GET ${ALL} HTTP/1.1\r\nHost: x\r\n${header}\r\n`);
      return socket;
    });
    await eventually(() => assert.equal(open, 2));
    assert.equal((await server.get(ALL)).status, 429);
    for (const socket of leaving) socket.destroy();
    await eventually(() => assert.equal(open, 0));
    const third = connect(server.port, '127.0.0.1');
    third.write(`GET ${ALL} HTTP/1.1\r\nHost: x\r\n\r\n`);
    await eventually(() => assert.equal(open, 1));
    third.destroy();
  });
});
