import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { openDataFolder } from '../../../nodes/persistence/data-folder.ts';
import type { Journal, JournalResult, RawMessage } from '../../../nodes/persistence/journal.ts';
import { SqliteJournal } from '../../../nodes/persistence/sqlite-journal.ts';
import { tempFolder } from '../../support/servers.ts';

const KEEP = { days: 30, bytes: 1e9 };
const NOW = new Date().toISOString();
/** Longer ago than settled entries are kept. */
const LONG_AGO = new Date(Date.now() - 40 * 86_400_000).toISOString();

function message(text: string, receivedTime = NOW): RawMessage {
  return {
    transport: 'mqtt',
    topic: 'town/1',
    body: Buffer.from(text),
    contentType: 'text/plain',
    receivedTime,
  };
}

describe('Journal', () => {
  let folder: string;
  let path: string;
  const errors: unknown[] = [];
  const open = (retention = KEEP) =>
    new SqliteJournal(path, { retention, onError: (error) => errors.push(error) });

  beforeEach(async () => {
    folder = await tempFolder();
    path = join(folder, 'journal.db');
    errors.length = 0;
  });
  afterEach(() => rm(folder, { recursive: true }));

  const texts = (journal: Journal) => [...journal.pending()].map(({ body }) => body.toString());

  it('keeps a message byte for byte', async () => {
    const journal = open();
    const body = Buffer.from([0, 255, 1, 254, 10]);
    const id = await journal.append({ ...message(''), body });
    assert.deepEqual(journal.read(id), { ...message(''), body, id, state: 'pending', attempts: 0 });
    const bare = await journal.append({ transport: 'webhook', topic: '/x', body, receivedTime: NOW });
    assert.equal(journal.read(bare)?.contentType, undefined);
    assert.equal(journal.read('999'), undefined);
    journal.close();
  });

  it('hands out what was not settled, oldest first', async () => {
    const first = open();
    const ids = await Promise.all(['a', 'b', 'c', 'd'].map((text) => first.append(message(text))));
    first.settle(ids[1] ?? '', 'stored');
    first.close();
    const second = open();
    const now = await second.append(message('new'));
    assert.deepEqual(texts(second), ['a', 'c', 'd', 'new']);
    assert.ok(second.isUnfinished(now));
    second.settle(now, 'stored');
    assert.ok(!second.isUnfinished(now), 'a verdict holds at once');
    const chosen = [...second.pending(({ body }) => body.toString() === 'd')];
    assert.deepEqual(
      chosen.map(({ attempts }) => attempts),
      [1],
    );
    second.close();
  });

  it('gives ids that are never used again', async () => {
    const first = open();
    const old = await first.append(message('a'));
    first.close();
    const second = open();
    assert.ok(Number(await second.append(message('b'))) > Number(old));
    second.close();
  });

  it('gives no id again of an entry that retention might have removed', async () => {
    const first = open();
    const old = await first.append(message('a', LONG_AGO));
    first.settle(old, 'stored');
    first.flush();
    first.tidy();
    first.close();

    const second = open();
    assert.ok(Number(await second.append(message('b'))) > Number(old));
    second.close();
  });

  it('waits for the disk at each commit', () => {
    const statements = executedDuring(() => open().close());
    assert.ok(statements.some((sql) => /PRAGMA synchronous = FULL/.test(sql)));
  });

  it('rejects a message that came to nothing five times', async () => {
    const first = open();
    const id = await first.append(message('poison'));
    first.close();
    for (let attempt = 0; attempt < 5; attempt++) {
      const journal = open();
      assert.equal([...journal.unfinished()].length, 1, 'looking is no attempt');
      assert.deepEqual(texts(journal), ['poison']);
      journal.close();
    }
    const last = open();
    assert.deepEqual(texts(last), []);
    assert.equal(last.read(id)?.state, 'rejected');
    assert.equal(last.read(id)?.reasonKey, 'persistence.error.attempts');
    last.close();
  });

  it('lists rejected messages with reason and raw body, newest first, page by page', async () => {
    const journal = open();
    for (let i = 0; i < 5; i++) {
      const id = await journal.append(message(`m${i}`));
      journal.settle(id, 'rejected', { reasonKey: 'lorawan.error.mic', parameters: { i }, device: 'Bin 7' });
    }
    const page = journal.rejected({ limit: 2 });
    assert.deepEqual(
      page.map(({ body, reasonKey, parameters, device }) => [body.toString(), reasonKey, parameters, device]),
      [
        ['m4', 'lorawan.error.mic', { i: 4 }, 'Bin 7'],
        ['m3', 'lorawan.error.mic', { i: 3 }, 'Bin 7'],
      ],
    );
    const next = journal.rejected({ limit: 9, before: page[1]?.id ?? '' });
    assert.deepEqual(
      next.map(({ body }) => body.toString()),
      ['m2', 'm1', 'm0'],
    );
    journal.close();
  });

  describe('settling', () => {
    const part = (index: number, count: number) => ({ parts: { index, count } });

    it('counts each entry once, by its first verdict', async () => {
      const journal = open();
      const [a = '', b = '', c = ''] = await Promise.all(
        ['a', 'b', 'c'].map((text) => journal.append(message(text))),
      );
      await journal.append(message('d'));
      journal.settle(a, 'stored');
      journal.settle(a, 'rejected', { reasonKey: 'x.y' });
      journal.settle(b, 'dropped', { reasonKey: 'lorawan.event.join' });
      journal.settle(c, 'rejected', { reasonKey: 'x.y' });
      journal.flush();
      journal.settle(c, 'stored');
      assert.deepEqual(journal.counts(), { stored: 1, dropped: 1, rejected: 1, lost: 0, pending: 1 });
      assert.equal(journal.read(a)?.state, 'stored');
      assert.equal(journal.read(b)?.reasonKey, 'lorawan.event.join');
      journal.close();
    });

    it('waits for all parts, in any order, and is as bad as the worst of them', async () => {
      const journal = open();
      const id = await journal.append(message('three samples'));
      journal.settle(id, 'stored', part(2, 3));
      journal.settle(id, 'stored', part(2, 3));
      journal.settle(id, 'rejected', { reasonKey: 'x.y', ...part(0, 3) });
      assert.equal(journal.read(id)?.state, 'pending');
      journal.settle(id, 'stored', part(1, 3));
      assert.equal(journal.read(id)?.state, 'rejected');
      assert.equal(journal.read(id)?.reasonKey, 'x.y');
      journal.close();
    });

    const results: [JournalResult, JournalResult, JournalResult][] = [
      ['dropped', 'stored', 'stored'],
      ['dropped', 'dropped', 'dropped'],
      ['rejected', 'dropped', 'rejected'],
    ];
    for (const [a, b, whole] of results) {
      it(`a part ${a} and a part ${b} make the message ${whole}`, async () => {
        const journal = open();
        const id = await journal.append(message('two'));
        journal.settle(id, a, part(0, 2));
        journal.settle(id, b, part(1, 2));
        assert.equal(journal.read(id)?.state, whole);
        journal.close();
      });
    }

    it('is on disk by itself within a second', async () => {
      const journal = open();
      const id = await journal.append(message('a'));
      journal.settle(id, 'stored');
      await delay(700);
      const other = new SqliteJournal(path, { retention: KEEP, onError: () => undefined });
      assert.equal(other.read(id)?.state, 'stored');
      other.close();
      journal.close();
    });
  });

  describe('retention', () => {
    it('removes settled entries by age, keeps open ones and the newest', async () => {
      const journal = open();
      const old = await Promise.all(
        Array.from({ length: 1200 }, (_, i) => journal.append(message(`o${i}`, LONG_AGO))),
      );
      for (const id of old.slice(1)) journal.settle(id, 'stored');
      const young = await journal.append(message('young'));
      journal.settle(young, 'stored');
      await journal.append(message('newest'));
      journal.flush();
      journal.tidy();
      assert.deepEqual(
        [old[0], old[1], old[700], old.at(-1), young].map((id) => journal.read(id ?? '')?.state),
        ['pending', undefined, undefined, undefined, 'stored'],
      );
      assert.equal(journal.counts().stored, 1200);
      journal.close();
    });

    it('removes the oldest by size, says what was lost, and gives the room back', async () => {
      const journal = open({ days: 30, bytes: 300_000 });
      const appends = Array.from({ length: 2000 }, () => journal.append(message('x'.repeat(1000))));
      const ids = await Promise.all(appends);
      for (const id of ids.slice(0, 100)) journal.settle(id, 'stored');
      journal.flush();
      journal.tidy();
      const { lost, pending } = journal.counts();
      assert.ok(lost > 1000 && lost + pending === 1900, `lost ${lost}, pending ${pending}`);
      assert.equal(errors.length, 1);
      assert.equal(journal.read(ids.at(-1) ?? '')?.state, 'pending');
      journal.close();
      const { size } = await stat(path);
      assert.ok(size < 600_000, `${size} bytes, of 2 million that were written`);
    });
  });

  it('does not call lost what waits in an outbox', async () => {
    const data = openDataFolder(folder, { bytes: 300_000 });
    const ids = await Promise.all(
      Array.from({ length: 1000 }, () => data.journal.append(message('x'.repeat(1000)))),
    );
    for (const journalId of ids) data.outbox('database').append({}, { journalId });
    data.release();
    const again = openDataFolder(folder, { bytes: 300_000 });
    assert.equal(again.journal.read(ids[0] ?? ''), undefined, 'there was no room for it');
    assert.equal(again.journal.counts().lost, 0);
    again.release();
  });

  it('has everything that it acknowledged after kill -9', async () => {
    const script = new URL('./append-for-ever.ts', import.meta.url).pathname;
    const child = spawn(process.execPath, [script, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
    const acknowledged: string[] = [];
    const lines = createInterface({ input: child.stdout });
    lines.on('line', (line) => {
      acknowledged.push(line);
      if (acknowledged.length === 2000) child.kill('SIGKILL');
    });
    await Promise.all([
      new Promise((resolve) => lines.once('close', resolve)),
      new Promise((resolve) => child.once('exit', resolve)),
    ]);
    assert.ok(acknowledged.length >= 2000);
    const data = openDataFolder(folder);
    try {
      for (const line of acknowledged) {
        const [id = '', text] = line.split(' ');
        assert.equal(data.journal.read(id)?.body.toString(), text);
      }
      const pending = [...data.journal.pending()].length;
      assert.ok(pending >= acknowledged.length, 'nothing was settled, so all of it is handed out again');
    } finally {
      data.release();
    }
  });

  it('says so when the disk refuses, and acknowledges nothing', async () => {
    const journal = open();
    journal.close();
    await assert.rejects(journal.append(message('late')), /persistence\.error\.write/);
    assert.ok((await readdir(folder)).includes('journal.db'));
  });
});

/** The SQL that SQLite runs without a prepared statement during `work`. */
function executedDuring(work: () => void): string[] {
  const { exec } = DatabaseSync.prototype;
  const statements: string[] = [];
  DatabaseSync.prototype.exec = function (sql) {
    statements.push(sql);
    exec.call(this, sql);
  };
  try {
    work();
  } finally {
    DatabaseSync.prototype.exec = exec;
  }
  return statements;
}
