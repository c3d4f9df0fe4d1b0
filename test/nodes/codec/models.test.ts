import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { after, afterEach, beforeEach, describe, it } from 'mocha';
import { ModelCatalog } from '../../../nodes/codec/models.ts';
import { Sandbox } from '../../../nodes/codec/sandbox.ts';
import { describeError, LANGUAGES } from '../../../nodes/observation/messages.ts';

const INPUT = { fPort: 1, bytes: Uint8Array.of(21), recvTime: new Date('2025-01-01') };
const OWN_MODEL = {
  id: 'own-thermometer',
  vendor: 'Our workshop',
  name: 'Thermometer',
  codec: 'thermometer.js',
  mappings: [{ from: 't', quantity: 'air_temperature' }],
  interval: 15,
};

/** The catalog looks at its files once a second. */
const NEXT_LOOK = 1100;

describe('model catalog', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'byflyt-models-'));
    mkdirSync(join(folder, 'models'));
    mkdirSync(join(folder, 'codecs'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  after(() => Sandbox.shared().close());

  function writeModel(file: string, model: object | string): void {
    writeFileSync(join(folder, 'models', file), typeof model === 'string' ? model : JSON.stringify(model));
  }

  function writeCodec(body: string): void {
    writeFileSync(join(folder, 'codecs', 'thermometer.js'), `function decodeUplink(input) { ${body} }`);
  }

  function ownCodec(catalog: ModelCatalog) {
    const model = catalog.get(OWN_MODEL.id);
    assert.ok(model);
    return catalog.codecFor(model);
  }

  it('has the built-in models without any folder', () => {
    const ids = ModelCatalog.open()
      .list()
      .map(({ id }) => id);
    assert.deepEqual(ids, [...ids].sort());
    for (const id of [
      'elsys-ers',
      'milesight-em310-udl',
      'milesight-am307l',
      'decentlab-dl-itst',
      'dragino-lht65n',
    ]) {
      assert.ok(ids.includes(id), id);
    }
    assert.deepEqual(ModelCatalog.open(join(folder, 'nowhere')).problems(), []);
  });

  it('finds a model by its id, and by vendor and name in any case', () => {
    const catalog = ModelCatalog.open();
    const model = catalog.get('milesight-em300-sld-zld');
    assert.ok(model);
    assert.equal(catalog.get('Milesight EM300-SLD/ZLD'), model);
    assert.equal(catalog.get('MILESIGHT em300-sld/zld'), model);
    for (const unknown of ['Milesight', 'EM300-SLD/ZLD', 'Milesight  EM300-SLD/ZLD', '']) {
      assert.equal(catalog.get(unknown), undefined, unknown);
    }
  });

  it('takes in shared records, and names a set that does not exist', () => {
    const model = (include: string[], id: string) => ({
      ...OWN_MODEL,
      id,
      codec: undefined,
      format: { kind: 'tagged-records', tagLength: 2, include, records: {} },
    });
    writeModel('good.json', model(['milesight'], 'good'));
    writeModel('bad.json', model(['milesight', 'constructor'], 'bad'));
    const catalog = ModelCatalog.open(folder);
    const good = catalog.get('good');
    assert.ok(good);
    assert.deepEqual(catalog.codecFor(good).decodeUplink({ ...INPUT, bytes: Uint8Array.of(1, 0x75, 92) }), {
      data: { battery: 92 },
    });
    assert.ok(good.ignored?.includes('sn'));
    const [problem, ...others] = catalog.problems();
    assert.deepEqual(others, []);
    assert.equal(problem?.key, 'codec.error.modelInvalid');
    assert.deepEqual(problem?.parameters, { file: 'bad.json', field: 'format.include: constructor' });
  });

  it('refuses a port of commands that LoRaWAN does not have', () => {
    writeModel('own.json', { ...OWN_MODEL, downlinkPort: 224 });
    assert.equal(ModelCatalog.open(folder).problems()[0]?.parameters.field, 'downlinkPort');
  });

  it('gives codecs a version that follows their content', () => {
    const catalog = ModelCatalog.open();
    const versions = catalog.list().map((model) => catalog.codecFor(model).version);
    assert.equal(new Set(versions).size, versions.length);
    for (const version of versions) assert.match(version, /^[0-9a-f]{12}$/);
  });

  it('runs a custom model with its codec file', async () => {
    writeModel('own.json', OWN_MODEL);
    writeCodec('return { data: { t: input.bytes[0] } };');
    const catalog = ModelCatalog.open(folder);
    assert.deepEqual(catalog.problems(), []);
    assert.deepEqual(await ownCodec(catalog).decodeUplink(INPUT), { data: { t: 21 } });
  });

  it('takes a changed codec file and a new model without a restart', async () => {
    writeModel('own.json', OWN_MODEL);
    writeCodec('return { data: { t: 1 } };');
    const catalog = ModelCatalog.open(folder);
    const before = ownCodec(catalog).version;
    writeCodec('return { data: { t: 1000 } };');
    writeModel('other.json', { ...OWN_MODEL, id: 'other' });
    await new Promise((resolve) => setTimeout(resolve, NEXT_LOOK));
    assert.notEqual(ownCodec(catalog).version, before);
    assert.deepEqual(await ownCodec(catalog).decodeUplink(INPUT), { data: { t: 1000 } });
    assert.ok(catalog.get('other'));
  });

  it('lets a custom model extend a built-in one', async () => {
    writeModel('snow.json', {
      id: 'our-snow-probe',
      extends: 'dragino-lht65n',
      name: 'Snow probe',
      mappings: [{ from: 'TempC_DS', quantity: 'snow_temperature' }],
    });
    const catalog = ModelCatalog.open(folder);
    const model = catalog.get('our-snow-probe');
    assert.ok(model);
    assert.equal(model.vendor, 'Dragino');
    const bytes = Buffer.from('cbf60b0d0376010add7fff', 'hex');
    const { data } = await catalog.codecFor(model).decodeUplink({ ...INPUT, fPort: 2, bytes });
    assert.equal((data as { TempC_DS: number }).TempC_DS, 27.81);
  });

  it('lets a custom model extend a built-in one with a codec of its own', async () => {
    writeModel('mine.json', { id: 'mine', extends: 'dragino-lht65n', codec: 'thermometer.js' });
    writeCodec('return { data: { TempC_DS: 1 } };');
    const catalog = ModelCatalog.open(folder);
    const model = catalog.get('mine');
    assert.ok(model);
    assert.deepEqual(await catalog.codecFor(model).decodeUplink(INPUT), { data: { TempC_DS: 1 } });
  });

  it('runs a codec file in the time zone that its model names', async () => {
    writeModel('own.json', { ...OWN_MODEL, script: { timeZone: 'Europe/Oslo' } });
    writeCodec('return { data: { t: new Date(0).getHours() } };');
    assert.deepEqual(await ownCodec(ModelCatalog.open(folder)).decodeUplink(INPUT), { data: { t: 1 } });
  });

  it('says which file is wrong and keeps the others', () => {
    writeModel('a.json', OWN_MODEL);
    writeModel('b.json', '{ "id": ');
    writeModel('c.json', { ...OWN_MODEL, id: 'c', mappings: [{ from: 't', quantity: 'happiness' }] });
    writeModel('d.json', { ...OWN_MODEL, id: 'd', extends: 'nothing-like-it' });
    writeModel('e.json', { ...OWN_MODEL, id: 'dragino-lht65n' });
    writeModel('f.json', { ...OWN_MODEL, id: 'f', codec: '../../etc/passwd' });
    writeModel('g.json', '[]');
    writeModel('h.json', 'null');
    writeModel('z.json', { ...OWN_MODEL, id: 'z', script: { context: 'sometimes' } });
    writeModel('j.json', { ...OWN_MODEL, id: 'j', format: { kind: 'morse' } });
    const frames = [{ length: 1, fields: [{ name: 't', type: 'u12' }] }];
    writeModel('k.json', { ...OWN_MODEL, id: 'k', format: { kind: 'fixed-frames', frames } });
    const catalog = ModelCatalog.open(folder);
    assert.ok(catalog.get(OWN_MODEL.id));
    assert.equal(catalog.get('dragino-lht65n')?.vendor, 'Dragino');
    const found = catalog.problems().map(({ key, parameters }) => [parameters.file, key]);
    assert.deepEqual(Object.fromEntries(found), {
      'b.json': 'codec.error.modelUnreadable',
      'c.json': 'codec.error.modelInvalid',
      'd.json': 'codec.error.modelExtends',
      'e.json': 'codec.error.modelTaken',
      'f.json': 'codec.error.modelInvalid',
      'g.json': 'codec.error.modelInvalid',
      'h.json': 'codec.error.modelInvalid',
      'j.json': 'codec.error.modelInvalid',
      'k.json': 'codec.error.modelInvalid',
      'z.json': 'codec.error.modelInvalid',
    });
    const fields = catalog.problems().map(({ parameters }) => parameters.field);
    assert.ok(fields.includes('format.kind'));
    assert.ok(fields.includes('format.frames.0.fields.0.type'));
    for (const language of LANGUAGES) {
      for (const problem of catalog.problems())
        assert.doesNotMatch(describeError(problem, language), /__\w+__/);
    }
  });

  it('keeps the model that a file had while somebody breaks the file', async () => {
    writeModel('own.json', OWN_MODEL);
    const catalog = ModelCatalog.open(folder);
    assert.ok(catalog.get(OWN_MODEL.id));
    await delay(1100);
    writeModel('own.json', '{ "id": ');
    assert.deepEqual(catalog.get(OWN_MODEL.id), OWN_MODEL);
    assert.equal(catalog.problems()[0]?.key, 'codec.error.modelUnreadable');
    await delay(1100);
    rmSync(join(folder, 'models/own.json'));
    assert.equal(catalog.get(OWN_MODEL.id), undefined, 'a file that is gone is gone');
    assert.deepEqual(catalog.problems(), []);
  });

  it('reports what cannot be read as a file and keeps the others', () => {
    writeModel('own.json', OWN_MODEL);
    mkdirSync(join(folder, 'models/folder.json'));
    const catalog = ModelCatalog.open(folder);
    assert.ok(catalog.get(OWN_MODEL.id));
    assert.equal(catalog.problems()[0]?.parameters.file, 'folder.json');
  });

  it('reports a missing codec file when a payload comes, not before', () => {
    writeModel('own.json', OWN_MODEL);
    const codec = ownCodec(ModelCatalog.open(folder));
    assert.throws(() => codec.decodeUplink(INPUT), { key: 'codec.error.unreadable' });
  });
});
