import assert from 'node:assert/strict';
import { appendFile, chmod, cp, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { prepare } from '../../../app/first-start.ts';
import { loadSecrets } from '../../../app/secrets.ts';
import { createFirstUser, findUser } from '../../../app/users.ts';
import { openRegistry } from '../../../nodes/devices/registry.ts';
import { openDataFolder } from '../../../nodes/persistence/data-folder.ts';
import { openStore } from '../../../nodes/timeseries/database-settings.ts';
import { tempFolder } from '../../support/servers.ts';
import { byflyt } from '../support.ts';

const TIME = Date.UTC(2026, 0, 10, 12);
const APP_KEY = '0123456789abcdef0123456789abcdef';
const DEVICE = {
  id: 'bin-1',
  name: 'Torget',
  area: 'waste',
  devEui: '70b3d57ed0000001',
  model: 'milesight-em310-udl',
} as const;

describe('byflyt backup and restore', () => {
  let folder: string;
  let data: string;
  let backup: string;
  let restored: string;
  beforeEach(async () => {
    folder = await tempFolder();
    [data, backup, restored] = ['data', 'backup', 'restored'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    await fill();
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function fill(): Promise<void> {
    prepare(data, 'en-US');
    await createFirstUser(data);
    openRegistry(data, loadSecrets(data).credentialSecret).save(DEVICE, { appKey: APP_KEY });
    await mkdir(join(data, 'codecs'));
    await writeFile(join(data, 'codecs/own.js'), 'function decodeUplink() { return { data: {} }; }');
    const settings = {
      BYFLYT_TIMEZONE: 'Europe/Oslo',
      BYFLYT_MQTT_URL: 'mqtt://somebody:hidden@broker:1883',
      BYFLYT_MQTT_PASSWORD: 'hidden',
    };
    await writeFile(join(data, 'settings.json'), JSON.stringify(settings));
    await writeFile(join(data, 'node-red/.sessions.json'), '{"token":"hidden"}');
    await mkdir(join(data, 'anomaly'));
    await writeFile(join(data, 'anomaly/learned-1.log'), '1 fill_level=80|bin-1\n');
    await writeFile(join(data, 'node-red/flows_cred.json'), '{"$":"encrypted"}');
    const store = openStore({ kind: 'embedded' }, data, false);
    await store.write([
      {
        measurement: 'waste',
        tags: { device: 'bin-1' },
        fields: { fill_level: 80, fill_level_qc: 1 },
        time: TIME,
      },
    ]);
    await store.close();
    const files = openDataFolder(data);
    for (const body of ['stored', 'open']) {
      const receivedTime = new Date(TIME).toISOString();
      const id = await files.journal.append({
        transport: 'mqtt',
        topic: 't',
        body: Buffer.from(body),
        receivedTime,
      });
      if (body === 'stored')
        files.journal.settle(id, 'stored', { account: { area: 'waste', device: 'bin-1' } });
    }
    files.state.set('alarm bin-1', 'raised');
    files.release();
  }

  const run = (...args: string[]): ReturnType<typeof byflyt> => byflyt(args);

  it('brings everything to a new folder, for its owner only', async () => {
    const made = await run('backup', backup, '--data', data);
    assert.equal(made.status, 0, made.errors);
    assert.match(
      made.output,
      /devices: 1, users: 1, nodes in flows: \d+, .*codecs: 1, messages received: 2, values measured: 2/,
    );
    assert.match(made.output, /keys, passwords/);
    const manifest = JSON.parse(await readFile(join(backup, 'manifest.json'), 'utf8'));
    assert.deepEqual(manifest.counts.values, { waste: 2 });
    for (const path of Object.keys(manifest.files)) {
      assert.equal((await stat(join(backup, path))).mode & 0o077, 0, path);
    }
    for (const path of ['node-red/.sessions.json', 'anomaly/learned-1.log']) {
      assert.ok(!(path in manifest.files), path);
    }

    const { status, errors, output } = await run('restore', backup, '--data', restored);
    assert.equal(status, 0, errors);
    assert.match(output, /devices: 1, users: 1/);
    assert.deepEqual(findUser(restored, 'admin'), findUser(data, 'admin'));
    const { credentialSecret } = loadSecrets(restored);
    const registry = openRegistry(restored, credentialSecret);
    assert.deepEqual(registry.get('bin-1'), DEVICE);
    assert.deepEqual(registry.keys('bin-1'), { appKey: APP_KEY });
    for (const path of [
      'node-red/flows.json',
      'node-red/flows_cred.json',
      'codecs/own.js',
      'settings.json',
    ]) {
      assert.deepEqual(await readFile(join(restored, path)), await readFile(join(data, path)), path);
    }
    const store = openStore({ kind: 'embedded' }, restored, false);
    assert.equal(
      (await store.query({ measurement: 'waste', fields: ['fill_level'] }))[0]?.values.fill_level,
      80,
    );
    await store.close();
    const files = openDataFolder(restored);
    assert.deepEqual(
      [...files.journal.unfinished()].map(({ body }) => String(body)),
      ['open'],
    );
    assert.equal(files.state.get('alarm bin-1'), 'raised');
    files.release();
    assert.deepEqual(
      (await readdir(restored)).filter((name) => name.startsWith('.')),
      [],
    );
    assert.equal((await stat(restored)).mode & 0o777, 0o700);
  });

  it('leaves keys and passwords out if asked to, wherever they are', async () => {
    const made = await run('backup', backup, '--without-keys', '--data', data);
    assert.equal(made.status, 0, made.errors);
    const secrets = [loadSecrets(data).credentialSecret, 'hidden', 'encrypted', APP_KEY, '$2'];
    const { files } = JSON.parse(await readFile(join(backup, 'manifest.json'), 'utf8'));
    for (const path of Object.keys(files)) {
      const content = await readFile(join(backup, path), 'latin1');
      for (const secret of secrets.slice(0, path.endsWith('.json') ? undefined : -1)) {
        assert.ok(!content.includes(secret), `${secret} in ${path}`);
      }
    }
    const settings = JSON.parse(await readFile(join(backup, 'settings.json'), 'utf8'));
    assert.deepEqual(settings, { BYFLYT_TIMEZONE: 'Europe/Oslo', BYFLYT_MQTT_URL: 'mqtt://broker:1883' });
    const { status, output } = await run('restore', backup, '--data', restored);
    assert.equal(status, 0);
    assert.match(output, /without keys/);
    assert.deepEqual(openRegistry(restored, '').get('bin-1'), DEVICE);
  });

  it('restores nothing of a backup that is damaged, incomplete or of a newer Byflyt', async () => {
    await run('backup', backup, '--data', data);
    const manifest = await readFile(join(backup, 'manifest.json'), 'utf8');
    const writeManifest = (copy: string, text: string) => writeFile(join(copy, 'manifest.json'), text);
    const spoil: Record<string, (copy: string) => Promise<void>> = {
      'codecs/own.js': (copy) => appendFile(join(copy, 'codecs/own.js'), ' '),
      'devices.json': (copy) => rm(join(copy, 'devices.json')),
      '../outside': (copy) => writeManifest(copy, manifest.replace('"codecs/own.js"', '"../outside"')),
      newer: (copy) => writeManifest(copy, manifest.replace('"version": 1', '"version": 2')),
      'manifest.json': (copy) => rm(join(copy, 'manifest.json')),
    };
    for (const [named, work] of Object.entries(spoil)) {
      const copy = join(folder, 'copy');
      await cp(backup, copy, { recursive: true });
      await work(copy);
      const { status, errors } = await run('restore', copy, '--data', restored);
      assert.equal(status, 1);
      assert.ok(errors.includes(named) && errors.includes(copy), errors);
      assert.deepEqual(await readdir(restored).catch(() => []), []);
      await rm(copy, { recursive: true });
    }
  });

  it('writes over nothing, and not into the folder that it copies', async () => {
    const refused = async (args: string[], reason: string) => {
      const { status, errors } = await run(...args, '--data', data);
      assert.equal(status, 1);
      assert.ok(errors.includes(reason), errors);
    };
    for (const inside of ['backup', '..backup', '.']) {
      await refused(['backup', join(data, inside)], 'inside the data folder');
    }
    await run('backup', backup, '--data', data);
    await refused(['backup', backup], `${backup} is not empty`);
    await chmod(data, 0o755);
    await refused(['restore', backup], `${data} is not empty`);
    assert.equal((await stat(data)).mode & 0o777, 0o755);
    assert.ok(findUser(data, 'admin'));
  });

  it('says so where there is no Byflyt', async () => {
    const { status, errors } = await run('backup', backup, '--data', join(folder, 'nowhere'));
    assert.equal(status, 1);
    assert.ok(errors.includes('nowhere'));
    await assert.rejects(stat(backup));
  });
});
