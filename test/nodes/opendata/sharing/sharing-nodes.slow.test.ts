/** The nodes that pass a dataset on, in a real Node-RED with a published dataset, against stand-ins of the services. */
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import devices from '../../../../nodes/devices/devices.node.ts';
import { openRegistry } from '../../../../nodes/devices/registry.ts';
import catalogue from '../../../../nodes/opendata/catalogue.node.ts';
import ckan from '../../../../nodes/opendata/ckan.node.ts';
import ngsiLd from '../../../../nodes/opendata/ngsi-ld.node.ts';
import openData from '../../../../nodes/opendata/open-data.node.ts';
import share from '../../../../nodes/opendata/share.node.ts';
import database from '../../../../nodes/timeseries/database.node.ts';
import type { DatabaseNode } from '../../../../nodes/timeseries/database.ts';
import type { Point } from '../../../../nodes/timeseries/store.ts';
import { eventually } from '../../../support/eventually.ts';
import { helper, nodeOf, statusesOf } from '../../../support/node-red.ts';
import { tempFolder } from '../../../support/servers.ts';
import { StandInPortal } from '../ckan/stand-in-portal.ts';
import { StandInBroker } from '../ngsi-ld/stand-in-broker.ts';
import { CONFIG, START } from '../ski-trail.ts';
import { StandInServices } from './stand-in-services.ts';

const SECRET = 'a secret of this test';
const ID = 'urn:ngsi-ld:WeatherObserved:ski-trail:start';

describe('nodes that pass a dataset on', () => {
  let folder: string;
  let broker: StandInBroker;
  let portal: StandInPortal;
  let services: StandInServices;
  let urls: { broker: URL; portal: URL; services: URL };

  before(() => helper.startServer());
  after(() => helper.stopServer());
  beforeEach(async () => {
    folder = await tempFolder();
    [broker, portal, services] = [new StandInBroker(), new StandInPortal(), new StandInServices()];
    const [brokerUrl, portalUrl, servicesUrl] = await Promise.all([
      broker.listen(),
      portal.listen(),
      services.listen(),
    ]);
    urls = { broker: brokerUrl, portal: portalUrl, services: servicesUrl };
  });
  afterEach(async () => {
    await helper.unload();
    await Promise.all([broker.close(), portal.close(), services.close()]);
    await rm(folder, { recursive: true });
  });

  const dataset = { dataset: 'ski-trail' };
  const nodes = () => [
    { id: 'broker', type: 'byflyt-ngsi-ld', ...dataset, url: urls.broker.href },
    {
      id: 'portal',
      type: 'byflyt-ckan',
      ...dataset,
      url: urls.portal.href,
      organisation: 'fjellby',
    },
    {
      id: 'post',
      type: 'byflyt-share',
      ...dataset,
      language: 'en',
      channel: 'slack',
      when: 'message',
      wires: [['after']],
    },
    { id: 'after', type: 'helper' },
  ];
  const start = async (flow: object[] = nodes(), device: object = {}) => {
    helper.settings({
      credentialSecret: SECRET,
      byflyt: {
        dataFolder: folder,
        language: 'en-US',
        timeZone: 'Europe/Oslo',
        publicUrl: 'https://data.example.org',
      },
    });
    const registry = openRegistry(folder, SECRET);
    registry.saveAll([{ device: { ...START, ...device } }]);
    await helper.load(
      [devices, database, catalogue, openData, ngsiLd, ckan, share],
      [
        { id: 'registry', type: 'byflyt-devices' },
        { id: 'database', type: 'byflyt-database' },
        { id: 'catalogue', type: 'byflyt-catalogue', publisher: 'Fjellby kommune', language: 'nb' },
        {
          ...CONFIG,
          id: 'publish',
          type: 'byflyt-open-data',
          devices: 'registry',
          database: 'database',
          catalogue: 'catalogue',
        },
        ...flow,
      ],
      { portal: { token: 'token' }, post: { url: `${urls.services.href}hook/secret-of-slack` } },
    );
    await measure(-4);
  };
  const measure = (snow_temperature: number, device: Partial<Point['tags']> = {}) =>
    nodeOf<DatabaseNode>('database')
      .store(false)
      .write([
        {
          measurement: 'ski_trail',
          tags: { device: 'ski-a', site: 'Start', ...device },
          fields: { snow_temperature, snow_temperature_qc: 1 },
          time: Date.now() - 1000,
        },
      ]);
  const tell = (id: string) => nodeOf(id).receive({ payload: 'something new' });

  it('bring its values to the broker, the portal and a chat', async () => {
    await start();
    const received: { payload?: unknown; attachments?: { filename: string }[] }[] = [];
    nodeOf('after').on('input', (message) => void received.push(message));
    tell('post');
    await eventually(() => assert.equal(broker.value(ID, 'snowTemperature'), -4));
    await eventually(() => assert.equal([...portal.tables.values()][0]?.rows.size, 1));
    await eventually(() => assert.equal(received.length, 1));
    assert.match(String(services.messages[0]?.text), /Start: /);
    assert.match(String(received[0]?.payload), /^Ski trail, /);
    assert.deepEqual(
      received[0]?.attachments?.map(({ filename }) => filename),
      ['ski-trail.png', 'ski-trail.svg'],
    );
    await eventually(() => assert.match(statusesOf('broker').at(-1) ?? '', /^1 place, sent \d\d:\d\d$/));
    await eventually(() => assert.match(statusesOf('portal').at(-1) ?? '', /^portal updated/));
    await eventually(() => assert.match(statusesOf('post').at(-1) ?? '', /^posted/));
    await measure(-7);
    tell('broker');
    tell('post');
    await eventually(() => assert.equal(broker.value(ID, 'snowTemperature'), -7));
    assert.equal(services.messages.length, 1, 'one post a day');
  }).timeout(30_000);

  it('send nothing of simulated devices', async () => {
    await start(nodes(), { sandbox: true });
    await nodeOf<DatabaseNode>('database')
      .store(true)
      .write([
        {
          measurement: 'ski_trail',
          tags: { device: 'ski-a', site: 'Start' },
          fields: { snow_temperature: 1 },
          time: Date.now(),
        },
      ]);
    tell('post');
    await eventually(() => assert.match(statusesOf('broker').at(-1) ?? '', /sandbox/));
    await eventually(() => assert.match(statusesOf('portal').at(-1) ?? '', /sandbox/));
    await eventually(() => assert.match(statusesOf('post').at(-1) ?? '', /nothing to post/));
    assert.deepEqual([broker.requests, portal.packages.size, services.messages], [[], 0, []]);
  }).timeout(30_000);

  it('say what to correct in a form, and what a service refuses', async () => {
    portal.rules.organisations = ['another'];
    const [first, second, third] = nodes();
    await start([
      { ...first, url: 'nowhere' },
      { ...second },
      { ...third, wires: [] },
      { id: 'bare', type: 'byflyt-share' },
    ]);
    assert.match(statusesOf('broker').at(-1) ?? '', /broker's address/);
    assert.match(statusesOf('bare').at(-1) ?? '', /Choose the dataset/);
    await eventually(() => assert.match(statusesOf('portal').at(-1) ?? '', /does not accept the dataset/));
    const words = JSON.stringify(helper.log().args.map(([{ msg }]) => String(msg)));
    assert.match(words, /owner_org: Organization does not exist/);
    assert.doesNotMatch(words, /secret-of-slack/);
  }).timeout(30_000);

  it('show what they would send, and send nothing for that', async () => {
    await start([]);
    interface Shown {
      text?: string;
      problem?: string;
      image?: string;
    }
    const get = async (path: string) => (await helper.request<Shown>().get(path)).body;
    const entities = await get('/byflyt/ngsi-ld/preview?dataset=ski-trail');
    assert.equal(JSON.parse(entities.text ?? '')[0].id, ID);
    const told = await get('/byflyt/ckan/preview?dataset=ski-trail&style=open-data-dk');
    assert.equal(JSON.parse(told.text ?? '').title_translated.en, 'Ski trail');
    const post = await helper
      .request<Shown>()
      .post('/byflyt/share/preview')
      .send({ dataset: 'ski-trail', language: 'en', channel: 'mastodon' });
    assert.match(post.body.text ?? '', /^Ski trail, /);
    assert.match(post.body.image ?? '', /^data:image\/svg\+xml;base64,/);
    assert.match((await get('/byflyt/ckan/preview?dataset=none&lang=nb')).problem ?? '', /ikke publisert/);
  }).timeout(30_000);
});
