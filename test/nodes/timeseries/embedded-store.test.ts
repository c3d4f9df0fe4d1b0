import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cpuUsage, threadCpuUsage } from 'node:process';
import { ConfigurationError, ConnectionError } from '../../../nodes/observation/errors.ts';
import { openEmbeddedStore } from '../../../nodes/timeseries/embedded-store.ts';
import { StorageThread } from '../../../nodes/timeseries/storage-thread.ts';
import { type Point, PointsRefusedError } from '../../../nodes/timeseries/store.ts';
import { tempFolder } from '../../support/servers.ts';

const HOUR = 3_600_000;
const BEGIN = Date.UTC(2020, 0, 1);
const ALL = { measurement: 'm', fields: ['t'] };

function point(device: number, hour: number): Point {
  return {
    measurement: 'm',
    tags: { device: `device-${device}` },
    time: BEGIN + hour * HOUR,
    fields: { t: hour / 4 },
  };
}

describe('embedded store', () => {
  let folder: string;
  let path: string;
  before(async () => {
    folder = await tempFolder();
    path = join(folder, 'measurements.db');
  });
  after(() => rm(folder, { recursive: true }));

  it('is one file for all who open it, closed by the last of them, and may be opened again', async () => {
    const [first, second] = [
      openEmbeddedStore(path),
      openEmbeddedStore(join(folder, '.', 'measurements.db')),
    ];
    await first.write([point(1, 0)]);
    assert.equal((await second.query(ALL)).length, 1);
    await first.close();
    await first.close();
    assert.equal((await second.query(ALL)).length, 1);
    assert.ok(existsSync(`${path}-wal`));
    await second.close();
    assert.ok(!existsSync(`${path}-wal`));
    const third = openEmbeddedStore(path);
    assert.equal((await third.query(ALL)).length, 1);
    await third.close();
  });

  it('may be opened again while it is being closed', async () => {
    const first = openEmbeddedStore(path);
    await first.write([point(1, 1)]);
    const closed = first.close();
    const second = openEmbeddedStore(path);
    await second.write([point(1, 2)]);
    await closed;
    assert.equal((await second.query(ALL)).length, 3);
    await second.close();
    assert.ok(!existsSync(`${path}-wal`));
  });

  it('gives errors as the database in the other thread threw them', async () => {
    const store = openEmbeddedStore(path);
    const good = point(2, 0);
    const bad = { ...point(2, 1), fields: { t: 'warm' } };
    await assert.rejects(store.write([good, bad, point(2, 2)]), (error) => {
      assert.ok(error instanceof PointsRefusedError);
      assert.equal(error.refused[0]?.point, bad);
      assert.match(error.refused[0]?.reason ?? '', /already exists as number/);
      return true;
    });
    const inNoZone = {
      ...ALL,
      from: 0,
      to: HOUR,
      every: HOUR,
      aggregate: 'mean',
      timeZone: 'Mars/Olympus',
    } as const;
    await assert.rejects(
      store.query(inNoZone),
      (error) => error instanceof ConfigurationError && error.key === 'timeseries.query.time_zone',
    );
    await store.close();
    const nowhere = openEmbeddedStore(join(path, 'below-a-file.db'));
    await assert.rejects(nowhere.query(ALL), /persistence.error.open/);
    await nowhere.close();
  });

  it('leaves the work of long answers to the other thread, and never has all of their rows at once', async () => {
    const store = openEmbeddedStore(join(folder, 'large.db'));
    const [devices, hours] = [50, 10_000];
    for (let device = 0; device < devices; device++) {
      await store.write(Array.from({ length: hours }, (_, hour) => point(device, hour)));
    }
    const before = { process: cpuUsage(), thread: threadCpuUsage() };
    let [rows, last, largest] = [0, 0, 0];
    for await (const portion of store.stream(ALL)) {
      rows += portion.length;
      largest = Math.max(largest, portion.length);
      for (const { time } of portion) {
        assert.ok(time >= last);
        last = time;
      }
    }
    const thread = threadCpuUsage(before.thread);
    const process = cpuUsage(before.process);
    await store.close();
    assert.equal(rows, devices * hours);
    assert.ok(largest <= 10_000, `${largest} rows in a portion`);
    const share = (thread.user + thread.system) / (process.user + process.system);
    assert.ok(share < 0.6, `${share} of the work here`);
  });

  it('says that the other thread broke to those who wait, and begins a new one', async () => {
    const breaking = `
      import { parentPort } from 'node:worker_threads';
      parentPort.on('message', ({ number, name }) => {
        if (name === 'close') throw new Error('out of order');
        parentPort.postMessage({ number, value: new Map() });
      });`;
    const thread = new StorageThread(new URL(`data:text/javascript,${encodeURIComponent(breaking)}`));
    const file = { path, isOwner: false, retention: {} };
    for (let time = 0; time < 2; time++) {
      assert.deepEqual(await thread.call(file, 'fieldTypes', {}), new Map());
      await assert.rejects(thread.call(file, 'close', {}), (error) => {
        assert.ok(error instanceof ConnectionError);
        assert.deepEqual(error.parameters, { message: 'out of order' });
        return true;
      });
    }
    await thread.end();
  });
});
