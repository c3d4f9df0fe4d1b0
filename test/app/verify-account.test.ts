import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { loadSecrets } from '../../app/secrets.ts';
import { openDataFolder } from '../../nodes/persistence/data-folder.ts';
import { openStore } from '../../nodes/timeseries/database-settings.ts';
import { outboxName } from '../../nodes/timeseries/outbox-heirs.ts';
import { POINT_FORMAT } from '../../nodes/timeseries/point-format.ts';
import type { Point } from '../../nodes/timeseries/store.ts';
import { tempFolder } from '../support/servers.ts';
import { byflyt } from './support.ts';

const reading = (time: string, device = 'bin-1', measurement = 'waste'): Point => ({
  measurement,
  tags: { device, site: 'Torget' },
  fields: { fill_level: 80 },
  time: Date.parse(time),
});

describe('byflyt account --verify', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await tempFolder();
    loadSecrets(folder);
  });
  afterEach(() => rm(folder, { recursive: true }));

  /** Readings go to the outbox, of which the database confirms all but the last `waiting`. */
  function confirm(
    points: readonly Point[],
    { waiting = 0, sandbox = false, refused = [] as Point[] } = {},
  ): void {
    const files = openDataFolder(folder, { timeZone: 'Europe/Oslo' });
    const outbox = files.outbox(outboxName('database', sandbox), POINT_FORMAT);
    for (const point of points) outbox.append([point]);
    for (const point of refused) outbox.bury([point], 'another type');
    outbox.ack(points.length - waiting);
    files.release();
  }

  async function store(points: readonly Point[], sandbox = false): Promise<void> {
    const database = openStore({ kind: 'embedded' }, folder, sandbox);
    await database.write(points);
    await database.close();
  }

  async function verify(...args: string[]) {
    const { status, lines, errors } = await byflyt([
      'account',
      '--verify',
      '--json',
      '--data',
      folder,
      ...args,
    ]);
    const found = lines.map((line) => JSON.parse(line)).filter(({ kind }) => kind === 'difference');
    return { status, errors, found };
  }

  it('is content when every confirmed reading is there, sent once or twice, of sandbox devices too', async () => {
    const points = [
      reading('2026-01-10T10:00:00Z'),
      reading('2026-01-10T11:00:00Z', 'bin-1', 'device_health'),
      reading('2026-01-10T10:00:00Z'),
    ];
    confirm(points);
    confirm([reading('2026-01-10T10:00:00Z', 'sandbox-bin')], { sandbox: true });
    await store(points);
    await store([reading('2026-01-10T10:00:00Z', 'sandbox-bin')], true);
    assert.deepEqual(await verify(), { status: 0, errors: '', found: [] });
    const { output } = await byflyt(['account', '--verify', '--data', folder]);
    assert.match(output, /every reading/);
  });

  it('names the days of which confirmed readings are missing, by the days of the town', async () => {
    const there = reading('2026-01-10T22:30:00Z');
    confirm([
      there,
      reading('2026-01-10T22:59:00Z'),
      reading('2026-01-10T23:01:00Z'),
      reading('2026-01-10T23:01:00Z', 'bin-2'),
    ]);
    await store([there]);
    const { status, errors, found } = await verify();
    assert.equal(status, 1);
    assert.match(errors, /not in it/);
    const day = { kind: 'difference', area: 'waste', stored: 1, found: 0, missing: 1 };
    assert.deepEqual(found, [
      { ...day, day: '2026-01-10', device: 'bin-1', stored: 2, found: 1 },
      { ...day, day: '2026-01-11', device: 'bin-1' },
      { ...day, day: '2026-01-11', device: 'bin-2' },
    ]);
    assert.equal((await verify('--device', 'bin-2')).found.length, 1);
    assert.equal((await verify('--to', '2026-01-10')).found.length, 1);
    assert.equal((await verify('--area', 'ski_trail')).status, 0);
  });

  it('does not ask for what waits, nor for what the database has refused', async () => {
    const [stored, refused, waits] = [10, 11, 12].map((hour) => reading(`2026-01-10T${hour}:00:00Z`));
    assert.ok(stored && refused && waits);
    confirm([stored, refused, waits], { waiting: 1, refused: [refused] });
    await store([stored]);
    assert.equal((await verify()).status, 0);
  });
});
