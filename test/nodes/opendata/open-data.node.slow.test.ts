import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
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
  let audit: (event: { event: string }, request: { user?: { username: string } }) => void;

  const load = async (node: object = {}, ...more: NodeInitializer[]) => {
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
    const publicSite: NodeInitializer = ({ httpNode, log }) => {
      audit = (log as unknown as { audit: typeof audit }).audit;
      publicServer = createServer(httpNode as RequestListener);
    };
    await helper.load(
      [publicSite, ...more, devices, database, catalogue, openData],
      [...CONFIG_NODES, { ...NODE, ...CONFIG, ...node }],
    );
    await nodeOf<DatabaseNode>('database').store(false).write(readings());
    await new Promise<void>((resolve) => publicServer.listen(0, '127.0.0.1', resolve));
    publicUrl = `http://127.0.0.1:${(publicServer.address() as AddressInfo).port}`;
  };
  /** As the editor does: the runtime hears of who deploys, then gets the flows. */
  const deploy = async (flows: object[], username?: string) => {
    audit({ event: 'flows.set' }, username === undefined ? {} : { user: { username } });
    await helper.setFlows(flows as Parameters<typeof helper.setFlows>[0]);
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
    await deploy([...CONFIG_NODES, { ...NODE, ...CONFIG, slug: 'other' }]);
    await eventually(async () => assert.equal((await page('/ski-trail/')).status, 410));
    assert.equal((await page('/other/')).status, 200);
    await deploy(CONFIG_NODES);
    await eventually(async () => assert.equal((await page('/other/')).status, 410));
    assert.equal((await page('/')).status, 200);
  });

  it('says what is published, and looks again when a message comes', async () => {
    await load();
    await statusMatching(/waiting for data|2 places/);
    nodeOf('publish').receive({ payload: 'anything' });
    await statusMatching(/^published, 2 places, last 18 March 2018 11:08$/m);
  });

  it('lets nobody notice that a reading has come which is not shown yet', async () => {
    await load({ delayMinutes: 60 });
    const latest = async () => (await page('/ski-trail/latest.json')).text();
    const before = await latest();
    const [first] = readings();
    assert.ok(first);
    const fields = { ...first.fields, snow_temperature: -21 };
    await nodeOf<DatabaseNode>('database')
      .store(false)
      .write([{ ...first, fields, time: Date.now() - 7_200_000 }]);
    const looks = statusesOf('publish').length;
    nodeOf('publish').receive({ payload: 'anything' });
    await eventually(() => assert.ok(statusesOf('publish').length > looks));
    // What is kept was not thrown away: nobody can tell by the time that an answer takes.
    assert.equal(await latest(), before);
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

  it('publishes nothing, and says why, where the decisions cannot be read', async () => {
    mkdirSync(join(dataFolder, 'open-data'));
    writeFileSync(join(dataFolder, 'open-data/publications.json'), '{');
    await load();
    assert.match(statusesOf('publish').at(-1) ?? '', /publications\.json is damaged/);
    assert.equal((await page('/ski-trail/data.csv')).status, 404);
  });

  it('previews in the editor what an undeployed form would publish', async () => {
    await load();
    const form = { ...NODE, ...CONFIG, slug: 'draft', quantities: ['snow_temperature'], language: 'nb' };
    const { body } = await helper
      .request<Record<string, unknown>>()
      .post('/byflyt/open-data/preview')
      .send(form);
    const { columns, rows, notes, blocks } = body as Record<string, unknown[]>;
    assert.deepEqual([columns, notes, blocks], [['Sted', 'Målt', 'Snøtemperatur'], [], []]);
    assert.equal(rows?.length, 10);
    assert.deepEqual(rows?.slice(0, 3), [
      ['Toppen', '18. mars 2018 kl. 11:08', '3,0 °C'],
      ['Toppen', '18. mars 2018 kl. 10:28', '2,5 °C'],
      ['Start', '18. mars 2018 kl. 10:17', '3,4 °C'],
    ]);
    const wrong = await helper
      .request()
      .post('/byflyt/open-data/preview')
      .send({ ...form, area: '' });
    assert.deepEqual([wrong.status, wrong.body], [422, { problem: 'Velg bruksområde.' }]);
  });

  describe('with two members of staff', () => {
    const people = (): NodeInitializer => {
      return ({ httpAdmin }) => {
        httpAdmin.use((request, _response, next) => {
          Object.assign(request, { user: { username: request.headers['x-user'] } });
          next();
        });
      };
    };
    const sensitive = { sensitive: true };
    const ask = async (action: string, user: string, body: object) => {
      const request = helper.request().post(`/byflyt/open-data/${action}`) as unknown as {
        set(name: string, value: string): { send(body: object): Promise<{ body: Record<string, unknown> }> };
      };
      return (await request.set('x-user', user).send({ ...body, language: 'en-US' })).body;
    };
    const preview = (user: string) => ask('preview', user, { ...NODE, ...CONFIG, ...sensitive });

    it('publishes what is sensitive when both have approved, and takes it back for good', async () => {
      await load(sensitive, people());
      assert.equal((await page('/ski-trail/data.csv')).status, 404);
      await statusMatching(/^not published: A second person must approve/m);
      const { digest, standing } = (await preview('kari')) as { digest: string; standing: object };
      assert.partialDeepStrictEqual(standing, { isPublished: false, canBeApproved: true });
      const approval = { id: 'ski-trail', digest };
      assert.deepEqual(await ask('approve', 'kari', approval), { done: true });
      assert.equal((await page('/ski-trail/data.csv')).status, 404);
      assert.deepEqual(await ask('approve', 'ola', approval), { done: true });
      const csv = await (await page('/ski-trail/data.csv')).text();
      assert.equal(csv.trim().split('\r\n').length, 11);
      await statusMatching(/^published, 2 places/m);

      assert.deepEqual(await ask('withdraw', 'ola', { id: 'ski-trail', reason: 'Wrong place.' }), {
        done: true,
      });
      for (const path of ['/ski-trail/', '/ski-trail/data.csv', '/ski-trail/latest.json', '/ski-trail/x/y']) {
        const gone = await page(path, { accept: 'application/json', 'accept-language': 'en' });
        assert.equal(gone.status, 410, path);
        assert.match(await gone.text(), /was withdrawn on .* Reason: Wrong place\./);
      }
      assert.doesNotMatch(await (await page('/catalog.ttl')).text(), /ski-trail/);
      const { changes } = (await (await page('/changes.json')).json()) as { changes: { kind: string }[] };
      assert.deepEqual(
        changes.map(({ kind }) => kind),
        ['withdrawn', 'published'],
      );
      await unload();
      await load(sensitive, people());
      assert.equal((await page('/ski-trail/data.csv')).status, 410);
      assert.deepEqual(await ask('restore', 'ola', { id: 'ski-trail' }), { done: true });
      assert.equal((await page('/ski-trail/data.csv')).status, 404);
    });

    it('lets nobody approve what they wrote, and asks anew when it has changed', async () => {
      await load(sensitive, people());
      const flows = (title: string) => [
        ...CONFIG_NODES,
        { ...NODE, ...CONFIG, ...sensitive, titleEn: title },
      ];
      await deploy(flows('New title'), 'kari');
      const config = { ...NODE, ...CONFIG, ...sensitive, titleEn: 'New title' };
      const { digest } = await ask('preview', 'kari', config);
      const own = await ask('approve', 'kari', { id: 'ski-trail', digest });
      assert.equal(own.problem, 'You wrote this yourself. Somebody else must approve it.');
      assert.deepEqual(await ask('approve', 'ola', { id: 'ski-trail', digest }), { done: true });
      assert.equal((await page('/ski-trail/data.csv')).status, 200);
      await deploy(flows('Newer title'), 'kari');
      assert.equal((await page('/ski-trail/data.csv')).status, 404);
    });

    it('lets nobody approve devices that came in after they looked', async () => {
      await load(sensitive, people());
      const registry = openRegistry(dataFolder, SECRET);
      const { publication: _publication, ...unmarked } = SUMMIT;
      registry.save(unmarked);
      const { digest } = (await preview('ola')) as { digest: string };
      registry.save(SUMMIT);
      const { problem } = await ask('approve', 'ola', { id: 'ski-trail', digest });
      assert.match(String(problem), /not as you saw it/);
      const { digest: later } = (await preview('ola')) as { digest: string };
      assert.deepEqual(await ask('approve', 'ola', { id: 'ski-trail', digest: later }), { done: true });
    });

    it('takes nobody for the author who only made start what another wrote', async () => {
      await load({ slug: 'other' }, people());
      const hers = { ...NODE, ...CONFIG, ...sensitive };
      // She deploys it so that it cannot start, and waits for somebody who deploys something else.
      const waiting = [
        [...CONFIG_NODES, { ...hers, d: true }],
        // Her own spelling of it, which another's editor puts right.
        [...CONFIG_NODES.slice(1), { unknown: 1, ...Object.fromEntries(Object.entries(hers).toReversed()) }],
        [...CONFIG_NODES.slice(1), hers],
        [...CONFIG_NODES, { ...hers, id: 'first', methodEn: 'Otherwise.' }, hers],
      ];
      for (const [index, hidden] of waiting.entries()) {
        const version = (flows: readonly object[]) =>
          flows.map((node) => ('slug' in node ? { ...node, titleEn: `Version ${index}` } : node));
        await deploy(version(hidden), 'eve');
        await deploy(version([...CONFIG_NODES, hers]), 'bob');
        const { digest } = await ask('preview', 'eve', { ...hers, titleEn: `Version ${index}` });
        await ask('approve', 'eve', { id: 'ski-trail', digest });
        assert.equal((await page('/ski-trail/data.csv')).status, 404, String(index));
        assert.deepEqual(await ask('approve', 'bob', { id: 'ski-trail', digest }), { done: true });
        assert.equal((await page('/ski-trail/data.csv')).status, 200, String(index));
      }
    });

    it('takes nobody for the author whose own deploy failed, or who deployed one flow', async () => {
      await load({ slug: 'other' }, people());
      const hers = (titleEn: string) => ({ ...NODE, ...CONFIG, ...sensitive, titleEn });
      audit({ event: 'flows.set' }, { user: { username: 'bob' } });
      audit({ event: 'api.error', error: 'version_mismatch' } as never, { user: { username: 'bob' } });
      await helper.setFlows([...CONFIG_NODES, hers('One')]);
      audit({ event: 'flow.update' }, { user: { username: 'eve' } });
      const { digest } = await ask('preview', 'eve', hers('One'));
      await ask('approve', 'eve', { id: 'ski-trail', digest });
      assert.equal((await page('/ski-trail/data.csv')).status, 404);
    });

    it('lets nobody approve who is not signed in, or what they have not seen', async () => {
      await load(sensitive, people());
      const unknown = await ask('approve', '', { id: 'ski-trail', digest: 'x' });
      assert.match(String(unknown.problem), /not as you saw it/);
      const { body } = await helper
        .request<Record<string, unknown>>()
        .post('/byflyt/open-data/approve')
        .send({ id: 'ski-trail', language: 'en-US' });
      assert.match(String(body.problem), /needs a sign-in/);
    });
  });

  it('marks devices for open data from the form, but none that are private', async () => {
    await load();
    const registry = openRegistry(dataFolder, SECRET);
    const { publication: _publication, ...unmarked } = START;
    registry.save(unmarked);
    registry.save({ ...SUMMIT, publication: 'private' });
    assert.equal((await (await page('/ski-trail/data.csv')).text()).trim().split('\r\n').length, 1);
    const ids = [START.id, SUMMIT.id, 'unknown'];
    await helper.request().post('/byflyt/open-data/mark').send({ devices: 'registry', ids });
    assert.deepEqual(
      [START, SUMMIT].map(({ id }) => registry.get(id)?.publication),
      ['open', 'private'],
    );
    const { body } = await helper
      .request<Record<string, unknown>>()
      .post('/byflyt/open-data/mark')
      .send({ devices: 'none', ids, language: 'en-US' });
    assert.match(String(body.problem), /^Choose the devices/);
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
    assert.deepEqual(body.devices, [{ id: 'bin-1', name: 'Bin 1 (Start)', isMarked: true }]);
    const quantities = body.quantities as string[];
    assert.ok(quantities.includes('fill_level') && quantities.includes('distance'));
    assert.ok(!quantities.includes('battery_level'));
  });

  it('offers what is stored of devices that say themselves what they measure', async () => {
    await load();
    const { devEui: _devEui, ...level } = START;
    openRegistry(dataFolder, SECRET).save({
      ...level,
      id: 'level',
      name: 'Elva',
      area: 'water',
      model: 'senml',
    });
    const fields = { water_level: 0.8, water_level_qc: 1 };
    await nodeOf<DatabaseNode>('database')
      .store(false)
      .write([{ measurement: 'water', tags: { device: 'level' }, fields, time: Date.now() }]);
    const ask = async (database: string) => {
      const query = `devices=registry&area=water&database=${database}`;
      const { body } = await helper.request<Record<string, unknown>>().get(`/byflyt/open-data/area?${query}`);
      return body.quantities;
    };
    assert.deepEqual(await ask('database'), ['water_level']);
    assert.deepEqual(await ask('none'), []);
  });
});
