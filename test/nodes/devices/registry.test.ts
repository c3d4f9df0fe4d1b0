import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openRegistry } from '../../../nodes/devices/registry.ts';
import { ConfigurationError } from '../../../nodes/observation/errors.ts';
import { eventually } from '../../support/eventually.ts';
import { device, newFolder, removeFolders, SECRET } from './folder.ts';

const keys = { appKey: '2b7e151628aed2a6abf7158809cf4f3c' };
const failsWith = (key: string) => (error: unknown) =>
  error instanceof ConfigurationError && error.key === key;

/** Another process, such as the command line, saves a device. */
function saveElsewhere(folder: string, saved: object): void {
  const module = new URL('../../../nodes/devices/registry.ts', import.meta.url).href;
  const script = `const { openRegistry } = await import(${JSON.stringify(module)});
    openRegistry(${JSON.stringify(folder)}, ${JSON.stringify(SECRET)}).save(${JSON.stringify(saved)});`;
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
}

describe('device registry', () => {
  after(removeFolders);

  it('is empty in a new folder and writes nothing by itself', () => {
    const folder = newFolder();
    assert.deepEqual(openRegistry(folder, SECRET).list(), []);
    assert.deepEqual(readdirSync(folder), []);
  });

  it('is the same for all in this process', () => {
    const folder = newFolder();
    assert.equal(openRegistry(folder, SECRET), openRegistry(join(folder, '.'), SECRET));
  });

  it('finds devices by id, DevEUI and DevAddr, and lists them by name', () => {
    const registry = openRegistry(newFolder(), SECRET);
    const bin = device({ devEui: 'a84041000181273e', devAddr: '260b1234' });
    const other = device({ id: 'aas', name: 'Ås', devAddr: '260b1234' });
    const first = device({ id: 'first', name: 'Another bin' });
    registry.saveAll([{ device: bin }, { device: other }, { device: first }]);
    assert.deepEqual(
      registry.list().map(({ name }) => name),
      ['Another bin', 'Bin 7', 'Ås'],
    );
    assert.deepEqual(registry.get('bin-7'), bin);
    assert.deepEqual(registry.byDevEui('a84041000181273e'), bin);
    assert.deepEqual(registry.byDevAddr('260b1234'), [bin, other]);
    assert.equal(registry.byDevEui('0000000000000000'), undefined);
    assert.deepEqual(registry.byDevAddr('00000000'), []);
  });

  it('keeps a change on disk and leaves no temporary files', () => {
    const folder = newFolder();
    openRegistry(folder, SECRET).save(device(), keys);
    assert.deepEqual(openRegistry(folder, 'another instance').list(), [device()]);
    assert.deepEqual(readdirSync(folder).sort(), ['devices.json', 'devices.keys.json']);
    assert.equal(statSync(join(folder, 'devices.keys.json')).mode & 0o777, 0o600);
  });

  it('removes a device with its keys', () => {
    const registry = openRegistry(newFolder(), SECRET);
    registry.save(device({ devEui: 'a84041000181273e' }), keys);
    assert.equal(registry.remove('bin-7'), true);
    assert.equal(registry.remove('bin-7'), false);
    assert.equal(registry.get('bin-7'), undefined);
    assert.equal(registry.byDevEui('a84041000181273e'), undefined);
    registry.save(device());
    assert.equal(registry.keys('bin-7'), undefined);
  });

  it('refuses a DevEUI that another device has, and saves nothing then', () => {
    const registry = openRegistry(newFolder(), SECRET);
    registry.save(device({ devEui: 'a84041000181273e' }));
    const twin = device({ id: 'twin', name: 'Twin', devEui: 'a84041000181273e' });
    const fine = device({ id: 'fine', name: 'Fine' });
    assert.throws(
      () => registry.saveAll([{ device: fine }, { device: twin }]),
      failsWith('devices.error.devEuiTaken'),
    );
    assert.deepEqual(registry.list(), [device({ devEui: 'a84041000181273e' })]);
  });

  it('refuses a device that could not be read back', () => {
    const registry = openRegistry(newFolder(), SECRET);
    assert.throws(
      () => registry.save(device({ devEui: 'A84041' })),
      failsWith('devices.error.deviceIncomplete'),
    );
  });

  it('tells of changes until asked to stop', () => {
    const registry = openRegistry(newFolder(), SECRET);
    let changes = 0;
    const stop = registry.onChange(() => changes++);
    registry.save(device());
    registry.remove('bin-7');
    stop();
    registry.save(device());
    assert.equal(changes, 2);
  });

  it('notices what another process saved, and keeps it when it saves itself', async () => {
    const folder = newFolder();
    const registry = openRegistry(folder, SECRET);
    registry.save(device());
    const elsewhere = device({ id: 'elsewhere', name: 'Elsewhere', devEui: 'a84041000181273e' });
    saveElsewhere(folder, elsewhere);
    registry.save(device({ id: 'mine', name: 'Mine' }));
    assert.deepEqual(
      registry.list().map(({ id }) => id),
      ['bin-7', 'elsewhere', 'mine'],
    );
    saveElsewhere(folder, device({ name: 'Renamed' }));
    await sleep(600);
    assert.equal(registry.get('bin-7')?.name, 'Renamed');
  });
});

describe('a device that was imported a moment ago', () => {
  after(removeFolders);

  it('is found at once', () => {
    const folder = newFolder();
    const registry = openRegistry(folder, SECRET);
    registry.save(device());
    const imported = device({ id: 'new', name: 'New', devEui: 'a84041000181273e', devAddr: '260b1f01' });
    saveElsewhere(folder, imported);
    assert.equal(registry.byDevEui('a84041000181273e')?.id, 'new');
    saveElsewhere(folder, { ...imported, devAddr: '260b1f02' });
    assert.equal(registry.byDevAddr('260b1f02').length, 1);
  });
});

describe('damaged device file', () => {
  after(removeFolders);

  for (const [kind, content] of [
    ['cut short', '{"version":1,"devices":[{"id":"bin-7","na'],
    ['something else', '{"flows":[]}'],
    ['without a name', '{"version":1,"devices":[{"id":"bin-7","area":"waste","model":"x"}]}'],
  ] as const) {
    it(`${kind}: is reported, refused and left as it is`, () => {
      const folder = newFolder();
      const path = join(folder, 'devices.json');
      writeFileSync(path, content);
      const registry = openRegistry(folder, SECRET);
      assert.match(registry.problem()?.key ?? '', /^devices\.error\.file(Entry)?Damaged$/);
      assert.throws(() => registry.byDevEui('a84041000181273e'), ConfigurationError);
      assert.throws(() => registry.save(device()), ConfigurationError);
      assert.equal(readFileSync(path, 'utf8'), content);
    });
  }

  it('answers with what it knew when the file is damaged later, and recovers', async () => {
    const folder = newFolder();
    const path = join(folder, 'devices.json');
    const registry = openRegistry(folder, SECRET);
    registry.save(device());
    const good = readFileSync(path, 'utf8');
    writeFileSync(path, good.slice(0, -20));
    assert.ok(registry.problem());
    assert.deepEqual(registry.list(), [device()]);
    assert.throws(() => registry.save(device()), failsWith('devices.error.fileDamaged'));
    writeFileSync(path, good);
    assert.equal(registry.problem(), undefined);
    registry.save(device({ name: 'Works again' }));
  });

  it('reports a file that cannot be read', () => {
    const folder = newFolder();
    mkdirSync(join(folder, 'devices.json'));
    assert.equal(openRegistry(folder, SECRET).problem()?.key, 'devices.error.fileUnreadable');
  });
});

describe('device keys', () => {
  after(removeFolders);

  it('come back, and are nowhere on disk in plain text', () => {
    const folder = newFolder();
    openRegistry(folder, SECRET).save(device(), keys);
    assert.deepEqual(openRegistry(folder, SECRET).keys('bin-7'), keys);
    assert.deepEqual(openRegistry(folder, SECRET).keyNames('bin-7'), ['appKey']);
    for (const file of readdirSync(folder)) {
      assert.ok(!readFileSync(join(folder, file), 'utf8').toLowerCase().includes(keys.appKey), file);
    }
  });

  it('stay when a device is saved without keys, and go with empty ones', () => {
    const registry = openRegistry(newFolder(), SECRET);
    registry.save(device(), keys);
    registry.save(device({ name: 'Renamed' }));
    assert.deepEqual(registry.keys('bin-7'), keys);
    registry.save(device(), {});
    assert.equal(registry.keys('bin-7'), undefined);
  });

  it('use a new nonce for each entry, also for the same key', () => {
    const folder = newFolder();
    const registry = openRegistry(folder, SECRET);
    registry.saveAll([1, 2, 3].map((n) => ({ device: device({ id: `bin-${n}`, name: `Bin ${n}` }), keys })));
    const file = JSON.parse(readFileSync(join(folder, 'devices.keys.json'), 'utf8'));
    const sealed: { nonce: string; text: string }[] = Object.values(file.keys);
    assert.equal(new Set(sealed.map(({ nonce }) => nonce)).size, 3);
    assert.equal(new Set(sealed.map(({ text }) => text)).size, 3);
  });

  it('cannot be read or replaced with another secret, which is said clearly', () => {
    const folder = newFolder();
    openRegistry(folder, SECRET).save(device(), keys);
    const before = readFileSync(join(folder, 'devices.keys.json'), 'utf8');
    const stranger = openRegistry(folder, 'another secret');
    assert.throws(() => stranger.keys('bin-7'), failsWith('devices.error.wrongSecret'));
    assert.throws(() => stranger.save(device(), keys), failsWith('devices.error.wrongSecret'));
    assert.equal(readFileSync(join(folder, 'devices.keys.json'), 'utf8'), before);
    assert.deepEqual(stranger.get('bin-7'), device(), 'the device itself needs no secret');
  });

  it('of one device do not work for another', () => {
    const folder = newFolder();
    const path = join(folder, 'devices.keys.json');
    openRegistry(folder, SECRET).save(device(), keys);
    const file = JSON.parse(readFileSync(path, 'utf8'));
    file.keys.thief = file.keys['bin-7'];
    writeFileSync(path, JSON.stringify(file));
    assert.throws(() => openRegistry(folder, SECRET).keys('thief'), failsWith('devices.error.keysDamaged'));
    assert.deepEqual(openRegistry(folder, SECRET).keys('bin-7'), keys);
  });

  it('cannot be stored without a secret', () => {
    const folder = newFolder();
    const registry = openRegistry(folder, '');
    assert.throws(() => registry.save(device(), keys), failsWith('devices.error.noSecret'));
    assert.ok(!existsSync(join(folder, 'devices.json')));
    registry.save(device());
  });
});

describe('unknown devices', () => {
  after(removeFolders);
  const sighting = { devEui: 'a84041000181273e', network: 'chirpstack', payloadHex: '01', fPort: 2 };

  it('are counted, newest first, with first and last time', () => {
    const { unknown } = openRegistry(newFolder(), SECRET);
    unknown.seen({ ...sighting, time: '2026-03-18T10:00:00Z' });
    unknown.seen({ ...sighting, devEui: 'a840410001812740', time: '2026-03-18T10:01:00Z' });
    unknown.seen({ ...sighting, payloadHex: '02', time: '2026-03-18T10:20:00Z' });
    const [newest, other] = unknown.list();
    assert.deepEqual(newest, {
      ...sighting,
      payloadHex: '02',
      firstSeen: '2026-03-18T10:00:00Z',
      lastSeen: '2026-03-18T10:20:00Z',
      count: 2,
    });
    assert.equal(other?.devEui, 'a840410001812740');
  });

  it('survive a restart', () => {
    const folder = newFolder();
    const { unknown } = openRegistry(folder, SECRET);
    unknown.seen({ ...sighting, time: '2026-03-18T10:00:00Z' });
    unknown.flush();
    assert.equal(openRegistry(folder, 'restarted').unknown.list().length, 1);
  });

  it('are on disk by themselves a few seconds after they were heard', async () => {
    const folder = newFolder();
    openRegistry(folder, SECRET).unknown.seen({ ...sighting, time: '2026-03-18T10:00:00Z' });
    await eventually(() => assert.ok(existsSync(join(folder, 'unknown-devices.json'))));
  });

  it('leave the list when they are registered or forgotten', () => {
    const registry = openRegistry(newFolder(), SECRET);
    const { unknown } = registry;
    unknown.seen({ ...sighting, time: '2026-03-18T10:00:00Z' });
    registry.save(device({ devEui: sighting.devEui }));
    assert.deepEqual(unknown.list(), []);
    registry.remove('bin-7');
    assert.equal(unknown.list().length, 1);
    unknown.forget(sighting.devEui);
    assert.deepEqual(unknown.list(), []);
  });

  it('are a bounded list', () => {
    const { unknown } = openRegistry(newFolder(), SECRET);
    for (let n = 0; n < 700; n++) {
      unknown.seen({ ...sighting, devEui: n.toString(16).padStart(16, '0'), time: '2026-03-18T10:00:00Z' });
    }
    assert.equal(unknown.list().length, 500);
    assert.equal(unknown.list()[0]?.devEui, (699).toString(16).padStart(16, '0'));
  });
});
