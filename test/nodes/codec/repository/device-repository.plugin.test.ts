import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import deviceRepository from '../../../../nodes/codec/device-repository.plugin.ts';
import type { CodecView } from '../../../../nodes/codec/repository/repository-service.ts';
import { Sandbox } from '../../../../nodes/codec/sandbox.ts';
import devices from '../../../../nodes/devices/devices.node.ts';
import { openRegistry } from '../../../../nodes/devices/registry.ts';
import { problemsIn } from '../../../../nodes/observation/problems.ts';
import { eventually } from '../../../support/eventually.ts';
import { helper } from '../../../support/node-red.ts';
import { newFolder, removeFolders, sampleRepository, writeFile } from './sample-repository.ts';

const SECRET = 'a credential secret for tests';
const FLOW = [{ id: 'registry', type: 'byflyt-devices', name: 'Devices' }];
const CHOICE = 'brand=nordvind&device=gust-2&firmware=2.0&region=EU863-870';
const PATH = '/byflyt/device-repository';

describe('device repository in Node-RED', () => {
  let dataFolder: string;
  let root: string;

  before(() => helper.startServer());
  beforeEach(async () => {
    dataFolder = newFolder();
    root = sampleRepository();
    const byflyt = { dataFolder, language: 'en-US', deviceRepository: root };
    helper.settings({ credentialSecret: SECRET, byflyt });
    await helper.load([devices, deviceRepository], FLOW);
  });
  afterEach(() => helper.unload());
  after(async () => {
    await helper.stopServer();
    removeFolders();
    await Sandbox.shared().close();
  });

  it('answers the form: place, brands, devices, a device, its picture', async () => {
    const get = async (path: string) => (await helper.request().get(PATH + path)).body;
    assert.equal(((await get('/place')) as { fixed: boolean }).fixed, true);
    assert.deepEqual(await get('/brands'), [
      { id: 'badebrygge', name: 'Badebrygge AS' },
      { id: 'nordvind', name: 'Nordvind Sensors' },
    ]);
    assert.equal(((await get('/devices?brand=nordvind')) as unknown[]).length, 3);
    const photo = await helper.request().get(`${PATH}/photo?brand=nordvind&device=gust-2`);
    assert.equal(photo.headers['content-type'], 'image/png');
    assert.equal(photo.headers['x-content-type-options'], 'nosniff');
  });

  it('says what is wrong in the language of the editor', async () => {
    const broken = await helper
      .request<{ error: string }>()
      .get(`${PATH}/device?brand=nordvind&device=broken&lang=nb`);
    assert.equal(broken.status, 422);
    assert.match(broken.body.error, /Filen nordvind\/broken\.yaml i sensorbiblioteket kan ikke leses/);
    const attack = await helper.request<{ error: string }>().get(`${PATH}/device?brand=..%2F..&device=x`);
    assert.equal(attack.status, 422);
    assert.equal((await helper.request().post(`${PATH}/place`).send({ place: '/tmp' })).status, 422);
  });

  it('makes a model that devices can have, and warns after a deploy if its examples fail', async () => {
    const { body: view } = await helper.request<CodecView>().get(`${PATH}/codec?${CHOICE}`);
    const choices = view.rows.map(({ path, quantity, unit }) => ({ path, quantity, unit, yes: 'open' }));
    const body = { ...Object.fromEntries(new URLSearchParams(CHOICE)), interval: '12,5', choices };
    const { body: saved } = await helper.request<{ id: string }>().post(`${PATH}/model`).send(body);
    assert.equal(saved.id, 'nordvind-gust-2-gust-2-codec');
    const wrong = { ...body, interval: '', choices: 'none' };
    const refused = await helper.request<{ problems: unknown[] }>().post(`${PATH}/model`).send(wrong);
    assert.equal(refused.body.problems.length, 2);

    openRegistry(dataFolder, SECRET).save({ id: 'gust', name: 'Gust', area: 'building', model: saved.id });
    // The catalog looks at its folder once a second.
    await delay(1100);
    await helper.setFlows(FLOW);
    const problem = await eventually(async () => {
      const [found] = problemsIn(dataFolder).list();
      assert.ok(found);
      return found;
    });
    assert.equal(problem.id, 'codec.examples/nordvind-gust-2-gust-2-codec');
    assert.match(String(problem.parameters?.expected), /"TempC":-56/);
    assert.match(String(problem.parameters?.got), /"TempC":200/);
    const { body: choice } = await helper.request().get(`${PATH}/choice?model=${saved.id}`);
    assert.deepEqual(choice, Object.fromEntries(new URLSearchParams(CHOICE)));
    assert.deepEqual((await helper.request().get(`${PATH}/choice?model=elsys-ers`)).body, {});
    writeFile(root, 'vendor/nordvind/gust-2.js', 'function decodeUplink() {}');
    await helper.setFlows(FLOW);
    await eventually(() => {
      const ids = problemsIn(dataFolder)
        .list()
        .map(({ id, severity }) => `${id} ${severity}`);
      assert.deepEqual(ids, [
        'codec.examples/nordvind-gust-2-gust-2-codec warning',
        'codec.renewed/nordvind-gust-2-gust-2-codec notice',
      ]);
    });
    openRegistry(dataFolder, SECRET).remove('gust');
    await helper.setFlows(FLOW);
    await eventually(async () => assert.deepEqual(problemsIn(dataFolder).list(), []));
  });
});
