import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  exportDevices,
  failureAnswer,
  importDevices,
  saveDevice,
  viewDevices,
} from '../../../nodes/devices/admin.ts';
import { credentialSecret } from '../../../nodes/devices/credential-secret.ts';
import { openRegistry } from '../../../nodes/devices/registry.ts';
import { ConfigurationError } from '../../../nodes/observation/errors.ts';
import { device, newFolder, removeFolders, SECRET } from './folder.ts';

const APP_KEY = '2b7e151628aed2a6abf7158809cf4f3c';
const texts = { name: 'Bin 7', area: 'waste', model: 'milesight-em310-udl' };

describe("the editor's device form", () => {
  after(removeFolders);

  it('saves a new device and shows it, without its keys', () => {
    const registry = openRegistry(newFolder(), SECRET);
    assert.deepEqual(
      saveDevice(registry, { texts: { ...texts, appKey: APP_KEY, lat: '59,9', lon: '10,75' } }, 'nb'),
      { id: 'bin-7' },
    );
    const view = viewDevices(registry, 'nb');
    assert.deepEqual(view.devices, [
      { id: 'bin-7', texts: { ...texts, id: 'bin-7', lat: '59,9', lon: '10,75' }, keyNames: ['appKey'] },
    ]);
    assert.ok(!JSON.stringify(view).includes(APP_KEY));
    assert.equal(registry.keys('bin-7')?.appKey, APP_KEY);
  });

  it('has a label for every field, and areas to choose from', () => {
    const { fields } = viewDevices(openRegistry(newFolder(), SECRET), 'nb');
    assert.ok(fields.every(({ label }) => label !== ''));
    const area = fields.find(({ field }) => field === 'area');
    assert.ok(area?.options?.some(({ value, label }) => value === 'ski_trail' && label === 'Skiløyper'));
  });

  it('changes a device: empty fields are cleared, empty keys stay until they are removed', () => {
    const registry = openRegistry(newFolder(), SECRET);
    registry.save(device({ site: 'Torget' }), { appKey: APP_KEY });
    saveDevice(registry, { id: 'bin-7', texts: { ...texts, name: 'Bin 8', site: '', appKey: '' } }, 'nb');
    assert.deepEqual(registry.get('bin-7'), device({ name: 'Bin 8' }));
    assert.deepEqual(registry.keyNames('bin-7'), ['appKey']);
    saveDevice(registry, { id: 'bin-7', texts, removeKeys: true }, 'nb');
    assert.deepEqual(registry.keyNames('bin-7'), []);
  });

  it('says what is wrong in each field, in the language of the reader', () => {
    const registry = openRegistry(newFolder(), SECRET);
    const result = saveDevice(registry, { texts: { name: 'X', area: 'waste', devEui: '12' } }, 'nb');
    assert.ok('problems' in result);
    assert.deepEqual(
      result.problems.map(({ field }) => field),
      ['devEui', 'model'],
    );
    assert.match(result.problems[1]?.text ?? '', /fylles ut/);
    assert.deepEqual(registry.list(), []);
  });

  it('does not take over another device by its id', () => {
    const registry = openRegistry(newFolder(), SECRET);
    registry.save(device());
    const result = saveDevice(registry, { texts: { ...texts, id: 'bin-7', name: 'Other' } }, 'en-US');
    assert.ok('problems' in result && result.problems[0]?.field === 'id');
    assert.deepEqual(registry.get('bin-7'), device());
  });

  it('refuses a device that was removed meanwhile, and bodies that are no form', () => {
    const registry = openRegistry(newFolder(), SECRET);
    assert.throws(() => saveDevice(registry, { id: 'gone', texts }, 'nb'), ConfigurationError);
    for (const body of [undefined, null, 'x', { texts: 7 }, { texts: { name: { a: 1 } } }]) {
      assert.ok('problems' in saveDevice(registry, body, 'nb'));
    }
  });

  it('imports a file and names the rows that are wrong', () => {
    const registry = openRegistry(newFolder(), SECRET);
    const contentBase64 = Buffer.from('Navn;Område;Sensormodell\nA;Avfall;x\nB;Månen;x\n').toString('base64');
    const report = importDevices(registry, { contentBase64 }, 'nb');
    assert.equal(report.added, 0);
    assert.match(
      report.problems[0]?.text ?? '',
      /^Rad 3, Område: «Månen» er ikke et område. Velg ett av disse: .*Avfall, .*Skiløyper/,
    );
    assert.equal(importDevices(registry, { contentBase64, skipInvalid: true }, 'nb').added, 1);
  });

  it('exports keys only when asked to', () => {
    const registry = openRegistry(newFolder(), SECRET);
    registry.save(device(), { appKey: APP_KEY });
    assert.ok(!exportDevices(registry, false, 'nb').includes(APP_KEY));
    assert.ok(exportDevices(registry, true, 'nb').includes(APP_KEY));
  });

  it('shows the devices also when their keys cannot be read', () => {
    const folder = newFolder();
    openRegistry(folder, SECRET).save(device(), { appKey: APP_KEY });
    const view = viewDevices(openRegistry(folder, 'another secret'), 'en-US');
    assert.deepEqual(
      view.devices.map(({ id }) => id),
      ['bin-7'],
    );
    assert.match(view.problem ?? '', /another credential secret/);
  });

  it('shows the problem of a damaged file instead of an empty list to fill', () => {
    const folder = newFolder();
    writeFileSync(join(folder, 'devices.json'), '{');
    const registry = openRegistry(folder, SECRET);
    assert.match(viewDevices(registry, 'en-US').problem ?? '', /is damaged/);
    const error = registry.problem();
    assert.equal(failureAnswer(error, 'en-US').status, 422);
    assert.equal(failureAnswer(new Error('bug'), 'en-US').status, 500);
  });
});

describe('credential secret', () => {
  it('is the configured one, else the generated one, else none', () => {
    const get = (name: string): string | undefined =>
      name === '_credentialSecret' ? 'generated' : undefined;
    assert.equal(credentialSecret({ credentialSecret: 'configured', get }), 'configured');
    assert.equal(credentialSecret({ get }), 'generated');
    assert.equal(credentialSecret({ credentialSecret: false, get }), '');
    assert.equal(credentialSecret({}), '');
  });

  it('is asked of Node-RED as its own settings object wants it, and not before they are loaded', () => {
    const nodeRed = {
      generated: 'generated',
      loaded: true,
      available(): boolean {
        return this.loaded;
      },
      get(): string {
        if (!this.loaded) throw new Error('settings not available');
        return this.generated;
      },
    };
    assert.equal(credentialSecret(nodeRed), 'generated');
    nodeRed.loaded = false;
    assert.equal(credentialSecret(nodeRed), '');
  });
});
