import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { AreaRetention } from '../../../../nodes/persistence/log/area-retention.ts';
import { applyRetention } from '../../../../nodes/persistence/log/log-retention.ts';
import { tempFolder } from '../../../support/servers.ts';
import { openLog } from './open-log.ts';

const DAY = 86_400_000;
const SEGMENT = 20_000;
const WIDE = { days: 30, bytes: 1e9 };

describe('retention of the record log', () => {
  let folder: string;
  let log: ReturnType<typeof openLog>;

  beforeEach(async () => {
    folder = await tempFolder();
    log = openLog(folder, { segmentBytes: SEGMENT });
  });
  afterEach(async () => {
    log.close();
    await rm(folder, { recursive: true });
  });

  /** Messages of a kilobyte each, one write each. */
  const receive = async (count: number) => {
    const ids: string[] = [];
    for (let n = 0; n < count; n++) {
      const receivedTime = new Date().toISOString();
      ids.push(
        await log.journal.append({
          transport: 'mqtt',
          topic: `t/${n}`,
          body: Buffer.alloc(1000, n),
          receivedTime,
        }),
      );
    }
    return ids;
  };
  const settle = (ids: string[], area = 'waste') => {
    for (const id of ids) log.journal.settle(id, 'dropped', { account: { area, device: 'd' } });
    log.keeper.commit();
  };
  const present = (ids: string[]) => ids.filter((id) => log.journal.read(id)).length;
  const inDays = (days: number) => Date.now() + days * DAY;

  it('removes what is settled by age, keeps what is open a month longer, then counts it as lost', async () => {
    const ids = await receive(100);
    settle(ids.slice(1));
    assert.equal(applyRetention(log.keeper, WIDE, inDays(29)), 0);
    assert.equal(present(ids), 100);
    assert.equal(applyRetention(log.keeper, WIDE, inDays(31)), 0);
    assert.ok(present(ids) < 45, 'the first segment has an open one, the last is being written');
    assert.ok(log.journal.isUnfinished(ids[0] ?? ''));
    assert.equal(applyRetention(log.keeper, WIDE, inDays(61)), 1);
    assert.equal(log.journal.counts().lost, 1);
    assert.equal(log.journal.counts().inFlow, 0);
  });

  it('removes the oldest by size, says what was lost, and keeps the sum', async () => {
    const ids = await receive(200);
    settle(ids.slice(0, 10));
    const lost = applyRetention(log.keeper, { days: 30, bytes: 100_000 }, Date.now());
    const kept = present(ids);
    assert.ok(kept > 50 && kept < 110, `${kept} kept`);
    assert.equal(lost, 190 - kept);
    const bytes = log.keeper.log.segments().reduce((sum, segment) => sum + segment.bytes, 0);
    assert.ok(bytes <= 100_000, `${bytes} bytes`);
    const [day] = log.ledger.days();
    assert.deepEqual([day?.received, day?.lost], [200, lost]);
    const sum = log.ledger.rows().reduce((total, { received }) => total + received, 0);
    assert.equal(sum, 200);
    log.close();
    log = openLog(folder, { segmentBytes: SEGMENT });
    assert.equal(log.journal.counts().lost, lost);
    assert.equal(log.journal.counts().inFlow, kept);
  });

  it('never removes what waits in an outbox', async () => {
    const ids = await receive(100);
    for (const [n, journalId] of ids.entries()) log.outbox().append(n, { journalId });
    log.keeper.commit();
    assert.equal(applyRetention(log.keeper, { days: 1, bytes: 1000 }, inDays(100)), 0);
    assert.equal(log.outbox().peek(100).length, 100);
    log.outbox().ack(log.outbox().peek(100).at(-1)?.sequence ?? 0);
    await receive(30);
    applyRetention(log.keeper, { days: 1, bytes: 1000 }, Date.now());
    assert.equal(present(ids), 0);
    assert.equal(log.journal.counts().lost < 30, true);
  });

  it('takes out the messages of an area that are too old, and no others', async () => {
    const [waste, mobility] = [await receive(50), await receive(50)];
    settle(waste, 'waste');
    settle(mobility, 'mobility');
    const rejected = await receive(1);
    log.journal.settle(rejected[0] ?? '', 'rejected', {
      reasonKey: 'x.y',
      account: { area: 'waste', device: 'd' },
    });
    await receive(40);
    const before = log.keeper.log.segments().reduce((sum, { bytes }) => sum + bytes, 0);
    new AreaRetention(log.keeper, { mobility: { days: 7 } }).apply(inDays(6));
    assert.equal(present(mobility), 50);
    new AreaRetention(log.keeper, { mobility: { days: 7 } }).apply(inDays(8));
    assert.equal(present(mobility), 0);
    assert.equal(present(waste), 50);
    assert.equal(log.journal.rejected()[0]?.topic, 't/0');
    const after = log.keeper.log.segments().reduce((sum, { bytes }) => sum + bytes, 0);
    assert.ok(before - after > 45_000, `${before} bytes, then ${after}`);
    log.close();
    log = openLog(folder, { segmentBytes: SEGMENT });
    assert.equal(present(waste), 50);
    assert.equal(log.journal.counts().dropped, 100, 'the accounts stay');
  });

  it('keeps the accounts of long ago by area', async () => {
    const receivedTime = '2024-05-17T10:00:00.000Z';
    for (const device of ['a', 'b']) {
      const message = { transport: 'mqtt', topic: 't', body: Buffer.alloc(1), receivedTime };
      const id = await log.journal.append(message);
      log.journal.settle(id, 'dropped', { account: { area: 'waste', device } });
    }
    log.keeper.checkpoint();
    log.keeper.sumUpAccountsBefore('2024-05-17');
    assert.equal(log.ledger.rows().length, 2);
    log.keeper.sumUpAccountsBefore('2024-05-18');
    assert.deepEqual(
      log.ledger.rows().map(({ day, area, device, dropped }) => [day, area, device, dropped]),
      [['2024-05-17', 'waste', '', 2]],
    );
    assert.equal(log.journal.counts().dropped, 2);
  });

  it('lets an area take no more room than it may: its newest messages stay', async () => {
    const ids = await receive(150);
    settle(ids, 'waste');
    await receive(25);
    new AreaRetention(log.keeper, { waste: { bytes: 60_000 } }).apply(Date.now());
    const kept = present(ids);
    assert.ok(kept > 30 && kept <= 80, `${kept} kept`);
    assert.ok(log.journal.read(ids.at(-1) ?? ''));
    assert.equal(log.journal.read(ids[0] ?? ''), undefined);
  });
});
