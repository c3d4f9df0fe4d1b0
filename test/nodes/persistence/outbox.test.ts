import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Outbox } from '../../../nodes/persistence/outbox.ts';
import { enforceLimits, fullness } from '../../../nodes/persistence/outbox-limits.ts';
import { tempFolder } from '../../support/servers.ts';
import { openLog } from './log/open-log.ts';

const DAY = 86_400_000;

describe('Outbox', () => {
  let folder: string;
  let log: ReturnType<typeof openLog>;

  beforeEach(async () => {
    folder = await tempFolder();
    log = openLog(folder);
  });
  afterEach(async () => {
    log.close();
    await rm(folder, { recursive: true });
  });

  const reopen = () => {
    log.close();
    log = openLog(folder);
  };
  const numbers = (outbox: Outbox<number>, limit = 100) => outbox.peek(limit).map(({ item }) => item);
  const done = (outbox: Outbox<number>, limit = 100) => outbox.ack(outbox.peek(limit).at(-1)?.sequence ?? 0);
  const receive = (receivedTime = new Date().toISOString()) =>
    log.journal.append({ transport: 'mqtt', topic: 't', body: Buffer.from('{}'), receivedTime });

  it('keeps the order and hands out the same items until they are acknowledged', () => {
    const outbox = log.outbox();
    for (let n = 0; n < 5; n++) outbox.append(n);
    assert.deepEqual(numbers(outbox, 3), [0, 1, 2]);
    assert.deepEqual(numbers(outbox, 3), [0, 1, 2]);
    done(outbox, 3);
    assert.deepEqual(numbers(outbox), [3, 4]);
    assert.deepEqual([outbox.size, outbox.bytes], [2, 2]);
  });

  it('has everything after the next start', async () => {
    const outbox = log.outbox();
    for (let n = 0; n < 50; n++) outbox.append(n);
    await nextTurn();
    done(outbox, 20);
    reopen();
    const again = log.outbox();
    assert.equal(again.size, 30);
    assert.deepEqual(numbers(again, 2), [20, 21]);
    again.append(50);
    assert.equal(numbers(again).at(-1), 50);
    done(again, 31);
    assert.equal(again.size, 0);
    reopen();
    assert.equal(log.outbox().size, 0);
    assert.deepEqual(numbers(log.outbox()), []);
  });

  it('goes through more items than it holds in memory, also after a restart in the middle', () => {
    let outbox = log.outbox();
    const total = 25_000;
    for (let n = 0; n < total; n++) {
      outbox.append(n);
      if (n % 100 === 0) log.keeper.commit();
    }
    const seen: number[] = [];
    while (outbox.size > 0) {
      seen.push(...numbers(outbox, 700));
      done(outbox, 700);
      if (seen.length === 700) outbox.append(total);
      if (seen.length > 11_000 && seen.length < 11_700) {
        reopen();
        outbox = log.outbox();
      }
    }
    assert.deepEqual(
      seen,
      Array.from({ length: total + 1 }, (_, n) => n),
    );
    assert.deepEqual(outbox.peek(1), []);
  });

  it('keeps outboxes of one folder apart', () => {
    const [a, b] = [log.outbox('a'), log.outbox('b')];
    a.append(1);
    b.append(2);
    done(a, 1);
    assert.deepEqual([numbers(a), numbers(b)], [[], [2]]);
  });

  it('keeps what a server refused, with its reason, newest first, until somebody throws it away', () => {
    const outbox = log.outbox();
    for (const n of [1, 2, 3]) outbox.bury(n, `reason ${n}`);
    log.outbox('other').bury(4, 'x');
    assert.equal(outbox.deadLetterCount, 3);
    const letters = outbox.deadLetters(2);
    assert.deepEqual(
      letters.map(({ item, reason }) => [item, reason]),
      [
        [3, 'reason 3'],
        [2, 'reason 2'],
      ],
    );
    assert.ok(Math.abs(Date.parse(letters[0]?.time ?? '') - Date.now()) < 5000);
    outbox.discard([letters[0]?.id ?? 0, 999]);
    assert.deepEqual(
      outbox.deadLetters().map(({ item }) => item),
      [2, 1],
    );
  });

  it('keeps the newest ten thousand of what a server refused', () => {
    const outbox = log.outbox();
    log.database.exec('BEGIN');
    for (let n = 0; n < 10_010; n++) outbox.bury(n, 'too old');
    log.database.exec('COMMIT');
    assert.equal(outbox.deadLetterCount, 10_000);
    assert.equal(outbox.deadLetters(1)[0]?.item, 10_009);
  });

  it('tells of appends until it is asked to stop', () => {
    const outbox = log.outbox();
    let calls = 0;
    const stop = outbox.onAppend(() => calls++);
    outbox.append(1);
    stop();
    outbox.append(2);
    assert.equal(calls, 1);
  });

  it('hands out once more what the log has, for a server that lost its data', () => {
    const outbox = log.outbox();
    for (let n = 0; n < 5; n++) outbox.append(n);
    log.outbox('other').append(9);
    done(outbox, 3);
    assert.deepEqual([...outbox.history()], [0, 1, 2, 3, 4]);
    assert.deepEqual(numbers(outbox), [3, 4]);
  });

  describe('and the messages that its items come from', () => {
    const state = (id: string) => log.journal.read(id)?.state;
    const part = (index: number, count: number) => ({ parts: { index, count } });
    const account = { area: 'waste', device: 'bin-7' };
    const sum = () => {
      const counts = { received: 0, stored: 0, rejected: 0, queued: 0 };
      for (const row of log.ledger.rows()) {
        for (const name of Object.keys(counts) as (keyof typeof counts)[]) counts[name] += row[name];
      }
      return counts;
    };

    it('queues a message and stores it, for its device and day', async () => {
      const outbox = log.outbox();
      const id = await receive();
      assert.equal(state(id), 'inFlow');
      outbox.append(1, { journalId: id, account, codec: 'milesight@abc' });
      assert.deepEqual([state(id), log.journal.isUnfinished(id)], ['queued', false]);
      assert.equal(log.ledger.rows({ device: 'bin-7' })[0]?.queued, 1);
      reopen();
      assert.equal(state(id), 'queued');
      done(log.outbox());
      assert.equal(state(id), 'stored');
      assert.equal(log.journal.read(id)?.codec, 'milesight@abc');
      const day = new Date().toISOString().slice(0, 10);
      const counts = { stored: 1, rejected: 0, dropped: 0, queued: 0, unaccounted: 0, inFlow: 0 };
      assert.deepEqual(log.ledger.rows(), [{ day, ...account, received: 1, ...counts }]);
      assert.deepEqual(log.ledger.days(), [{ day, received: 1, lost: 0 }]);
    });

    it('rejects a message whose points the server refuses', async () => {
      const outbox = log.outbox();
      const [good, bad] = [await receive(), await receive()];
      outbox.append(1, { journalId: good, account });
      outbox.append(2, { journalId: bad, account });
      const [, second] = outbox.peek(2);
      const refusal = {
        reasonKey: 'timeseries.error.point',
        parameters: { reason: 'type' },
        device: 'Bin 7',
      };
      outbox.ack(second?.sequence ?? 0, [{ sequence: second?.sequence ?? 0, ...refusal }]);
      assert.deepEqual([state(good), state(bad)], ['stored', 'rejected']);
      assert.deepEqual(log.journal.rejected()[0]?.parameters, { reason: 'type' });
      assert.deepEqual([sum().stored, sum().rejected, sum().queued], [1, 1, 0]);
    });

    it('waits for all parts; one that is refused rejects the whole, once, also over restarts', async () => {
      const refusal = (sequence: number) => ({ sequence, reasonKey: 'x.y', parameters: {} });
      for (let refused = 0; refused < 3; refused++) {
        const id = await receive();
        for (let index = 0; index < 3; index++)
          log.outbox().append(index, { journalId: id, account, ...part(index, 3) });
        for (let index = 0; index < 3; index++) {
          reopen();
          const [item] = log.outbox().peek(1);
          const sequence = item?.sequence ?? 0;
          log.outbox().ack(sequence, index >= refused ? [refusal(sequence)] : []);
        }
        assert.equal(state(id), 'rejected');
        assert.deepEqual(
          [sum().received, sum().rejected, sum().stored, sum().queued],
          [refused + 1, refused + 1, 0, 0],
        );
      }
    });

    for (const result of ['rejected', 'dropped'] as const) {
      for (const order of ['first', 'last']) {
        it(`a part that a node ${result}, ${order}, settles the message with the other`, async () => {
          const outbox = log.outbox();
          const id = await receive();
          const settle = () => log.journal.settle(id, result, { reasonKey: 'x.y', ...part(1, 2) });
          if (order === 'first') settle();
          outbox.append(1, { journalId: id, account, ...part(0, 2) });
          if (order === 'last') settle();
          assert.equal(state(id), result === 'rejected' ? 'rejected' : 'queued');
          done(outbox);
          assert.equal(state(id), result === 'rejected' ? 'rejected' : 'stored');
          assert.deepEqual([outbox.size, sum().received], [0, 1]);
        });
      }
    }

    it('a message that two databases take is stored when the first has it, and counts once', async () => {
      const id = await receive();
      for (const name of ['a', 'b']) log.outbox(name).append(1, { journalId: id, account });
      for (const name of ['a', 'b']) done(log.outbox(name));
      assert.equal(state(id), 'stored');
      assert.equal(sum().received, 1);
    });
  });

  describe('limits', () => {
    it('let the oldest go, by age and by size; their messages are rejected', async () => {
      const outbox = log.outbox();
      const old = await receive(new Date(Date.now() - 9 * DAY).toISOString());
      const young = await receive();
      outbox.append(1, { journalId: old });
      outbox.append(2, { journalId: young });
      for (let n = 3; n < 1003; n++) outbox.append(n);
      assert.ok(fullness(outbox, { days: 10, bytes: 1e6 }, Date.now()) > 0.89);
      assert.equal(enforceLimits(outbox, { days: 10, bytes: 1e6 }, Date.now()), 0);
      assert.equal(enforceLimits(outbox, { days: 8, bytes: 1e6 }, Date.now()), 1);
      assert.equal(log.journal.read(old)?.reasonKey, 'persistence.error.outboxFull');
      assert.equal(log.journal.read(young)?.state, 'queued');
      enforceLimits(outbox, { days: 8, bytes: 40 }, Date.now());
      assert.deepEqual([outbox.size, outbox.bytes], [12, 39], '991 to 1002');
      assert.equal(numbers(outbox).at(-1), 1002);
    });
  });
});
