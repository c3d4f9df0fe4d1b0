import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
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

  it('lets what may be a little older wait, until the same value must not', async () => {
    state.set('old', 1, 'minute');
    state.set('urgent', 1, 'minute');
    state.set('urgent', 2);
    state.set('urgent', 3, 'minute');
    await eventually(() => assert.equal(reopen().get('urgent'), 3));
    assert.equal(reopen().get('old'), undefined);
    assert.deepEqual(state.keys(''), ['old', 'urgent']);
    state.flush();
    assert.equal(reopen().get('old'), 1);
  });

  it('has what must not be lost on disk at once, and only that', () => {
    state.set('other', 1);
    state.set('alarm', 1, 'minute');
    state.set('alarm', 2, 'now');
    assert.deepEqual([reopen().get('alarm'), reopen().get('other')], [2, undefined]);
  });

  it('keeps bytes, and what turns itself into bytes', () => {
    const bytes = Uint8Array.of(0, 1, 255);
    state.set('bytes', bytes);
    state.set('packed', { toBytes: () => bytes, byteLength: 100 });
    state.flush();
    assert.deepEqual([reopen().get('bytes'), reopen().get('packed')], [bytes, bytes]);
  });

  it('saves many changes in several turns, so that others get theirs', async () => {
    for (let n = 0; n < 5000; n++) state.set(`key/${n}`, { n });
    const seen = new Set<number>();
    const count = database.prepare('SELECT count(*) AS saved FROM state');
    while (!seen.has(5000)) {
      seen.add(Number(count.get()?.saved));
      await turn();
    }
    assert.ok(seen.size > 5, `${[...seen]}`);
  });

  it('says that saving fails, loses nothing by it, and tries again', async () => {
    const small = new SqliteStateStore(database, (error) => errors.push(error), 20_000);
    database.exec('PRAGMA query_only = ON');
    for (let n = 0; n < 1000; n++) small.set(`key/${n}`, { n });
    assert.equal(errors.length, 1);
    assert.throws(() => small.flush());
    assert.deepEqual(small.get('key/7'), { n: 7 });
    database.exec('PRAGMA query_only = OFF');
    await eventually(() => assert.equal(reopen().keys('').length, 1000), 8000);
  });

  it('takes over the table of earlier versions', () => {
    database.exec(`DROP TABLE state;
      CREATE TABLE state (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
      INSERT INTO state VALUES ('a', '{"b":1}')`);
    assert.deepEqual(reopen().get('a'), { b: 1 });
    assert.deepEqual(reopen().keys(''), ['a']);
  });

  it('keeps few values in memory, and gives the others as they were saved', () => {
    const small = new SqliteStateStore(database, (error) => errors.push(error), 100_000);
    const first = { n: 0, text: 'x'.repeat(500) };
    small.set('key/0', first);
    assert.equal(small.get('key/0'), first);
    for (let n = 1; n < 500; n++) small.set(`key/${n}`, { ...first, n });
    assert.deepEqual(small.get('key/0'), first);
    assert.notEqual(small.get('key/0'), first);
    assert.ok(reopen().keys('').length > 300, 'what had no room is on disk already');
  });

  it('never loses a change, however little memory it has', () => {
    const within = fc.constantFrom('seconds' as const, 'minute' as const);
    const step = fc.record({
      action: fc.constantFrom(
        'set' as const,
        'delete' as const,
        'get' as const,
        'flush' as const,
        'restart' as const,
      ),
      key: fc.constantFrom(...'abcdefghij'),
      value: fc.nat(),
      within,
    });
    const property = fc.property(fc.array(step, { maxLength: 60 }), fc.nat(5000), (steps, memory) => {
      database.exec('DELETE FROM state');
      const open = () => new SqliteStateStore(database, (error) => errors.push(error), memory);
      const expected = new Map<string, { value: number }>();
      let store = open();
      const actions: Record<(typeof steps)[number]['action'], (one: (typeof steps)[number]) => void> = {
        set(one) {
          store.set(one.key, { value: one.value }, one.within);
          expected.set(one.key, { value: one.value });
        },
        delete({ key }) {
          store.delete(key);
          expected.delete(key);
        },
        get: ({ key }) => assert.deepEqual(store.get(key), expected.get(key)),
        flush: () => store.flush(),
        restart() {
          store.flush();
          store = open();
        },
      };
      for (const one of steps) actions[one.action](one);
      assert.deepEqual(store.keys(''), [...expected.keys()].sort());
      for (const [key, value] of expected) assert.deepEqual(store.get(key), value);
      store.flush();
      assert.deepEqual(errors, []);
    });
    fc.assert(property);
  });
});
