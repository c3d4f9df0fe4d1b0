import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exportForm, OwnTables, type TableTexts } from '../../../../nodes/codec/field-table/own-tables.ts';
import type { TablePreview } from '../../../../nodes/codec/field-table/preview.ts';
import fieldTablePlugin from '../../../../nodes/codec/field-table.plugin.ts';
import { ModelCatalog } from '../../../../nodes/codec/models.ts';
import { Sandbox } from '../../../../nodes/codec/sandbox.ts';
import { codecFromSource } from '../../../../nodes/codec/scripted-codec.ts';
import { applyModel } from '../../../../nodes/devices/model.ts';
import { openRegistry } from '../../../../nodes/devices/registry.ts';
import { ConfigurationError, problemOf } from '../../../../nodes/observation/errors.ts';
import { helper } from '../../../support/node-red.ts';
import { device, newFolder, removeFolders, SECRET } from '../../devices/folder.ts';

const ID = 'var-verkstad-nivamaler-2';
const FORM = {
  vendor: 'Vår verkstad',
  name: ' Nivåmåler  2 ',
  interval: '15',
  example: { payload: '01 04d2 80', fPort: '2' },
  rows: [
    { quantity: 'distance', at: '1', length: '2', scale: '0,001', missing: '0xffff', whenIn: '0x01' },
    { name: 'mode', at: '3', length: '1', bits: '4-7' },
  ],
};
const INPUT = { fPort: 2, bytes: Uint8Array.from(Buffer.from('0104d280', 'hex')), recvTime: new Date(0) };
const free = () => false;

describe('own field tables', () => {
  let folder: string;
  let tables: OwnTables;
  beforeEach(() => {
    folder = newFolder();
    tables = new OwnTables(folder);
  });
  after(async () => {
    removeFolders();
    await Sandbox.shared().close();
  });

  it('become sensor models that the catalog knows, with quantities for what is measured', async () => {
    assert.deepEqual(tables.save(FORM, free, 'nb'), { id: ID });
    const catalog = ModelCatalog.open(folder);
    const model = catalog.get(ID);
    assert.ok(model);
    assert.deepEqual(catalog.problems(), []);
    assert.deepEqual([model.vendor, model.name, model.interval], ['Vår verkstad', 'Nivåmåler 2', 15]);
    const { data } = await catalog.codecFor(model).decodeUplink(INPUT);
    assert.deepEqual(data, { distance: 1.234, mode: 8 });
    assert.deepEqual(applyModel(model, data), { values: { distance: 1.234 }, unknownNames: [] });
  });

  it('are shown again as they were typed, and changed under the same id', () => {
    tables.save(FORM, free, 'nb');
    const opened = tables.open(ID, 'nb');
    assert.deepEqual(opened.example, FORM.example);
    assert.equal(opened.rows[0]?.scale, '0,001');
    assert.equal(tables.open(ID, 'en-US').rows[0]?.scale, '0.001');
    const changed: TableTexts = { ...opened, name: 'Nivåmåler 3', rows: opened.rows.slice(0, 1) };
    assert.deepEqual(
      tables.save(changed, () => true, 'nb'),
      { id: ID },
    );
    assert.deepEqual(tables.list(), [{ id: ID, vendor: 'Vår verkstad', name: 'Nivåmåler 3' }]);
    assert.equal(tables.open(ID, 'nb').rows.length, 1);
  });

  it('say what is wrong in each field, and change nothing then', () => {
    const wrong = {
      ...FORM,
      vendor: '',
      interval: '0',
      rows: [FORM.rows[0], { ...FORM.rows[1], bits: '9' }],
    };
    const result = tables.save(wrong, free, 'en-US');
    assert.ok('problems' in result);
    assert.deepEqual(
      result.problems.map(({ row, field }) => [row, field]),
      [
        [undefined, 'vendor'],
        [undefined, 'interval'],
        [2, 'bits'],
      ],
    );
    const cases: [object, string][] = [
      [{ ...FORM, rows: [] }, 'rows'],
      [
        { ...FORM, rows: Array.from({ length: 300 }, (_, at) => ({ name: `n${at}`, at: '0', length: '1' })) },
        'rows',
      ],
      [{ ...FORM, vendor: '測', name: '測' }, 'name'],
      [{ ...FORM, name: 'x'.repeat(61) }, 'name'],
      [{ ...FORM, example: { payload: '?', fPort: '1' } }, 'example'],
    ];
    for (const [form, field] of cases) {
      const refused = tables.save(form, free, 'nb');
      assert.ok('problems' in refused && refused.problems[0]?.field === field, field);
    }
    assert.deepEqual(tables.list(), []);
  });

  it('take the place of no other model', () => {
    const result = tables.save(FORM, (id) => id === ID, 'en-US');
    assert.ok('problems' in result);
    assert.match(result.problems[0]?.text ?? '', /already a model called Vår verkstad Nivåmåler 2/);
    assert.throws(() => tables.save({ ...FORM, id: '../devices' }, free, 'nb'), ConfigurationError);
    assert.throws(() => tables.save({ ...FORM, id: 'dragino-lht65n' }, free, 'nb'), ConfigurationError);
    assert.deepEqual(tables.list(), []);
  });

  it('leave other files in the folder alone', () => {
    mkdirSync(join(folder, 'models'));
    writeFileSync(join(folder, 'models', 'broken.json'), '{');
    writeFileSync(join(folder, 'models', 'own.json'), '{"id":"own","codec":"own.js"}');
    const sameFile = tables.save({ ...FORM, vendor: 'Own', name: '.' }, free, 'nb');
    assert.ok('problems' in sameFile && sameFile.problems[0]?.field === 'name');
    tables.save(FORM, free, 'nb');
    assert.deepEqual(
      tables.list().map(({ id }) => id),
      [ID],
    );
    for (const id of ['own', 'broken', '../secrets', '']) {
      assert.throws(
        () => tables.open(id, 'nb'),
        (error) => problemOf(error).key === 'codec.error.unknownTable',
      );
      assert.throws(() => tables.remove(id, []), ConfigurationError);
    }
    assert.deepEqual(
      readdirSync(join(folder, 'models')).sort(),
      ['broken.json', 'own.json', `${ID}.json`].sort(),
    );
  });

  it('are removed only when no device uses them', () => {
    tables.save(FORM, free, 'nb');
    const user = { name: 'Kum 4', model: ID };
    assert.throws(
      () => tables.remove(ID, [{ name: 'Other', model: 'x' }, user]),
      (error) => problemOf(error).parameters.device === 'Kum 4',
    );
    tables.remove(ID, []);
    assert.deepEqual(tables.list(), []);
  });

  it('stay out of the catalog when somebody has damaged the file', () => {
    tables.save(FORM, free, 'nb');
    const path = join(folder, 'models', `${ID}.json`);
    const model = JSON.parse(readFileSync(path, 'utf8'));
    model.format.rows[0].length = 99;
    writeFileSync(path, JSON.stringify(model));
    const catalog = ModelCatalog.open(folder);
    assert.equal(catalog.get(ID), undefined);
    assert.equal(catalog.problems()[0]?.parameters.field, 'format');
  });

  it('are downloaded as a TS013 codec that gives the same values', async () => {
    const exported = exportForm(FORM, 'nb');
    assert.ok('source' in exported);
    assert.equal(exported.file, `${ID}.js`);
    assert.match(exported.source, /^\/\/ Kodek for Vår verkstad Nivåmåler 2/);
    const codec = codecFromSource(exported.file, exported.source);
    assert.deepEqual(await codec.decodeUplink(INPUT), { data: { distance: 1.234, mode: 8 } });
    const cutOff = await codec.decodeUplink({ ...INPUT, bytes: INPUT.bytes.subarray(0, 2) });
    assert.deepEqual(cutOff, { errors: ['Nyttelasten slutter før en verdi i tabellen.'] });
    assert.ok('problems' in exportForm({ ...FORM, rows: [] }, 'nb'));
  });
});

describe('field-table plugin', () => {
  interface Body extends Partial<TablePreview> {
    id?: string;
    error?: string;
    tables?: object[];
    quantities?: { id: string; label: string; unit: string }[];
  }
  let folder: string;
  before(() => helper.startServer());
  beforeEach(async () => {
    folder = newFolder();
    helper.settings({ credentialSecret: SECRET, byflyt: { dataFolder: folder, language: 'en-US' } });
    await helper.load(fieldTablePlugin, []);
  });
  afterEach(() => helper.unload());
  after(async () => {
    await helper.stopServer();
    removeFolders();
  });
  const api = () => helper.request<Body>();

  it('answers the form: quantities, values as one types, saving, opening, removing', async () => {
    const { body } = await api().get('/byflyt/field-tables?lang=nb');
    const distance = body.quantities?.find(({ id }) => id === 'distance');
    assert.deepEqual([body.tables, distance?.label, distance?.unit], [[], 'Avstand', 'm']);
    const preview = await api().post('/byflyt/field-tables/preview?lang=nb').send(FORM);
    assert.equal(preview.body.rows?.[0]?.value, '1,234 m');
    assert.equal((await api().post('/byflyt/field-tables').send(FORM)).body.id, ID);
    assert.equal((await api().get(`/byflyt/field-tables/${ID}`)).status, 200);
    openRegistry(folder, SECRET).save(device({ model: ID }));
    const refused = await api().delete(`/byflyt/field-tables/${ID}`);
    assert.deepEqual([refused.status, /“Bin 7”/.test(refused.body.error ?? '')], [422, true]);
    openRegistry(folder, SECRET).remove('bin-7');
    assert.equal((await api().delete(`/byflyt/field-tables/${ID}`)).status, 200);
    assert.deepEqual((await api().get('/byflyt/field-tables')).body.tables, []);
  });

  it('does not let a description hide a built-in model', async () => {
    const form = { ...FORM, vendor: 'Dragino', name: 'LHT65N' };
    const { body } = await api().post('/byflyt/field-tables?lang=nb').send(form);
    assert.match(JSON.stringify(body), /finnes allerede en modell/);
  });
});
