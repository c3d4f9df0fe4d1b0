import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { openDataFolder } from '../../../nodes/persistence/data-folder.ts';
import type { Journal, JournalResult, RawMessage } from '../../../nodes/persistence/journal.ts';
import { tempFolder } from '../../support/servers.ts';
import { openLog } from './log/open-log.ts';

const NOW = new Date().toISOString();
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
  const open = () => openLog(folder);

  beforeEach(async () => {
    folder = await tempFolder();
  });
  afterEach(() => rm(folder, { recursive: true }));

  const texts = (journal: Journal) => [...journal.pending()].map(({ body }) => body.toString());

  it('keeps a message byte for byte', async () => {
    const { journal, close } = open();
    const body = Buffer.from([0, 255, 1, 254, 10]);
    const id = await journal.append({ ...message(''), body });
    assert.deepEqual(journal.read(id), { ...message(''), body, id, state: 'inFlow', attempts: 0 });
    const bare = await journal.append({ transport: 'webhook', topic: '/x', body, receivedTime: NOW });
    assert.equal(journal.read(bare)?.contentType, undefined);
    assert.equal(journal.read('999'), undefined);
    close();
  });

  it('hands out what was not settled, oldest first', async () => {
    const { journal: first, close: closeFirst } = open();
    const ids = await Promise.all(['a', 'b', 'c', 'd'].map((text) => first.append(message(text))));
    first.settle(ids[1] ?? '', 'stored');
    closeFirst();
    const { journal: second, close: closeSecond } = open();
    const now = await second.append(message('new'));
    assert.deepEqual(texts(second), ['a', 'c', 'd', 'new']);
    assert.ok(second.isUnfinished(now));
    second.settle(now, 'stored');
    assert.ok(!second.isUnfinished(now), 'a verdict holds at once');
    const chosen = [...second.pending('mqtt')];
    assert.deepEqual(
      chosen.map(({ attempts }) => attempts),
      [1, 1, 1],
      'handed out again by the same process: no further attempt',
    );
    assert.deepEqual([...second.pending('webhook')], []);
    closeSecond();
  });

  it('gives ids that are never used again', async () => {
    const { journal: first, close: closeFirst } = open();
    const old = await first.append(message('a'));
    closeFirst();
    const { journal: second, close: closeSecond } = open();
    assert.ok(Number(await second.append(message('b'))) > Number(old));
    closeSecond();
  });

  it('rejects a message that came to nothing five times', async () => {
    const { journal: first, close: closeFirst } = open();
    const id = await first.append(message('poison'));
    closeFirst();
    for (let attempt = 0; attempt < 5; attempt++) {
      const { journal, close } = open();
      assert.equal([...journal.unfinished()].length, 1, 'looking is no attempt');
      assert.deepEqual(texts(journal), ['poison']);
      close();
    }
    const { journal: last, close: closeLast } = open();
    assert.deepEqual(texts(last), []);
    assert.equal(last.read(id)?.state, 'rejected');
    assert.equal(last.read(id)?.reasonKey, 'persistence.error.attempts');
    closeLast();
  });

  it('lists rejected messages with reason and raw body, newest first, page by page', async () => {
    const { journal, close } = open();
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
    close();
  });

  describe('settling', () => {
    const part = (index: number, count: number) => ({ parts: { index, count } });

    it('counts each entry once, by its first verdict', async () => {
      const { journal, close } = open();
      const [a = '', b = '', c = ''] = await Promise.all(
        ['a', 'b', 'c'].map((text) => journal.append(message(text))),
      );
      await journal.append(message('d'));
      journal.settle(a, 'stored');
      journal.settle(a, 'rejected', { reasonKey: 'x.y' });
      journal.settle(b, 'dropped', { reasonKey: 'lorawan.event.join' });
      journal.settle(c, 'rejected', { reasonKey: 'x.y' });
      await nextTurn();
      journal.settle(c, 'stored');
      assert.deepEqual(journal.counts(), {
        stored: 1,
        dropped: 1,
        rejected: 1,
        lost: 0,
        inFlow: 1,
        queued: 0,
        unaccounted: 0,
      });
      assert.equal(journal.read(a)?.state, 'stored');
      assert.equal(journal.read(b)?.reasonKey, 'lorawan.event.join');
      close();
    });

    it('waits for all parts, in any order, and is as bad as the worst of them', async () => {
      const { journal, close } = open();
      const id = await journal.append(message('three samples'));
      journal.settle(id, 'stored', part(2, 3));
      journal.settle(id, 'stored', part(2, 3));
      journal.settle(id, 'rejected', { reasonKey: 'x.y', ...part(0, 3) });
      assert.equal(journal.read(id)?.state, 'inFlow');
      journal.settle(id, 'stored', part(1, 3));
      assert.equal(journal.read(id)?.state, 'rejected');
      assert.equal(journal.read(id)?.reasonKey, 'x.y');
      close();
    });

    const results: [JournalResult, JournalResult, JournalResult][] = [
      ['dropped', 'stored', 'stored'],
      ['dropped', 'dropped', 'dropped'],
      ['rejected', 'dropped', 'rejected'],
    ];
    for (const [a, b, whole] of results) {
      it(`a part ${a} and a part ${b} make the message ${whole}`, async () => {
        const { journal, close } = open();
        const id = await journal.append(message('two'));
        journal.settle(id, a, part(0, 2));
        journal.settle(id, b, part(1, 2));
        assert.equal(journal.read(id)?.state, whole);
        close();
      });
    }
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
});
