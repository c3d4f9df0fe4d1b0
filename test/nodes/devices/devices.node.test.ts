import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import devices from '../../../nodes/devices/devices.node.ts';
import type { DevicesNode } from '../../../nodes/devices/devices-node.ts';
import { openRegistry } from '../../../nodes/devices/registry.ts';
import { helper, nodeOf } from '../../support/node-red.ts';
import { newFolder, removeFolders, SECRET } from './folder.ts';

/** What the editor's API answers. */
interface Body {
  id?: string;
  error?: string;
  csv?: string;
  devices?: { keyNames: string[] }[];
}

const FLOW = [{ id: 'registry', type: 'byflyt-devices', name: 'Devices' }];
const APP_KEY = '2b7e151628aed2a6abf7158809cf4f3c';

describe('byflyt-devices node', () => {
  let dataFolder: string;
  const texts = { name: 'Bin 7', area: 'waste', model: 'milesight-em310-udl', appKey: APP_KEY };
  const load = (): Promise<void> => {
    helper.settings({ credentialSecret: SECRET, byflyt: { dataFolder, language: 'en-US' } });
    return helper.load(devices, FLOW);
  };

  before(() => helper.startServer());
  beforeEach(() => {
    dataFolder = newFolder();
  });
  afterEach(() => helper.unload());
  after(async () => {
    await helper.stopServer();
    removeFolders();
  });

  it('gives other nodes the registry of the data folder', async () => {
    await load();
    assert.equal(nodeOf<DevicesNode>('registry').registry, openRegistry(dataFolder, SECRET));
  });

  it('saves, shows, exports and removes devices for the editor', async () => {
    await load();
    const saved = await helper.request<Body>().post('/byflyt/devices?lang=nb').send({ texts });
    assert.deepEqual([saved.status, saved.body.id], [200, 'bin-7']);
    assert.equal(openRegistry(dataFolder, SECRET).keys('bin-7')?.appKey, APP_KEY);
    const shown = await helper.request<Body>().get('/byflyt/devices?lang=nb');
    assert.deepEqual(shown.body.devices?.[0]?.keyNames, ['appKey']);
    assert.ok(!JSON.stringify(shown.body).includes(APP_KEY));
    const plain = await helper.request<Body>().get('/byflyt/devices/export?lang=nb');
    assert.match(plain.body.csv ?? '', /Navn.*\r\n.*Bin 7/);
    const withKeys = await helper.request<Body>().get('/byflyt/devices/export-with-keys?lang=nb');
    assert.deepEqual(
      [plain, withKeys].map(({ body }) => body.csv?.includes(APP_KEY)),
      [false, true],
    );
    await helper.request<Body>().delete('/byflyt/devices/bin-7');
    assert.deepEqual(openRegistry(dataFolder, SECRET).list(), []);
  });

  it('answers what went wrong in the language of the editor', async () => {
    await load();
    const contentBase64 = Buffer.from('Navn;Områd\n').toString('base64');
    const answer = await helper
      .request<Body>()
      .post('/byflyt/devices/import?lang=nb')
      .send({ contentBase64 });
    assert.equal(answer.status, 422);
    assert.match(answer.body.error ?? '', /Kolonnen «Områd» er ukjent/);
  });

  it('writes the unknown devices to disk when it closes', async () => {
    await load();
    const sighting = { devEui: 'a84041000181273e', network: 'chirpstack', time: '2026-03-18T10:00:00Z' };
    nodeOf<DevicesNode>('registry').registry.unknown.seen(sighting);
    await helper.unload();
    assert.equal(openRegistry(dataFolder, 'restarted').unknown.list()[0]?.devEui, sighting.devEui);
  });

  it('reports a damaged device file', async () => {
    writeFileSync(join(dataFolder, 'devices.json'), '{');
    await load();
    const sentences = helper.log().args.map(([entry]) => String(entry.msg));
    assert.ok(
      sentences.some((sentence) => /devices\.json is damaged/.test(sentence)),
      sentences.join('\n'),
    );
  });
});
