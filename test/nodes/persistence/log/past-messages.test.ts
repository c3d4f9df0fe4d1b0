import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { AreaRetention } from '../../../../nodes/persistence/log/area-retention.ts';
import { tempFolder } from '../../../support/servers.ts';
import { openLog } from './open-log.ts';

const HOUR = 3_600_000;
/** So small that a few messages fill one. */
const SEGMENT = 2000;

describe('messages of a past period', () => {
  const start = (Math.floor(Date.now() / HOUR) - 1000) * HOUR;
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

  /** A message that arrived so many hours after `start`; several to a segment. */
  const receive = (hour: number) =>
    log.journal.append({
      transport: 'mqtt/intake',
      topic: `t/${hour}`,
      body: Buffer.alloc(400, hour),
      contentType: 'application/json',
      receivedTime: new Date(start + hour * HOUR).toISOString(),
    });

  async function past(fromHour = 0, toHour = 100) {
    const found = [];
    const period = { from: start + fromHour * HOUR, to: start + toHour * HOUR };
    for await (const message of log.journal.past(period)) found.push(message);
    return found;
  }

  it('are those of the period, oldest first, over many segments, as they came', async () => {
    assert.equal(log.journal.oldest(), undefined);
    assert.deepEqual(await past(), []);
    for (let hour = 0; hour < 30; hour++) log.journal.settle(await receive(hour), 'stored');
    assert.ok(log.keeper.log.segments().length > 5);
    const found = await past(5, 12);
    assert.deepEqual(
      found.map(({ topic }) => topic),
      ['t/5', 't/6', 't/7', 't/8', 't/9', 't/10', 't/11', 't/12'],
    );
    const { id, ...message } = found[0] ?? { id: '' };
    assert.deepEqual(message, {
      transport: 'mqtt/intake',
      topic: 't/5',
      body: Buffer.alloc(400, 5),
      contentType: 'application/json',
      receivedTime: new Date(start + 5 * HOUR).toISOString(),
      wasRejected: false,
    });
    assert.equal(log.journal.read(id)?.topic, 't/5');
    assert.equal(log.journal.oldest(), start);
  });

  it('are not those still on their way, nor what a flow left out; rejected ones say so', async () => {
    const ids = [];
    for (let hour = 0; hour < 6; hour++) ids.push(await receive(hour));
    const [stored = '', rejected = '', leftOut = '', empty = '', lost = ''] = ids;
    log.journal.settle(stored, 'stored');
    log.journal.settle(rejected, 'rejected', { reasonKey: 'codec.error.threw' });
    log.journal.settle(leftOut, 'dropped', { reasonKey: 'persistence.dropped.left_out' });
    log.journal.settle(empty, 'dropped');
    log.journal.settle(lost, 'stored');
    assert.deepEqual(
      (await past()).map(({ id, wasRejected }) => [id, wasRejected]),
      [
        [stored, false],
        [rejected, true],
        [empty, false],
        [lost, false],
      ],
    );
  });

  it('are found after a restart, and where retention has made a segment smaller', async () => {
    for (let hour = 0; hour < 12; hour++) {
      const account = { area: hour % 2 === 0 ? 'mobility' : 'waste', device: 'd' };
      log.journal.settle(await receive(hour), 'stored', { account });
    }
    log.keeper.commit();
    new AreaRetention(log.keeper, { mobility: { days: 1 } }).apply(Date.now() + 5 * 24 * HOUR);
    const before = await past();
    assert.ok(before.length < 12 && before.length >= 6, String(before.length));
    log.close();
    log = openLog(folder, { segmentBytes: SEGMENT });
    assert.deepEqual(await past(), before);
  });

  it('come in turns with the flows, and without those that arrive meanwhile', async () => {
    for (let hour = 0; hour < 200; hour++) log.journal.settle(await receive(hour), 'stored');
    let turns = 0;
    const timer = setInterval(() => turns++, 0);
    const seen = [];
    for await (const { topic } of log.journal.past({ from: start, to: start + 1000 * HOUR })) {
      seen.push(topic);
      // A slow reader: its flows are not to wait for it.
      for (const end = performance.now() + 1; performance.now() < end; );
      if (seen.length === 1) log.journal.settle(await receive(500), 'stored');
    }
    clearInterval(timer);
    assert.equal(seen.length, 200);
    assert.ok(turns > 5, String(turns));
  });
});
