import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { openSqliteFile } from '../../../nodes/persistence/sqlite-file.ts';
import { OUTBOX_SCHEMA, SqliteOutbox } from '../../../nodes/persistence/sqlite-outbox.ts';
import { tempFolder } from '../../support/servers.ts';

describe('Outbox', () => {
  let folder: string;
  let database: DatabaseSync;
  const open = (name = 'main') =>
    new SqliteOutbox<{ n: number }>(database, name, (error) => assert.fail(String(error)));

  beforeEach(async () => {
    folder = await tempFolder();
    database = openSqliteFile(join(folder, 'outbox.db'), {
      durability: 'process-end',
      schema: OUTBOX_SCHEMA,
    });
  });
  afterEach(async () => {
    database.close();
    await rm(folder, { recursive: true });
  });

  const numbers = (outbox: SqliteOutbox<{ n: number }>, limit = 100) =>
    outbox.peek(limit).map(({ item }) => item.n);

  it('keeps the order and hands out the same items until they are acknowledged', () => {
    const outbox = open();
    for (let n = 0; n < 5; n++) outbox.append({ n });
    assert.deepEqual(numbers(outbox, 3), [0, 1, 2]);
    assert.deepEqual(numbers(outbox, 3), [0, 1, 2]);
    outbox.ack(outbox.peek(3).at(-1)?.sequence ?? 0);
    assert.deepEqual(numbers(outbox), [3, 4]);
    assert.equal(outbox.size, 2);
  });

  it('is on disk when the turn of the event loop ends, with journal id and parts', async () => {
    const outbox = open();
    outbox.append({ n: 1 }, { journalId: '7', parts: { index: 1, count: 2 } });
    outbox.append({ n: 2 });
    await nextTurn();
    const again = open();
    assert.equal(again.size, 2);
    assert.deepEqual(again.peek(9), [
      { sequence: 1, item: { n: 1 }, journalId: '7', parts: { index: 1, count: 2 } },
      { sequence: 2, item: { n: 2 } },
    ]);
    again.append({ n: 3 });
    assert.deepEqual(numbers(again), [1, 2, 3]);
  });

  it('goes through more items than it holds in memory', async () => {
    const outbox = open();
    const total = 25_000;
    for (let n = 0; n < total; n++) outbox.append({ n });
    const seen: number[] = [];
    while (outbox.size > 0) {
      const items = outbox.peek(700);
      seen.push(...items.map(({ item }) => item.n));
      outbox.ack(items.at(-1)?.sequence ?? 0);
      if (seen.length === 700) outbox.append({ n: total });
    }
    assert.deepEqual(
      seen,
      Array.from({ length: total + 1 }, (_, n) => n),
    );
    assert.deepEqual(outbox.peek(1), []);
  });

  it('keeps outboxes of one file apart', () => {
    const [a, b] = [open('a'), open('b')];
    a.append({ n: 1 });
    b.append({ n: 2 });
    a.ack(a.peek(1)[0]?.sequence ?? 0);
    assert.deepEqual([numbers(a), numbers(b)], [[], [2]]);
  });

  it('keeps what a server refused, with its reason, newest first', () => {
    const outbox = open();
    outbox.bury({ n: 1 }, 'field type conflict');
    outbox.bury({ n: 2 }, 'too old');
    open('other').bury({ n: 3 }, 'x');
    assert.equal(outbox.deadLetterCount, 2);
    const [newest] = outbox.deadLetters(1);
    assert.deepEqual([newest?.item, newest?.reason], [{ n: 2 }, 'too old']);
    assert.ok(Math.abs(Date.parse(newest?.time ?? '') - Date.now()) < 5000);
  });

  it('keeps the newest ten thousand of what a server refused', () => {
    const outbox = open();
    for (let n = 0; n < 10_010; n++) outbox.bury({ n }, 'too old');
    assert.equal(outbox.deadLetterCount, 10_000);
    assert.deepEqual(outbox.deadLetters(1)[0]?.item, { n: 10_009 });
  });

  it('tells of appends until it is asked to stop', () => {
    const outbox = open();
    let calls = 0;
    const stop = outbox.onAppend(() => calls++);
    outbox.append({ n: 1 });
    stop();
    outbox.append({ n: 2 });
    assert.equal(calls, 1);
  });
});
