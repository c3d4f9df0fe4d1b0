import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LANGUAGES, translate } from '../../../../nodes/observation/messages.ts';
import {
  damagedFiles,
  diskProblems,
  persistenceProblems,
} from '../../../../nodes/operator/status/disk-problems.ts';
import type { Found } from '../../../../nodes/operator/status/watch.ts';
import type { PersistenceStatus } from '../../../../nodes/persistence/data-folder.ts';

const NOW = Date.parse('2026-03-18T14:10:00Z');
const DAY = 86_400_000;

const WELL: PersistenceStatus = {
  journal: { bytes: 10, inFlow: 1, unaccounted: 0, lost: 0, limitBytes: 100, limitDays: 30 },
  outboxes: [],
  disk: { freeBytes: 1e12 },
};

function outbox(changes: Partial<PersistenceStatus['outboxes'][number]>): PersistenceStatus {
  const plain = {
    name: 'database:db1',
    waiting: 3,
    bytes: 1,
    deadLetters: 0,
    limitBytes: 100,
    limitDays: 10,
  };
  return { ...WELL, outboxes: [{ ...plain, ...changes }] };
}

function sentences(found: Iterable<Found>): string[] {
  return [...found].map(([id, { severity, node, key, parameters }]) => {
    for (const language of LANGUAGES) assert.doesNotMatch(translate(language, key, parameters), /__/);
    return `${id} ${severity} ${node ?? ''}: ${translate('en-US', key, parameters)}`;
  });
}

describe('persistenceProblems', () => {
  const found = (status: PersistenceStatus, lost = 0) =>
    sentences(persistenceProblems(status, lost, NOW)).join('\n');

  it('finds nothing where little waits', () => {
    assert.equal(found(WELL), '');
    assert.equal(found(outbox({ bytes: 49, oldest: NOW - 4.9 * DAY })), '');
  });

  it('warns at half of a limit, by size or by age, whichever is nearer', () => {
    const size = found(outbox({ bytes: 50, oldest: NOW - DAY }));
    assert.match(size, /^persistence.outbox\/database:db1 warning db1: 3 readings .* 50 % of the room/);
    const age = found(outbox({ bytes: 60, oldest: NOW - 7 * DAY }));
    assert.match(age, /warning db1: 3 readings .* 70 % of the 10 days/);
    assert.match(found(outbox({ bytes: 96 })), /failure/);
  });

  it('names the node of a sandbox outbox too, and what was put aside', () => {
    const kept = found(outbox({ name: 'database:db1:sandbox', deadLetters: 2, waiting: 0 }));
    assert.match(kept, /^persistence.dead_letters\/database:db1:sandbox warning db1: .*kept aside: 2\./);
  });

  it('does not speak of readings and a database where something waits for another system', () => {
    const name = 'ngsi-ld:broker1';
    for (const changes of [
      { bytes: 50 },
      { bytes: 1, oldest: NOW - 7 * DAY },
      { waiting: 0, deadLetters: 2 },
    ]) {
      const words = found(outbox({ name, ...changes }));
      assert.match(words, /ngsi-ld:broker1 warning broker1: .*(another|Another) system/);
      assert.doesNotMatch(words, /reading|database/);
    }
  });

  it('finds messages that were lost, and what went wrong in the background', () => {
    const journal = { ...WELL.journal, lost: 200 };
    const all = found({ ...WELL, journal, problem: { key: 'operator.problem.flows_starting' } }, 2);
    assert.match(all, /persistence.background failure/);
    assert.match(all, /persistence.lost warning : 2 messages of the last seven days had to be removed/);
  });
});

describe('the disk', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'byflyt-disk-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  it('is no problem where there is room', () => {
    const room = { bsize: 4096, blocks: 1e9, bavail: 5e8 };
    assert.deepEqual([...diskProblems(folder, () => room)], []);
    assert.deepEqual([...diskProblems(folder, () => ({ ...room, bavail: 1e6 }))], [], '4 GB of 4 TB');
    assert.deepEqual(
      [...diskProblems(folder, () => ({ ...room, blocks: 5e5, bavail: 1e5 }))],
      [],
      '400 MB of 2 GB',
    );
  });

  it('is nearly full, then full', () => {
    const [warned = ''] = sentences(diskProblems(folder, () => ({ bsize: 4096, blocks: 1e8, bavail: 1e5 })));
    assert.match(warned, /^operator.disk warning : The disk is 99 % full; 409 MB are left/);
    const [failed = ''] = sentences(diskProblems(folder, () => ({ bsize: 4096, blocks: 1e6, bavail: 100 })));
    assert.match(failed, /failure/);
  });

  it('is asked for the real figures', () => {
    assert.ok([...diskProblems(folder)].length <= 1);
  });

  it('has damaged files until somebody takes them away', () => {
    assert.deepEqual([...damagedFiles(folder)], []);
    for (const name of ['', '-wal', '-shm']) {
      writeFileSync(join(folder, `measurements.db.damaged-2026-03-18${name}`), '');
    }
    const [line = '', ...more] = sentences(damagedFiles(folder));
    assert.deepEqual(more, []);
    assert.match(line, /notice : A damaged file was put aside as measurements\.db\.damaged-2026-03-18/);
  });
});
