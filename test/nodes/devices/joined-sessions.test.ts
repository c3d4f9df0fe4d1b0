import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DeviceSession } from '../../../nodes/devices/device.ts';
import { type DeviceRegistry, openRegistry } from '../../../nodes/devices/registry.ts';
import { ConfigurationError } from '../../../nodes/observation/errors.ts';
import { device, newFolder, removeFolders, SECRET } from './folder.ts';

const FILE = 'devices.sessions.json';
const session = (number: number): DeviceSession => ({
  devAddr: `0000000${number}`,
  nwkSKey: `0${number}`.repeat(16),
  appSKey: `a${number}`.repeat(16),
  joinedTime: '2026-01-02T03:04:05.000Z',
  rxDelay: 5,
  rx1DrOffset: 0,
  rx2DataRate: 0,
});
const failsWith = (key: string) => (error: unknown) =>
  error instanceof ConfigurationError && error.key === key;

describe('sessions of devices that joined', () => {
  after(removeFolders);
  let folder: string;
  let registry: DeviceRegistry;
  const idsAt = (devAddr: string) => registry.byDevAddr(devAddr).map(({ id }) => id);

  beforeEach(() => {
    folder = newFolder();
    registry = openRegistry(folder, SECRET);
    registry.save(device());
    registry.save(device({ id: 'abp', name: 'Fixed', devAddr: '00000001' }), { nwkSKey: 'bb'.repeat(16) });
  });

  it('find their device by the new address, beside one that was registered with it', () => {
    registry.addSession('bin-7', session(1));
    assert.deepEqual(idsAt('00000001').sort(), ['abp', 'bin-7']);
    assert.deepEqual(idsAt('00000002'), []);
    assert.equal(registry.frameKeys('bin-7', '00000001')?.nwkSKey, session(1).nwkSKey);
    assert.equal(registry.frameKeys('abp', '00000001')?.nwkSKey, 'bb'.repeat(16));
  });

  it('are the present one and the one before', () => {
    for (const number of [1, 2, 3]) registry.addSession('bin-7', session(number));
    assert.deepEqual(registry.sessions('bin-7'), [session(3), session(2)]);
    assert.deepEqual([idsAt('00000003'), idsAt('00000002')], [['bin-7'], ['bin-7']]);
    assert.equal(registry.frameKeys('bin-7', '00000002')?.nwkSKey, session(2).nwkSKey);
    assert.deepEqual(idsAt('00000001'), ['abp']);
  });

  it('are encrypted, for nobody else to read, and not among the keys that may be exported', () => {
    registry.addSession('bin-7', session(4));
    const text = readFileSync(join(folder, FILE), 'utf8');
    assert.ok(!text.includes(session(4).nwkSKey) && !text.includes(session(4).devAddr));
    assert.equal(statSync(join(folder, FILE)).mode & 0o777, 0o600);
    assert.deepEqual(registry.keyNames('bin-7'), []);
    assert.throws(
      () => openRegistry(folder, 'another').sessions('bin-7'),
      failsWith('devices.error.wrongSecret'),
    );
  });

  it('go with their device, and are seen when another process has written them', () => {
    registry.addSession('bin-7', session(1));
    const kept = readFileSync(join(folder, FILE), 'utf8');
    registry.remove('bin-7');
    assert.deepEqual([registry.sessions('bin-7'), idsAt('00000001')], [[], ['abp']]);
    registry.save(device());
    writeFileSync(join(folder, FILE), kept);
    assert.deepEqual(idsAt('00000001').sort(), ['abp', 'bin-7']);
  });

  it('leave no file where nobody joined', () => {
    registry.remove('bin-7');
    assert.equal(existsSync(join(folder, FILE)), false);
  });
});
