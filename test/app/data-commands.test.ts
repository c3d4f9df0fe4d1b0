import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parquetReadObjects } from 'hyparquet';
import { loadSecrets } from '../../app/secrets.ts';
import { findUser } from '../../app/users.ts';
import { openRegistry } from '../../nodes/devices/registry.ts';
import { openStore } from '../../nodes/timeseries/database-settings.ts';
import { byflyt } from './support.ts';

const APP_KEY = '0123456789abcdef0123456789abcdef';

describe('byflyt with a data folder', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'byflyt-data-'));
    loadSecrets(folder);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const run = (...args: string[]): ReturnType<typeof byflyt> => byflyt([...args, '--data', folder]);

  it('says so when there is no Byflyt in the folder, and makes nothing there', async () => {
    const { status, errors } = await byflyt(['devices', 'list', '--data', join(folder, 'nowhere')]);
    assert.equal(status, 1);
    assert.ok(errors.includes(join(folder, 'nowhere')));
    assert.throws(() => statSync(join(folder, 'nowhere')));
  });

  it('exports and imports devices, with keys only if asked for', async () => {
    const registry = openRegistry(folder, loadSecrets(folder).credentialSecret);
    registry.save(
      {
        id: 'bin-1',
        name: 'Torget',
        area: 'waste',
        devEui: '70b3d57ed0000001',
        model: 'milesight-em310-udl',
      },
      { appKey: APP_KEY },
    );
    const plain = await run('devices', 'export');
    assert.equal(plain.status, 0);
    assert.ok(plain.output.includes('bin-1') && !plain.output.toLowerCase().includes(APP_KEY));

    const file = join(folder, 'devices.csv');
    await run('devices', 'export', '--with-keys', '--out', file);
    assert.ok(readFileSync(file, 'utf8').toLowerCase().includes(APP_KEY));
    assert.equal(statSync(file).mode & 0o777, 0o600);

    registry.remove('bin-1');
    const imported = await run('devices', 'import', file);
    assert.deepEqual(JSON.parse(imported.output), { added: 1, updated: 0, wrong: 0 });
    const listed = await run('devices', 'list');
    assert.equal(JSON.parse(listed.output).devEui, '70b3d57ed0000001');
    assert.ok(!listed.output.includes(APP_KEY));
  });

  it('imports devices into a folder that was never started, if the folder was named', async () => {
    const [file, fresh] = [join(folder, 'devices.csv'), join(folder, 'fresh')];
    writeFileSync(file, 'id;name;area;devEui;model\na;A;waste;70b3d57ed0000001;milesight-em310-udl\n');
    const imported = await byflyt(['devices', 'import', file, '--data', fresh]);
    assert.equal(imported.status, 0, imported.errors);
    const listed = await byflyt(['devices', 'list', '--data', fresh]);
    assert.equal(JSON.parse(listed.output).id, 'a');
    assert.equal(statSync(fresh).mode & 0o777, 0o700);
  });

  it('imports nothing if a row is wrong, unless asked', async () => {
    const file = join(folder, 'devices.csv');
    const header = 'id;name;area;devEui;model';
    const right = 'a;A;waste;70b3d57ed0000001;milesight-em310-udl';
    writeFileSync(file, `${header}\n${right}\nb;B;waste;70b3;milesight-em310-udl\n`);
    const refused = await run('devices', 'import', file);
    assert.equal(refused.status, 1);
    assert.match(refused.errors, /3/);
    assert.equal((await run('devices', 'list')).output, '');
    const partly = await run('devices', 'import', file, '--skip-invalid');
    assert.equal(partly.status, 1);
    assert.equal((await run('devices', 'list')).lines.length, 1);
  });

  it('knows the folder of the nodes in somebody’s own Node-RED, and its generated secret', async () => {
    const own = join(folder, 'byflyt');
    mkdirSync(own);
    writeFileSync(join(folder, '.config.runtime.json'), JSON.stringify({ _credentialSecret: 'generated' }));
    writeFileSync(
      join(folder, 'flows_town.json'),
      JSON.stringify([{ type: 'byflyt-open-data', slug: 'bins' }]),
    );
    const device = { id: 'bin-1', name: 'Torget', area: 'waste', model: 'milesight-em310-udl' } as const;
    openRegistry(own, 'generated').save(device, { appKey: APP_KEY });
    const { status, output } = await byflyt(['devices', 'export', '--with-keys', '--data', own]);
    assert.equal(status, 0);
    assert.ok(output.toLowerCase().includes(APP_KEY));
    assert.match((await byflyt(['export', 'nothing', '--data', own])).errors, /bins/);
    const reset = await byflyt(['user', 'reset', '--data', own]);
    assert.equal(reset.status, 1);
    assert.match(reset.errors, /user reset/);
    for (const file of ['secrets.json', 'users.json']) assert.throws(() => statSync(join(own, file)));
  });

  it('gives a user a new password, shown once and kept as a hash', async () => {
    const first = await run('user', 'reset');
    const second = await run('user', 'reset');
    assert.equal(second.status, 0);
    assert.notEqual(first.output, second.output);
    const [, password = ''] = /: (\S+)/.exec(second.output) ?? [];
    assert.ok(password.length >= 16);
    assert.ok(!readFileSync(join(folder, 'users.json'), 'utf8').includes(password));
    assert.equal(findUser(folder, 'admin')?.permissions, '*');
  });

  describe('exports', () => {
    const time = Date.UTC(2026, 0, 10, 12);

    beforeEach(async () => {
      const registry = openRegistry(folder, loadSecrets(folder).credentialSecret);
      registry.save({
        id: 'ski-1',
        name: 'Start',
        site: 'Start',
        area: 'ski_trail',
        model: 'ski-trail-lht65n',
        publication: 'open',
      });
      const store = openStore({ kind: 'embedded' }, folder, false);
      await store.write(
        [0, 1, 2].map((hour) => ({
          measurement: 'ski_trail',
          tags: { device: 'ski-1', site: 'Start' },
          fields: { snow_temperature: -5 - hour, snow_temperature_qc: 1 },
          time: time + hour * 3_600_000,
        })),
      );
      await store.close();
      mkdirSync(join(folder, 'node-red'));
      const dataset = {
        id: '1',
        type: 'byflyt-open-data',
        slug: 'ski-trail',
        titleEn: 'Ski trail',
        descriptionEn: 'Snow',
        area: 'ski_trail',
        quantities: ['snow_temperature'],
        licence: 'CC0',
        theme: 'ENVI',
        updateMinutes: 20,
      };
      writeFileSync(join(folder, 'node-red/flows.json'), JSON.stringify([dataset]));
    });

    it('a dataset as the public sees it', async () => {
      const { status, output } = await run('export', 'ski-trail');
      assert.equal(status, 0);
      assert.match(output, /2026-01-10T12:00:00.000Z,Start,-5\b/);
      assert.ok(!output.includes('ski-1'));
      const { errors } = await run('export', 'sky-trail');
      assert.match(errors, /ski-trail/);
    });

    it('nothing of a dataset that the gate blocks, with the reason', async () => {
      const flows = join(folder, 'node-red/flows.json');
      const [dataset] = JSON.parse(readFileSync(flows, 'utf8')) as object[];
      writeFileSync(flows, JSON.stringify([{ ...dataset, sensitive: true }]));
      const { status, errors, output } = await run('export', 'ski-trail');
      assert.deepEqual([status, output], [1, '']);
      assert.match(errors, /A second person must approve this/);
    });

    it('a query of the database, in every format', async () => {
      const query = [
        'export',
        '--query',
        'ski_trail',
        '--fields',
        'snow_temperature',
        '--from',
        '2026-01-10T13:00:00Z',
      ];
      const csv = await run(...query);
      assert.equal(csv.lines.length, 3);
      assert.ok(csv.lines[1]?.includes('ski-1'));
      const rows = JSON.parse((await run(...query, '--format', 'json')).output) as {
        snow_temperature: number;
      }[];
      assert.deepEqual(
        rows.map((row) => row.snow_temperature),
        [-6, -7],
      );
      const file = join(folder, 'out.parquet');
      await run(...query, '--format', 'parquet', '--out', file);
      const bytes = readFileSync(file);
      const table = await parquetReadObjects({
        file: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer,
      });
      assert.deepEqual(
        table.map((row) => row.snow_temperature),
        [-6, -7],
      );
    });

    it('values of time buckets', async () => {
      const query = ['export', '--query', 'ski_trail', '--fields', 'snow_temperature', '--format', 'json'];
      const { output } = await run(
        ...query,
        '--from',
        '2026-01-10',
        '--to',
        '2026-01-11',
        '--every',
        '1d',
        '--aggregate',
        'min',
      );
      assert.deepEqual(
        (JSON.parse(output) as { snow_temperature: number }[]).map((row) => row.snow_temperature),
        [-7],
      );
    });

    for (const wrong of [
      ['--format', 'xml'],
      ['--from', 'yesterday'],
      ['--every', 'hourly'],
    ]) {
      it(`not with ${wrong.join(' ')}`, async () => {
        const { status, errors } = await run(
          'export',
          '--query',
          'ski_trail',
          '--fields',
          'snow_temperature',
          ...wrong,
        );
        assert.equal(status, 1);
        assert.ok(errors.includes(wrong[0] ?? '') && errors.includes(wrong[1] ?? ''), errors);
      });
    }
  });
});
