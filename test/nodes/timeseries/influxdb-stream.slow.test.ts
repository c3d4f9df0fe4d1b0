import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { InfluxdbStore } from '../../../nodes/timeseries/influxdb-store.ts';
import { type Server, startInfluxdb } from '../../support/servers.ts';

const POINTS = 400_000;
const DEVICES = 40;
const START = 1_699_999_920_000;
const MINUTE = 60_000;
const STORE = join(import.meta.dirname, '../../../nodes/timeseries/influxdb-store.ts');

describe('A long answer of InfluxDB', () => {
  let server: Server;
  before(async () => {
    server = await startInfluxdb();
    const store = new InfluxdbStore({ url: server.url, bucket: 'long' });
    await store.check();
    await store.close();
    for (let first = 0; first < POINTS; first += 20_000) {
      const body = Array.from({ length: 20_000 }, (_, i) => lineOf(first + i)).join('\n');
      const response = await fetch(`${server.url}/write?db=long&precision=ms`, { method: 'POST', body });
      assert.equal(response.status, 204);
    }
  });
  after(() => server.stop());

  const lineOf = (i: number) =>
    `m,device=d${i % DEVICES} t=${i / 10},h=${i % 100} ${START + Math.floor(i / DEVICES) * MINUTE}`;

  /** Number of rows that a process with so little memory (MB) reads, in portions. */
  async function rowsWith(memory: number, read: 'stream' | 'query', more: object = {}): Promise<number> {
    const query = { measurement: 'm', fields: ['t', 'h'], ...more };
    const script = `
      import { InfluxdbStore } from ${JSON.stringify(STORE)};
      const store = new InfluxdbStore({ url: ${JSON.stringify(server.url)}, bucket: 'long' });
      let rows = 0;
      const query = ${JSON.stringify(query)};
      if (${read === 'stream'}) for await (const portion of store.stream(query)) rows += portion.length;
      else rows = (await store.query(query)).length;
      await store.close();
      console.log(rows);`;
    const limit = `--max-old-space-size=${memory}`;
    const { stdout } = await promisify(execFile)(process.execPath, [
      limit,
      '--input-type=module',
      '-e',
      script,
    ]);
    return Number(stdout);
  }

  it('is never in memory as a whole', async () => {
    assert.equal(await rowsWith(40, 'stream'), POINTS);
    const period = { from: START, to: START + (POINTS / DEVICES) * MINUTE };
    assert.equal(
      await rowsWith(40, 'stream', { ...period, every: 2 * MINUTE, aggregate: 'mean' }),
      POINTS / 2,
    );
    await assert.rejects(rowsWith(40, 'query'), 'the comparison: as a whole it does not fit');
  });

  it('ends when its reader leaves', async () => {
    const store = new InfluxdbStore({ url: server.url, bucket: 'long' });
    const began = Date.now();
    for await (const rows of store.stream({ measurement: 'm', fields: ['t'] })) {
      assert.equal(rows[0]?.time, START);
      break;
    }
    assert.ok(Date.now() - began < 2000, `left after ${Date.now() - began} ms`);
    await store.close();
  });
});
