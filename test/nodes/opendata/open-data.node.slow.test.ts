import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NodeInitializer } from 'node-red';
import devices from '../../../nodes/devices/devices.node.ts';
import { openRegistry } from '../../../nodes/devices/registry.ts';
import catalogue from '../../../nodes/opendata/catalogue.node.ts';
import openData from '../../../nodes/opendata/open-data.node.ts';
import database from '../../../nodes/timeseries/database.node.ts';
import type { DatabaseNode } from '../../../nodes/timeseries/database.ts';
import { eventually } from '../../support/eventually.ts';
import { helper, nodeOf, statusesOf } from '../../support/node-red.ts';
import { CONFIG, readings, START, SUMMIT } from './ski-trail.ts';

const SECRET = 'a secret of this test';
const CONFIG_NODES = [
  { id: 'registry', type: 'byflyt-devices' },
  { id: 'database', type: 'byflyt-database' },
  { id: 'catalogue', type: 'byflyt-catalogue', publisher: 'Fjellby kommune', language: 'nb' },
];
const NODE = {
  id: 'publish',
  type: 'byflyt-open-data',
  devices: 'registry',
  database: 'database',
  catalogue: 'catalogue',
};

describe('byflyt-open-data node', () => {
  let dataFolder: string;
  let publicServer: Server;
  let publicUrl: string;

  const load = async (node: object = {}) => {
    helper.settings({
      credentialSecret: SECRET,
      byflyt: {
        dataFolder,
        language: 'en-US',
        timeZone: 'Europe/Stockholm',
        publicUrl: 'https://iot.example.org',
      },
    });
    const registry = openRegistry(dataFolder, SECRET);
    registry.saveAll([START, SUMMIT].map((device) => ({ device })));
    const publicSite: NodeInitializer = ({ httpNode }) => {
      publicServer = createServer(httpNode as RequestListener);
    };
    await helper.load(
      [publicSite, devices, database, catalogue, openData],
      [...CONFIG_NODES, { ...NODE, ...CONFIG, ...node }],
    );
    await nodeOf<DatabaseNode>('database').store(false).write(readings());
    await new Promise<void>((resolve) => publicServer.listen(0, '127.0.0.1', resolve));
    publicUrl = `http://127.0.0.1:${(publicServer.address() as AddressInfo).port}`;
  };
  const page = (path: string, headers: Record<string, string> = {}) =>
    fetch(new URL(`/opendata${path}`, publicUrl), { headers, redirect: 'manual' });
  const statusMatching = (pattern: RegExp) =>
    eventually(() => assert.match(statusesOf('publish').join('\n'), pattern));

  before(() => helper.startServer());
  beforeEach(() => {
    dataFolder = mkdtempSync(join(tmpdir(), 'byflyt-open-data-'));
  });
  const unload = async () => {
    await helper.unload();
    publicServer.closeAllConnections();
    await new Promise((resolve) => publicServer.close(resolve));
  };
  afterEach(async () => {
    await unload();
    rmSync(dataFolder, { recursive: true });
  });
  after(() => helper.stopServer());

  it('serves the files of a deployed dataset over HTTP', async () => {
    await load();
    const csv = await page('/ski-trail/data.csv');
    assert.equal((await csv.text()).trim().split('\r\n').length, 11);
    assert.equal(csv.headers.get('content-type'), 'text/csv; charset=utf-8; header=present');
    const catalog = await page('/catalog', { accept: 'text/turtle' });
    assert.match(await catalog.text(), /<https:\/\/iot\.example\.org\/opendata\/ski-trail\/data\.csv>/);
  });

  it('answers HEAD without a body and redirects to the slash that relative links need', async () => {
    await load();
    const head = await fetch(new URL('/opendata/ski-trail/latest.json', publicUrl), { method: 'HEAD' });
    assert.equal(head.status, 200);
    assert.equal(await head.text(), '');
    assert.equal((await page('')).headers.get('location'), 'opendata/');
    assert.equal((await page('/ski-trail?lang=en')).headers.get('location'), 'ski-trail/?lang=en');
  });

  it('withdraws the dataset when the node is removed, and publishes it elsewhere when its address changes', async () => {
    await load();
    await helper.setFlows([...CONFIG_NODES, { ...NODE, ...CONFIG, slug: 'other' }]);
    assert.equal((await page('/ski-trail/')).status, 404);
    assert.equal((await page('/other/')).status, 200);
    await helper.setFlows(CONFIG_NODES);
    assert.equal((await page('/other/')).status, 404);
    assert.equal((await page('/')).status, 200);
  });

  it('says what is published, and looks again when a message comes', async () => {
    await load();
    await statusMatching(/waiting for data|2 places/);
    nodeOf('publish').receive({ payload: 'anything' });
    await statusMatching(/^published, 2 places, last 18 March 2018 11:08$/m);
  });

  it('shows visitors soon that a place has another name', async () => {
    await load();
    const latest = async () => (await page('/ski-trail/latest.json')).text();
    assert.match(await latest(), /"place":"Start"/);
    openRegistry(dataFolder, SECRET).save({ ...START, site: 'Startplassen' });
    await eventually(async () => assert.match(await latest(), /"place":"Startplassen"/));
  });

  it('says in red what is missing in the form', async () => {
    await load({ quantities: [] });
    assert.equal(statusesOf('publish').at(-1), 'Choose at least one quantity to publish.');
    await unload();
    await load({ database: '' });
    assert.match(statusesOf('publish').at(-1) ?? '', /Choose the devices and the database/);
  });

  it('previews in the editor what an undeployed form would publish', async () => {
    await load();
    const form = { ...NODE, ...CONFIG, slug: 'draft', quantities: ['snow_temperature'], language: 'nb' };
    const { body } = await helper.request().post('/byflyt/open-data/preview').send(form);
    assert.deepEqual(body, {
      columns: ['Sted', 'Målt', 'Snøtemperatur'],
      rows: [
        ['Start', '18. mars 2018 kl. 10:17', '3,4 °C'],
        ['Toppen', '18. mars 2018 kl. 11:08', '3,0 °C'],
      ],
      notes: [],
    });
    const wrong = await helper
      .request()
      .post('/byflyt/open-data/preview')
      .send({ ...form, area: '' });
    assert.deepEqual([wrong.status, wrong.body], [422, { problem: 'Velg bruksområde.' }]);
  });

  it('tells the form which devices an area has and what they measure', async () => {
    await load();
    const { devEui: _devEui, ...bin } = START;
    openRegistry(dataFolder, SECRET).save({
      ...bin,
      id: 'bin-1',
      name: 'Bin 1',
      area: 'waste',
      model: 'milesight-em310-udl',
      emptyDistance: 1.5,
      fullDistance: 0.3,
    });
    const { body } = await helper
      .request<Record<string, unknown>>()
      .get('/byflyt/open-data/area?devices=registry&area=waste');
    assert.deepEqual(body.devices, [{ id: 'bin-1', name: 'Bin 1 (Start)' }]);
    const quantities = body.quantities as string[];
    assert.ok(quantities.includes('fill_level') && quantities.includes('distance'));
    assert.ok(!quantities.includes('battery_level'));
  });
});
