import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { openSqliteFile } from '../../../nodes/persistence/sqlite-file.ts';
import { SqliteStateStore, STATE_SCHEMA } from '../../../nodes/persistence/sqlite-state-store.ts';
import { eventually } from '../../support/eventually.ts';
import { tempFolder } from '../../support/servers.ts';

class Counter {
  count = 0;
  toJSON() {
    return { count: this.count, saved: true };
  }
}

describe('StateStore', () => {
  let folder: string;
  let database: DatabaseSync;
  let state: SqliteStateStore;
  const errors: unknown[] = [];
  const reopen = () => new SqliteStateStore(database, (error) => errors.push(error));

  beforeEach(async () => {
    folder = await tempFolder();
    errors.length = 0;
    database = openSqliteFile(join(folder, 'state.db'), { durability: 'process-end', schema: STATE_SCHEMA });
    state = reopen();
  });
  afterEach(async () => {
    database.close();
    await rm(folder, { recursive: true });
  });

  it('gives the same object in this process, and plain JSON of its state at the flush in the next', () => {
    const counter = new Counter();
    state.set('c', counter);
    counter.count = 7;
    assert.equal(state.get('c'), counter);
    state.flush();
    counter.count = 8;
    assert.deepEqual(reopen().get('c'), { count: 7, saved: true });
    assert.equal(state.get('other'), undefined);
  });

  it('is on disk by itself within two seconds', async () => {
    state.set('c', 1);
    assert.equal(reopen().get('c'), undefined);
    await delay(1200);
    assert.equal(reopen().get('c'), 1);
  });

  it('takes longer while flushes are expensive, five seconds at most', async () => {
    const expensive = {
      toJSON() {
        for (const end = performance.now() + 100; performance.now() < end; );
        return 1;
      },
    };
    state.set('expensive', expensive);
    state.flush();
    state.set('next', 1);
    await delay(1500);
    assert.equal(reopen().get('next'), undefined);
    await eventually(() => assert.equal(reopen().get('next'), 1), 8000);
  });

  it('forgets what was deleted, before and after a flush', () => {
    state.set('a', 1);
    state.set('b', 1);
    state.flush();
    state.delete('a');
    state.set('b', undefined);
    assert.deepEqual([state.get('a'), state.get('b'), state.keys('')], [undefined, undefined, []]);
    state.flush();
    assert.deepEqual(reopen().keys(''), []);
  });

  it('lists keys by their beginning, saved and unsaved, whatever characters they have', () => {
    for (const key of ['a:%', 'a:_', 'a:❄', 'a', 'b:1', 'A:1']) state.set(key, 1);
    state.flush();
    state.set('a:new', 1);
    state.set('a:%', 2);
    state.delete('a:_');
    assert.deepEqual(state.keys('a:'), ['a:%', 'a:new', 'a:❄']);
    assert.deepEqual(state.keys('b'), ['b:1']);
    assert.equal(state.keys('').length, 6);
  });

  it('does not let one value that cannot be saved keep the others from the disk', () => {
    const circle: { self?: unknown } = {};
    circle.self = circle;
    state.set('circle', circle);
    state.set('good', 1);
    state.flush();
    assert.equal(reopen().get('good'), 1);
    assert.equal(errors.length, 1);
  });
});
