import assert from 'node:assert/strict';
import { openRegistry } from '../../../nodes/devices/registry.ts';
import { ConfigurationError } from '../../../nodes/observation/errors.ts';
import { RegisteredTags } from '../../../nodes/timeseries/registered-tags.ts';
import { device, newFolder, removeFolders, SECRET } from '../devices/folder.ts';

describe('RegisteredTags', () => {
  after(removeFolders);

  it('knows the devices and their places as they are now', () => {
    const registry = openRegistry(newFolder(), SECRET);
    const tags = new RegisteredTags(registry);
    assert.equal(tags.has('site', 'Torget'), false);
    registry.save(device({ id: 'bin', site: 'Torget' }));
    assert.deepEqual(
      [
        tags.has('device', 'bin'),
        tags.has('site', 'Torget'),
        tags.has('site', 'bin'),
        tags.has('alarm', 'bin'),
      ],
      [true, true, false, false],
    );
    registry.save(device({ id: 'bin', site: 'Kaia' }));
    assert.deepEqual([tags.has('site', 'Torget'), tags.has('site', 'Kaia')], [false, true]);
    tags.close();
  });

  it('puts nothing aside because the device list is damaged', () => {
    const fail = () => {
      throw new ConfigurationError({ key: 'devices.error.fileDamaged' });
    };
    const tags = new RegisteredTags({ get: fail, list: fail, onChange: () => () => undefined });
    assert.deepEqual([tags.has('device', 'x'), tags.has('site', 'x')], [true, true]);
  });
});
