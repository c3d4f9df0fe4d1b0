import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ConnectionError } from '../../../nodes/observation/errors.ts';
import { problemsIn } from '../../../nodes/observation/problems.ts';
import { openDataFolder } from '../../../nodes/persistence/data-folder.ts';
import { Database } from '../../../nodes/timeseries/open-database.ts';
import { refill } from '../../../nodes/timeseries/refill.ts';
import { type Point, PointsRefusedError, type Store } from '../../../nodes/timeseries/store.ts';
import { eventually } from '../../support/eventually.ts';
import { tempFolder } from '../../support/servers.ts';

const BEGIN = Date.UTC(2026, 0, 1);

function point(number: number): Point {
  return { measurement: 'ski_trail', tags: { device: 'a' }, fields: { t: number }, time: BEGIN + number };
}

describe('refilling a store that lost its data', () => {
  it('brings back from the log what a damaged file had, and tells people', async () => {
    const path = await tempFolder();
    const open = () => {
      const folder = openDataFolder(path);
      return { folder, database: new Database({ target: { kind: 'embedded' }, folder, id: 'test' }) };
    };
    const first = open();
    for (let number = 0; number < 3000; number++) first.database.save([point(number)], { sandbox: false });
    await first.database.flush();
    await first.database.close();
    first.folder.release();
    writeFileSync(join(path, 'measurements.db'), 'what used to be here');

    const second = open();
    second.database.save([point(3000)], { sandbox: false });
    await eventually(async () => {
      const rows = await second.database.store(false).query({ measurement: 'ski_trail', fields: ['t'] });
      assert.deepEqual(
        rows.map(({ values }) => values.t),
        Array.from({ length: 3001 }, (_, number) => number),
      );
    });
    const [problem] = problemsIn(path).list();
    assert.deepEqual([problem?.id, problem?.key], ['timeseries.file', 'timeseries.error.salvaged']);
    await eventually(() => assert.ok(!readdirSync(path).some((name) => name.includes('.to-salvage-'))));
    assert.ok(readdirSync(path).some((name) => /^measurements\.db\.damaged-\d{8}T\d{6}Z$/.test(name)));
    await second.database.close();
    second.folder.release();
    await rm(path, { recursive: true });
  });

  const outbox = (count: number) => ({
    *history() {
      for (let number = 0; number < count; number++) yield [point(number)];
    },
  });

  it('waits for a store that is away, and passes over what the store refuses', async () => {
    const written: number[] = [];
    let attempts = 0;
    const store = {
      async write(points: readonly Point[]) {
        if (++attempts === 2) throw new ConnectionError({ key: 'timeseries.error.disk_full' });
        written.push(points.length);
        if (attempts === 3) throw new PointsRefusedError([{ point: point(1), reason: 'too old' }]);
      },
    };
    await refill(store as unknown as Store, [outbox(5000), outbox(1)], new AbortController().signal, 1);
    assert.deepEqual(written, [2000, 2000, 1000, 1]);
  });

  it('ends when it is told to', async () => {
    const controller = new AbortController();
    const store = {
      async write() {
        controller.abort();
        throw new ConnectionError({ key: 'timeseries.error.disk_full' });
      },
    };
    await assert.rejects(refill(store as unknown as Store, [outbox(1)], controller.signal), /abort/i);
  });
});
