import assert from 'node:assert/strict';
import { closeSync, cpSync, openSync, rmSync, writeSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AreaRetention } from '../../../../nodes/persistence/log/area-retention.ts';
import { applyRetention } from '../../../../nodes/persistence/log/log-retention.ts';
import { segmentsIn } from '../../../../nodes/persistence/log/segments.ts';
import { eventually } from '../../../support/eventually.ts';
import { tempFolder } from '../../../support/servers.ts';
import { openLog } from './open-log.ts';

const ACCOUNT = { area: 'waste', device: 'bin-7' };
const SEGMENT = 5000;

describe('a record log of which something is gone', () => {
  let folder: string;
  let log: ReturnType<typeof openLog>;
  let reports: string[];

  const open = () => {
    reports = [];
    return openLog(folder, {
      segmentBytes: SEGMENT,
      onError: (error) => reports.push(error instanceof Error ? error.message : String(error)),
    });
  };
  beforeEach(async () => {
    folder = await tempFolder();
    log = open();
  });
  afterEach(async () => {
    log.close();
    await rm(folder, { recursive: true });
  });

  const receive = async (count: number) => {
    const ids: string[] = [];
    for (let n = 0; n < count; n++) {
      const receivedTime = '2026-03-18T10:00:00.000Z';
      const body = Buffer.alloc(500, n);
      ids.push(await log.journal.append({ transport: 'mqtt', topic: `t/${n}`, body, receivedTime }));
    }
    return ids;
  };
  const queue = (ids: string[], from = 0) => {
    for (const [n, journalId] of ids.entries()) {
      log.outbox().append(from + n, { journalId, account: ACCOUNT });
      log.keeper.commit();
    }
  };
  const items = (limit = 100) =>
    log
      .outbox()
      .peek(limit)
      .map(({ item }) => item);
  const segments = () => segmentsIn(join(folder, 'log'));
  const ackAll = () => log.outbox().ack(log.outbox().peek(1000).at(-1)?.sequence ?? 0);
  const withoutDatabase = () => {
    log.close();
    for (const ending of ['', '-wal', '-shm']) rmSync(join(folder, `byflyt.db${ending}`), { force: true });
    log = open();
  };
  const rows = () =>
    log.ledger.rows().map(({ device, received, stored, rejected, queued, inFlow, unaccounted }) => ({
      device,
      received,
      stored,
      rejected,
      queued,
      open: inFlow + unaccounted,
    }));

  it('made again from the log, an outbox has all that waits although old segments were removed', async () => {
    for (let n = 0; n < 50; n++) queue(await receive(1), n);
    log.outbox().ack(log.outbox().peek(40).at(-1)?.sequence ?? 0);
    log.keeper.commit();
    applyRetention(log.keeper, { days: 30, bytes: 1000 }, Date.now());
    assert.ok((log.keeper.log.segments()[0]?.number ?? 0) > 1);
    const [waiting, size, bytes] = [items(), log.outbox().size, log.outbox().bytes];
    withoutDatabase();
    assert.deepEqual([items(), log.outbox().size, log.outbox().bytes], [waiting, size, bytes]);
    queue(await receive(1), 50);
    assert.equal(items().at(-1), 50);
    ackAll();
    assert.deepEqual([log.outbox().size, log.outbox().bytes], [0, 0]);
  });

  it('gives up what waited in an outbox and is gone, counts its messages as lost, and goes on', async () => {
    queue(await receive(10));
    log.keeper.checkpoint();
    log.close();
    for (const { path } of segments()) rmSync(path);
    log = open();
    assert.deepEqual(items(), []);
    assert.deepEqual([log.outbox().size, log.outbox().bytes], [0, 0]);
    assert.equal(log.keeper.writeOffQueued(), 10);
    assert.equal(log.keeper.writeOffQueued(), 0);
    const expected = { device: 'bin-7', received: 10, stored: 0, rejected: 10, queued: 0, open: 0 };
    assert.deepEqual(rows(), [expected]);
    assert.equal(log.ledger.days()[0]?.lost, 10);
    queue(await receive(2));
    assert.deepEqual(items(), [0, 1]);
    log.close();
    log = open();
    assert.deepEqual(items(), [0, 1]);
    assert.equal(log.journal.counts().lost, 10);
    ackAll();
    assert.deepEqual(rows(), [{ ...expected, received: 12, stored: 2 }]);
  });

  it('delivers what is left when some of what waits is damaged in the middle', async () => {
    for (let n = 0; n < 20; n++) queue(await receive(1), n);
    log.keeper.checkpoint();
    log.close();
    const [, second] = segments();
    assert.ok(second);
    damage(second.path, 0, second.bytes);
    log = open();
    const left = items();
    assert.ok(left.length < 20 && left.includes(0) && left.includes(19), String(left));
    ackAll();
    assert.deepEqual([log.outbox().size, log.outbox().bytes], [0, 0]);
    assert.equal(log.keeper.writeOffQueued(), 20 - left.length);
    const { stored, rejected, queued } = log.journal.counts();
    assert.deepEqual([stored, rejected, queued], [left.length, 20 - left.length, 0]);
  });

  it('takes a message back that was written and does not get to the disk itself: its sender keeps it', async () => {
    log.close();
    log = openLog(folder, { durability: 'every-message', segmentBytes: SEGMENT });
    const { log: records } = log.keeper;
    const { synced } = records;
    records.synced = () => Promise.reject(new Error('EIO: i/o error, fdatasync'));
    await assert.rejects(receive(1), /persistence\.error\.write/);
    records.synced = synced;
    const [id] = await receive(1);
    const { dropped, inFlow } = log.journal.counts();
    assert.deepEqual([dropped, inFlow], [1, 1]);
    log.close();
    log = open();
    assert.deepEqual(
      [...log.journal.pending()].map((entry) => entry.id),
      [id],
    );
  });

  it('counts messages without a verdict that cannot be read any more as lost, and says so', async () => {
    const ids = await receive(20);
    log.journal.giveUp(Date.now() + 1);
    await receive(5);
    log.keeper.checkpoint();
    log.close();
    for (const { path } of segments().slice(0, 2)) rmSync(path);
    log = open();
    const found = [...log.journal.pending()].map(({ id }) => id);
    const lost = 25 - found.length;
    assert.ok(lost > 10 && lost < 25, String(lost));
    assert.ok(!found.includes(ids[0] ?? ''));
    const expected = { device: '', received: 25, stored: 0, rejected: lost, queued: 0, open: 25 - lost };
    assert.deepEqual(rows(), [expected]);
    assert.equal(log.ledger.days()[0]?.lost, lost);
    await eventually(() => assert.match(reports.join(), /persistence\.error\.gone/));
    assert.equal(reports.length, 1);
    log.close();
    log = open();
    assert.deepEqual(rows(), [expected]);
    assert.equal([...log.journal.pending()].length, 25 - lost);
  });

  it('is complete although the process is killed right after a segment was made smaller', async () => {
    const gone = await receive(6);
    log.keeper.checkpoint();
    const settle = (id: string, area: string) =>
      log.journal.settle(id, 'dropped', { account: { area, device: 'd' } });
    for (const id of gone) settle(id, 'mobility');
    queue(await receive(40));
    ackAll();
    log.keeper.commit();
    const before = rows();
    new AreaRetention(log.keeper, { mobility: { bytes: 100 } }).apply(Date.now());
    assert.ok(gone.some((id) => log.journal.read(id) === undefined));
    const crashed = await tempFolder();
    cpSync(folder, crashed, { recursive: true });
    log.close();
    folder = crashed;
    log = open();
    assert.deepEqual(rows(), before);
  });
});

function damage(path: string, from: number, bytes: number): void {
  const file = openSync(path, 'r+');
  writeSync(file, Buffer.alloc(bytes, 1), 0, bytes, from);
  closeSync(file);
}
