import assert from 'node:assert/strict';
import fc from 'fast-check';
import { importCsv } from '../../../nodes/devices/csv-import.ts';
import { isImei, parseAddress, parseImei, parseImsi, plainAddress } from '../../../nodes/devices/identity.ts';
import { openRegistry } from '../../../nodes/devices/registry.ts';
import { ConfigurationError } from '../../../nodes/observation/errors.ts';
import { device, newFolder, removeFolders, SECRET } from './folder.ts';

const failsWith = (key: string) => (error: unknown) =>
  error instanceof ConfigurationError && error.key === key;

describe('identities of NB-IoT devices', () => {
  after(removeFolders);

  it('reads an IMEI as labels and clients write it', () => {
    for (const text of [
      '352099001761481',
      '35-209900-176148-1',
      ' IMEI: 352099001761481',
      'urn:imei:352099001761481',
    ])
      assert.equal(parseImei(text), '352099001761481');
  });

  it('finds any single wrong digit of an IMEI', () => {
    fc.assert(
      fc.property(fc.nat(14), fc.integer({ min: 1, max: 9 }), (at, added) => {
        const digits = [...'352099001761481'].map(Number);
        digits[at] = ((digits[at] ?? 0) + added) % 10;
        assert.ok(!isImei(digits.join('')));
        assert.throws(() => parseImei(digits.join('')), failsWith('devices.error.imeiCheck'));
      }),
    );
  });

  it('says what is wrong with a number', () => {
    assert.throws(() => parseImei('3520990017614'), failsWith('devices.error.imei'));
    assert.throws(() => parseImei('3,52099E+14'), failsWith('devices.error.spreadsheetNumber'));
    assert.throws(() => parseImsi('89450421180216216095'), failsWith('devices.error.imsi'));
    assert.equal(parseImsi('242 01 1234567890'), '242011234567890');
  });

  it('has one spelling for an address', () => {
    assert.equal(parseAddress('2001:DB8:0:0::1'), '2001:db8::1');
    assert.equal(parseAddress(' 10.40.0.17 '), '10.40.0.17');
    assert.equal(plainAddress('::ffff:10.40.0.17'), '10.40.0.17');
    for (const wrong of ['10.40.0.17:5683', '10.40.0', 'fe80::1%eth0', 'sensor.example', ''])
      assert.throws(() => parseAddress(wrong), failsWith('devices.error.address'));
  });

  it('belong to one device only, each', () => {
    const registry = openRegistry(newFolder(), SECRET);
    const identity = {
      imei: '352099001761481',
      imsi: '242011234567890',
      endpoint: 'bin-4',
      address: '10.0.0.4',
    };
    registry.save(device({ id: 'bin-4', ...identity }));
    for (const [field, value] of Object.entries(identity)) {
      assert.equal(registry.byIdentity(field as keyof typeof identity, value)?.id, 'bin-4');
      assert.throws(
        () => registry.save(device({ id: 'bin-5', [field]: value })),
        failsWith(`devices.error.${field}Taken`),
      );
    }
  });

  it('name the device that a row of a spreadsheet changes', () => {
    const registry = openRegistry(newFolder(), SECRET);
    const header = 'name,area,model,imei,address';
    importCsv(registry, Buffer.from(`${header}\nBin 4,waste,efento-nb,35-209900-176148-1,10.0.0.4\n`));
    const again = importCsv(registry, Buffer.from(`${header}\nBin four,waste,efento-nb,352099001761481,\n`));
    assert.deepEqual({ added: again.added, updated: again.updated }, { added: 0, updated: 1 });
    assert.deepEqual(
      registry.list().map(({ name, address }) => [name, address]),
      [['Bin four', undefined]],
    );
    const twice = importCsv(
      registry,
      Buffer.from(`${header}\nA,waste,efento-nb,,10.0.0.9\nB,waste,efento-nb,,10.0.0.9\n`),
    );
    assert.deepEqual(
      twice.problems.map(({ row, field, key }) => [row, field, key]),
      [[3, 'address', 'devices.csv.rowTwice']],
    );
  });

  it('name strangers, which leave the list when they are registered under any of them', () => {
    const registry = openRegistry(newFolder(), SECRET);
    const time = '2026-03-18T10:00:00Z';
    registry.unknown.seen({ imsi: '242011234567890', address: '10.0.0.4', network: 'coap', time });
    registry.unknown.seen({ imsi: '242011234567890', network: 'coap', time });
    assert.deepEqual(
      registry.unknown.list().map(({ imsi, count }) => [imsi, count]),
      [['242011234567890', 2]],
    );
    registry.save(device({ imsi: '242011234567890' }));
    assert.deepEqual(registry.unknown.list(), []);
  });
});
