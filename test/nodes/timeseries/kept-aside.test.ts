import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { type DataFolder, openDataFolder } from '../../../nodes/persistence/data-folder.ts';
import { type AsideSource, DeadLetterShelf, wordsOf } from '../../../nodes/timeseries/kept-aside.ts';
import { Database } from '../../../nodes/timeseries/open-database.ts';
import { POINT_FORMAT } from '../../../nodes/timeseries/point-format.ts';
import type { Point } from '../../../nodes/timeseries/store.ts';
import { tempFolder } from '../../support/servers.ts';

const START = 1_768_435_200_000;

function point(index: number, fields: Point['fields'], tags: Point['tags'] = { device: 'a' }): Point {
  return { measurement: 'ski_trail', tags, fields, time: START + index };
}

describe('DeadLetterShelf', () => {
  let path: string;
  let folder: DataFolder;
  let database: Database;
  let shelf: DeadLetterShelf;
  const open = (limits: Record<string, number> = {}) => {
    database = new Database({ target: { kind: 'embedded' }, folder, id: 'test', tags: { limits } });
    shelf = new DeadLetterShelf(
      () => database.asideSources(),
      (device) => (device === 'a' ? 'Start' : undefined),
    );
  };
  beforeEach(async () => {
    path = await tempFolder();
    folder = openDataFolder(path);
    open();
  });
  afterEach(async () => {
    await database.close();
    folder.release();
    await rm(path, { recursive: true });
  });

  const save = (...points: Point[]) => database.save(points, { sandbox: false });
  const stored = async () => {
    await database.flush();
    const query = { measurement: 'ski_trail', fields: ['air_temperature'] };
    return (await database.store(false).query(query)).map(({ tags, values }) => [
      tags.site,
      values.air_temperature,
    ]);
  };
  const shown = () =>
    shelf
      .groups()
      .map(({ problem: { key, parameters, device }, count }) => [
        key.split('.').at(-1),
        parameters?.field ?? parameters?.tag,
        device,
        count,
      ]);

  it('groups what was put aside for the same reason of the same device, newest first', () => {
    save(point(1, { air_temperature: 'warm', relative_humidity: 'wet' }));
    save(point(2, { air_temperature: 'hot' }), point(3, { air_temperature: 'hot' }, { device: 'b' }));
    assert.deepEqual(shown(), [
      ['expects_number', 'air_temperature', 'b', 1],
      ['expects_number', 'air_temperature', 'a', 2],
      ['expects_number', 'relative_humidity', 'a', 1],
    ]);
    assert.equal(shelf.groups()[1]?.problem.parameters?.value, 'hot', 'the newest value is the example');
    assert.equal(shelf.count, 4);
  });

  it("shows a database's own words", () => {
    folder.outbox('database:test', POINT_FORMAT).bury([point(1, { t: 1 })], 'beyond retention policy');
    assert.deepEqual(shelf.groups()[0]?.problem, {
      key: 'timeseries.error.point',
      parameters: { reason: 'beyond retention policy' },
      device: 'a',
    });
  });

  it('throws one group away and leaves the others', () => {
    save(
      point(1, { air_temperature: 'warm', relative_humidity: 'wet' }),
      point(2, { air_temperature: 'hot' }),
    );
    const [group] = shelf.groups();
    assert.equal(shelf.discard(group?.key ?? ''), 2);
    assert.deepEqual(shown(), [['expects_number', 'relative_humidity', 'a', 1]]);
    assert.equal(shelf.discard('gone meanwhile'), 0);
    assert.equal(shelf.count, 1);
  });

  it('leaves what would be refused as before where it is', async () => {
    save(point(1, { air_temperature: 'warm' }));
    assert.equal(await shelf.retry(shelf.groups()[0]?.key ?? ''), 0);
    assert.equal(shelf.count, 1);
    assert.deepEqual(await stored(), []);
  });

  it('stores what is right meanwhile: a limit that was raised', async () => {
    await database.close();
    open({ device: 1 });
    save(point(1, { air_temperature: 1 }), point(2, { air_temperature: 2 }, { device: 'c' }));
    assert.deepEqual(shown(), [['tag_many', 'device', 'c', 1]]);
    await database.close();
    open();
    assert.equal(await shelf.retry(shelf.groups()[0]?.key ?? ''), 1);
    assert.equal(shelf.count, 0);
    assert.deepEqual(await stored(), [
      [undefined, 1],
      [undefined, 2],
    ]);
  });

  it('puts readings with a bad place where the device is now', async () => {
    save(point(1, { air_temperature: 1 }, { device: 'a', site: '2026-01-15 12:00' }));
    save(point(2, { air_temperature: 2 }, { device: 'moved', site: '2026-01-15 12:01' }));
    for (const { key } of shelf.groups()) assert.equal(await shelf.retry(key), 1);
    assert.deepEqual(await stored(), [
      ['Start', 1],
      [undefined, 2],
    ]);
  });

  it('parts what goes from what stays wrong', async () => {
    const bad = { device: 'a', site: '2026-01-15 12:00' };
    save(point(1, { air_temperature: 1, relative_humidity: 'wet' }, bad));
    assert.equal(await shelf.retry(shelf.groups()[0]?.key ?? ''), 1);
    assert.deepEqual(shown(), [['expects_number', 'relative_humidity', 'a', 1]]);
    assert.deepEqual(await stored(), [['Start', 1]]);
  });

  it('asks the sources anew, and keeps groups of several outboxes apart', () => {
    const letters = (id: number) => ({
      deadLetters: () => [
        {
          id,
          item: [point(id, { t: 1 })],
          reason: wordsOf({ key: 'timeseries.guard.unit' }),
          time: new Date(START + id).toISOString(),
        },
      ],
      deadLetterCount: 1,
      discard: () => undefined,
    });
    const sources: AsideSource[] = [];
    const both = new DeadLetterShelf(
      () => sources,
      () => undefined,
    );
    assert.equal(both.count, 0);
    for (const id of [1, 2]) sources.push({ name: `database:${id}`, outbox: letters(id), again: () => true });
    assert.deepEqual(
      both.groups().map(({ time }) => Date.parse(time) - START),
      [2, 1],
    );
  });
});
