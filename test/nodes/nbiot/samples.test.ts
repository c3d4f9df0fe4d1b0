import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ModelCatalog } from '../../../nodes/codec/models.ts';
import type { Device, DeviceModel } from '../../../nodes/devices/device.ts';
import type { PayloadReader } from '../../../nodes/lorawan/payload.ts';
import { type Body, type Sample, samplesIn } from '../../../nodes/nbiot/samples.ts';
import { CodecError } from '../../../nodes/observation/errors.ts';

const NOW = new Date('2026-01-15T12:00:00Z');
const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const models = ModelCatalog.open();

async function read(body: Body, reader: PayloadReader = {}): Promise<Sample[]> {
  return (await samplesIn(body, reader, NOW)).samples;
}

/** A built-in model with mappings of the workshop. */
function readerOf(id: string, own: Partial<DeviceModel>, device?: Partial<Device>): PayloadReader {
  const base = models.get(id);
  assert.ok(base);
  const model = { ...base, ...own };
  const whole = device && ({ id: 'd', name: 'D', area: 'waste', model: id, ...device } satisfies Device);
  return { model, codec: models.codecFor(base), ...(whole && { device: whole }) };
}

describe('samples of a message of NB-IoT', () => {
  it('are mapped by the names of SenML and the paths of LwM2M, with what follows for the device', async () => {
    const bin = { emptyDistance: 2, fullDistance: 1 };
    const named = readerOf('senml', { mappings: [{ from: 'lvl', quantity: 'distance', unit: 'mm' }] }, bin);
    const [pack] = await read(
      { bytes: json([{ bn: 'urn:dev:x:', n: 'lvl', v: 1500 }]), contentFormat: 110 },
      named,
    );
    assert.deepEqual(pack?.values, { distance: 1.5, fill_level: 50 });
    assert.deepEqual(pack.unknownNames, []);
    const general = [{ from: '/3300/0/5700', quantity: 'water_level' as const, unit: 'cm' }];
    const body = {
      bytes: json([
        { n: '/3300/0/5700', v: 120 },
        { n: '/3320/0/5700', v: 7 },
      ]),
      contentFormat: 110,
    };
    const [resources] = await read(body, readerOf('lwm2m', { mappings: general }));
    assert.deepEqual(resources?.values, { water_level: 1.2 });
    // What may mean anything is named; what a server looks after a client by is not.
    assert.deepEqual(resources.unknownNames, ['/3320/0/5700']);
    const [device] = await read(
      { bytes: json([{ n: '/3/0/0', vs: 'Maker' }]), contentFormat: 110 },
      readerOf('lwm2m', {}),
    );
    assert.deepEqual(device?.unknownNames, []);
  });

  it('of a path without a content format are text of a resource, and TLV of what holds several', async () => {
    const reader = readerOf('lwm2m', {});
    const [one] = await read({ bytes: Buffer.from('21.5'), lwm2mPath: '/3303/0/5700' }, reader);
    assert.deepEqual(one?.values, { air_temperature: 21.5 });
    const tlv = Buffer.from('e4164441ac0000', 'hex');
    const [same] = await read({ bytes: tlv, lwm2mPath: '/3303/0' }, reader);
    assert.deepEqual(same?.values, { air_temperature: 21.5 });
  });

  it('keep names apart that differ only before their last part', async () => {
    const bytes = json([
      { n: 'a:water_level', u: 'm', v: 1 },
      { n: 'b:water_level', u: 'm', v: 2 },
    ]);
    const [pack] = await read({ bytes, contentFormat: 110 }, readerOf('senml', {}));
    assert.deepEqual([pack?.values, pack?.unknownNames], [{ water_level: 1 }, ['b:water_level']]);
  });

  it('have the age that the model names, in its unit, and a signal on its scale', async () => {
    const own: Partial<DeviceModel> = {
      mappings: [{ from: 't', quantity: 'air_temperature' }],
      samples: 'log',
      age: { from: 'ago', unit: 'min' },
      signal: { from: 'sig', scale: 'csq' },
    };
    const fields = {
      t: 3,
      ago: 0,
      sig: 20,
      log: [
        { t: 1, ago: 30 },
        { t: 2, ago: 15 },
      ],
    };
    const samples = await read({ fields }, readerOf('senml', own));
    assert.deepEqual(
      samples.map(({ values, age, rssi, unknownNames }) => [values.air_temperature, age, rssi, unknownNames]),
      [
        [1, 1800, undefined, []],
        [2, 900, undefined, []],
        [3, 0, -73, []],
      ],
    );
  });

  it('are not read where the message is not in the standard that the device speaks', async () => {
    const codec = readerOf('senml', {}).codec;
    assert.throws(
      () => codec?.decodeUplink({ bytes: Buffer.from([1]), recvTime: NOW }),
      (error) => error instanceof CodecError && error.key === 'codec.error.notStandard',
    );
  });

  it('need a model whose age and signal are written as they should be', () => {
    const folder = mkdtempSync(join(tmpdir(), 'byflyt-model-'));
    mkdirSync(join(folder, 'models'));
    const write = (id: string, own: object) =>
      writeFileSync(
        join(folder, 'models', `${id}.json`),
        JSON.stringify({ id, vendor: 'V', name: id, extends: 'senml', ...own }),
      );
    write('good', { age: { from: 'ago', unit: 'min' }, signal: { from: 'sig', scale: 'dBm' } });
    write('no-scale', { signal: { from: 'sig', scale: 'percent' } });
    write('no-name', { age: {} });
    const own = ModelCatalog.open(folder);
    assert.equal(own.get('good')?.age?.unit, 'min');
    assert.deepEqual(
      own
        .problems()
        .map(({ parameters }) => parameters.field)
        .sort(),
      ['age', 'signal'],
    );
    rmSync(folder, { recursive: true });
  });
});
