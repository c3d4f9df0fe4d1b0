import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { type DataFolder, openDataFolder } from '../../../nodes/persistence/data-folder.ts';
import type { DatabaseStatus } from '../../../nodes/timeseries/database.ts';
import type { DatabaseTarget } from '../../../nodes/timeseries/database-settings.ts';
import { Database } from '../../../nodes/timeseries/open-database.ts';
import { POINT_FORMAT } from '../../../nodes/timeseries/point-format.ts';
import type { Point } from '../../../nodes/timeseries/store.ts';
import { eventually } from '../../support/eventually.ts';
import { freePort, startInfluxdb, tempFolder } from '../../support/servers.ts';

const START = 1_768_435_200_000;
const QUERY = { measurement: 'ski_trail', fields: ['t'] };

function point(i: number, fields: Point['fields'] = { t: i }): Point {
  return { measurement: 'ski_trail', tags: { device: 'a' }, fields, time: START + i };
}

describe('Database', () => {
  let path: string;
  let folder: DataFolder;
  beforeEach(async () => {
    path = await tempFolder();
    folder = openDataFolder(path);
  });
  afterEach(async () => {
    folder.release();
    await rm(path, { recursive: true });
  });

  const open = (target: DatabaseTarget = { kind: 'embedded' }) =>
    new Database({ target, folder, id: 'test', retryDelay: () => 50 });
  const appended = () =>
    folder.journal.append({
      transport: 'mqtt',
      topic: 't',
      body: Buffer.from('x'),
      receivedTime: new Date().toISOString(),
    });
  const stateOf = (id: string) => folder.journal.read(id)?.state;

  it('saves by itself within a second and only then settles the journal entry', async () => {
    const database = open();
    const id = await appended();
    database.save([point(1)], { sandbox: false, journalId: id });
    assert.equal(stateOf(id), 'queued');
    await eventually(() => assert.equal(stateOf(id), 'stored'));
    assert.equal((await database.store(false).query(QUERY)).length, 1);
    await database.close();
  });

  it('settles an entry of several messages when all of them are saved', async () => {
    const database = open();
    const id = await appended();
    database.save([point(1)], { sandbox: false, journalId: id, parts: { index: 0, count: 2 } });
    await database.flush();
    assert.equal(stateOf(id), 'inFlow');
    database.save([point(2)], { sandbox: false, journalId: id, parts: { index: 1, count: 2 } });
    await database.flush();
    assert.equal(stateOf(id), 'stored');
    await database.close();
  });

  it('drops an entry without any value', async () => {
    const database = open();
    const id = await appended();
    database.save([], { sandbox: false, journalId: id });
    assert.equal(stateOf(id), 'dropped');
    await database.close();
  });

  it('keeps sandbox data in a store of their own', async () => {
    const database = open();
    database.save([point(1)], { sandbox: false });
    database.save([point(2)], { sandbox: true });
    await database.flush();
    const timesIn = async (sandbox: boolean) =>
      (await database.store(sandbox).query(QUERY)).map(({ time }) => time - START);
    assert.deepEqual([await timesIn(false), await timesIn(true)], [[1], [2]]);
    await database.close();
  });

  it('puts aside what the database refuses, saves the rest, and rejects the journal entry with the reason', async () => {
    const database = open();
    const statuses: DatabaseStatus[] = [];
    database.onStatus((status) => statuses.push(status));
    const [good, bad] = [await appended(), await appended()];
    database.save([point(1)], { sandbox: false, journalId: good });
    const halfMillisecond = { ...point(2), time: START + 0.5 };
    database.save([halfMillisecond, point(3)], { sandbox: false, journalId: bad });
    database.save([point(4)], { sandbox: false });
    await database.flush();
    assert.equal((await database.store(false).query(QUERY)).length, 3);
    assert.equal(stateOf(good), 'stored');
    const entry = folder.journal.read(bad);
    assert.deepEqual(
      [entry?.state, entry?.reasonKey, entry?.device],
      ['rejected', 'timeseries.error.point', 'a'],
    );
    assert.match(String(entry?.parameters?.reason), /no whole number of milliseconds/);
    const [letter] = folder.outbox('database:test', POINT_FORMAT).deadLetters();
    assert.deepEqual(letter?.item, [halfMillisecond]);
    assert.deepEqual([statuses.at(-1)?.state, statuses.at(-1)?.refusedReadings], ['saved', 1]);
    await database.close();
  });

  it('puts one value that conflicts aside, stores the rest, and rejects the journal entry with the sentence', async () => {
    const database = open();
    const statuses: DatabaseStatus[] = [];
    database.onStatus((status) => statuses.push(status));
    const [first, second] = [await appended(), await appended()];
    const account = { area: 'ski_trail', device: 'a' };
    const save = (fields: Point['fields'], journalId: string, index: number) =>
      database.save([point(index, fields)], {
        sandbox: false,
        journalId,
        account,
        parts: { index, count: 2 },
      });
    database.save([point(1)], { sandbox: false, journalId: first, account });
    save({ t: 'warm', h: 2 }, second, 0);
    assert.equal(folder.journal.isUnfinished(second), true, 'its other part is on its way');
    save({ t: 3 }, second, 1);
    await database.flush();
    const rows = await database.store(false).query({ ...QUERY, fields: ['t', 'h'] });
    assert.deepEqual(
      rows.map(({ values }) => values),
      [{ h: 2 }, { t: 3 }],
    );
    assert.equal(stateOf(first), 'stored');
    const { state, reasonKey, parameters, device } = folder.journal.read(second) ?? {};
    assert.deepEqual(
      { state, reasonKey, parameters, device },
      {
        state: 'rejected',
        reasonKey: 'timeseries.guard.expects_number',
        parameters: { field: 't', value: 'warm' },
        device: 'a',
      },
    );
    assert.equal(statuses.at(-1)?.refusedReadings, 1);
    const [row] = folder.ledger.rows();
    assert.deepEqual([row?.received, row?.stored, row?.rejected, row?.queued], [2, 1, 1, 0]);
    await database.close();
  });

  it('rejects an entry of which nothing can be stored', async () => {
    const database = open();
    const id = await appended();
    database.save([point(1)], { sandbox: false });
    database.save([point(2, { t: 'warm' })], { sandbox: false, journalId: id });
    await database.flush();
    assert.equal(stateOf(id), 'rejected');
    assert.equal((await database.store(false).query(QUERY)).length, 1);
    await database.close();
  });

  it('asks a server for the types that it has already, before its first reading decides', async () => {
    const server = await startInfluxdb();
    try {
      const target: DatabaseTarget = { kind: 'influxdb', url: server.url, bucket: 'byflyt' };
      const lines = `ski_trail,device=b custom="text",count=3i ${START}000000`;
      await fetch(`${server.url}/query`, {
        method: 'POST',
        body: new URLSearchParams({ q: 'CREATE DATABASE byflyt' }),
      });
      await fetch(`${server.url}/write?db=byflyt`, { method: 'POST', body: lines });
      const database = open(target);
      await eventually(async () => {
        database.save([point(1, { custom: 5, count: 3, t: 1 })], { sandbox: false });
        await database.flush();
        const [letter] = folder.outbox('database:test', POINT_FORMAT).deadLetters(1);
        assert.match(letter?.reason ?? '', /guard\.foreign/);
      });
      const [row] = await database
        .store(false)
        .query({ ...QUERY, fields: ['custom', 't'], where: { device: 'a' } });
      assert.deepEqual(row?.values, { custom: '5', t: 1 });
      await database.close();
    } finally {
      await server.stop();
    }
  });

  it('empties the outboxes of deleted databases, as long as it is told to', async () => {
    const former = folder.outbox('database:former', POINT_FORMAT);
    former.append([point(1)]);
    folder.outbox('database:former:sandbox', POINT_FORMAT).append([point(2)]);
    const database = open();
    const statuses: DatabaseStatus[] = [];
    database.onStatus((status) => statuses.push(status));
    await database.adopt(['database:former', 'database:former:sandbox']);
    assert.equal(statuses.at(-1)?.kept, 2);
    await eventually(() => assert.equal(former.size, 0));
    await database.flush();
    const times = async (sandbox: boolean) =>
      (await database.store(sandbox).query(QUERY)).map(({ time }) => time - START);
    assert.deepEqual([await times(false), await times(true)], [[1], [2]]);
    await database.adopt([]);
    former.append([point(3)]);
    await database.flush();
    assert.equal(former.size, 1);
    await database.close();
  });

  it('keeps readings in order on disk over a restart while the database is away, and writes them when it is back', async () => {
    const port = await freePort();
    const target: DatabaseTarget = { kind: 'influxdb', url: `http://127.0.0.1:${port}`, bucket: 'byflyt' };
    const first = open(target);
    const statuses: DatabaseStatus[] = [];
    first.onStatus((status) => statuses.push(status));
    const id = await appended();
    first.save([point(1, { t: 1, h: 1 })], { sandbox: false, journalId: id });
    first.save([point(1, { t: 2 })], { sandbox: false });
    for (let i = 2; i <= 1500; i++) first.save([point(i)], { sandbox: false });
    await first.flush();
    assert.deepEqual([statuses.at(-1)?.state, statuses.at(-1)?.kept], ['away', 1501]);
    assert.equal(statuses.at(-1)?.problem?.key, 'timeseries.error.nobody');
    await first.close();
    folder.release();

    folder = openDataFolder(path);
    assert.deepEqual([...folder.journal.pending()], [], 'what waits in the outbox is not taken in again');
    const second = open(target);
    await delay(100);
    const server = await startInfluxdb({ port });
    try {
      await eventually(() => {
        assert.equal(stateOf(id), 'stored');
        assert.equal(folder.outbox('database:test', POINT_FORMAT).size, 0);
      });
      const rows = await second.store(false).query({ ...QUERY, fields: ['t', 'h'] });
      assert.equal(rows.length, 1500);
      assert.deepEqual(rows[0]?.values, { t: 2, h: 1 }, 'the later value of the same time wins');
    } finally {
      await second.close();
      await server.stop();
    }
  });

  it('says that a setting is wrong, keeps the readings, and is silent when asked to', async () => {
    const server = await startInfluxdb({ auth: true });
    try {
      const target: DatabaseTarget = {
        kind: 'influxdb',
        url: server.url,
        bucket: 'b',
        username: 'no',
        password: 'no',
      };
      const database = open(target);
      const statuses: DatabaseStatus[] = [];
      const stop = database.onStatus((status) => statuses.push(status));
      assert.equal(statuses[0]?.state, 'waiting');
      database.save([point(1)], { sandbox: false });
      await database.flush();
      assert.deepEqual([statuses.at(-1)?.state, statuses.at(-1)?.kept], ['refused', 1]);
      const seen = statuses.length;
      stop();
      await database.flush();
      assert.equal(statuses.length, seen);
      await database.close();
    } finally {
      await server.stop();
    }
  });
});
