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
import liveData from '../../../nodes/opendata/live-data.node.ts';
import openData from '../../../nodes/opendata/open-data.node.ts';
import database from '../../../nodes/timeseries/database.node.ts';
import type { DatabaseNode } from '../../../nodes/timeseries/database.ts';
import { eventually } from '../../support/eventually.ts';
import { helper, nodeOf, statusesOf } from '../../support/node-red.ts';
import { CONFIG, readings, START, SUMMIT } from './ski-trail.ts';

const SECRET = 'a secret of this test';
const BROKER = 'mqtt://data.example.org:1883';
const MQTT = 'http://www.opengis.net/spec/iot_sensing/1.1/req/receive-updates-via-mqtt/receive-updates';
const FLOW = [
  { id: 'registry', type: 'byflyt-devices' },
  { id: 'database', type: 'byflyt-database' },
  { id: 'catalogue', type: 'byflyt-catalogue', publisher: 'Fjellby kommune', language: 'nb' },
  {
    id: 'publish',
    type: 'byflyt-open-data',
    devices: 'registry',
    database: 'database',
    catalogue: 'catalogue',
    ...CONFIG,
  },
  { id: 'live', type: 'byflyt-live-data', dataset: 'ski-trail', address: BROKER, wires: [['sent']] },
  { id: 'sent', type: 'helper' },
];

describe('byflyt-live-data node', () => {
  let dataFolder: string;
  let publicServer: Server;
  let root: string;

  before(() => helper.startServer());
  after(() => helper.stopServer());
  beforeEach(async () => {
    dataFolder = mkdtempSync(join(tmpdir(), 'byflyt-live-data-'));
    helper.settings({
      credentialSecret: SECRET,
      byflyt: {
        dataFolder,
        language: 'en-US',
        timeZone: 'Europe/Oslo',
        publicUrl: 'https://iot.example.org',
      },
    });
    openRegistry(dataFolder, SECRET).saveAll([START, SUMMIT].map((device) => ({ device })));
    const publicSite: NodeInitializer = ({ httpNode }) => {
      publicServer = createServer(httpNode as RequestListener);
    };
    await helper.load([publicSite, devices, database, catalogue, openData, liveData], FLOW);
    await nodeOf<DatabaseNode>('database').store(false).write(readings());
    await new Promise<void>((resolve) => publicServer.listen(0, '127.0.0.1', resolve));
    root = `http://127.0.0.1:${(publicServer.address() as AddressInfo).port}/opendata/sensorthings/v1.1`;
  });
  afterEach(async () => {
    await helper.unload();
    publicServer.closeAllConnections();
    await new Promise((resolve) => publicServer.close(resolve));
    rmSync(dataFolder, { recursive: true });
  });

  async function endpoints(): Promise<unknown> {
    const { serverSettings } = (await (await fetch(root)).json()) as {
      serverSettings: Record<string, { endpoints: unknown }>;
    };
    return serverSettings[MQTT]?.endpoints;
  }

  it('sends what is new once, and tells clients where to subscribe', async () => {
    const sent: { topic: string; payload: { result: unknown }; retain: boolean }[] = [];
    nodeOf('sent').on('input', (message: unknown) => sent.push(message as (typeof sent)[number]));
    await eventually(() => assert.match(statusesOf('live').at(-1) ?? '', /nothing new yet/));
    assert.deepEqual(await endpoints(), [BROKER]);
    const time = Date.parse('2018-03-18T10:20:00Z');
    const point = { measurement: 'ski_trail', tags: { device: 'ski-b', site: 'Toppen' }, time };
    const fields = { snow_temperature: -4.5, snow_temperature_qc: 1, rssi: -90 };
    await nodeOf<DatabaseNode>('database')
      .store(false)
      .write([{ ...point, fields }]);
    nodeOf('live').receive({ payload: 'of a store node' });
    await eventually(() => assert.equal(sent.length, 3));
    assert.deepEqual(
      sent.map(({ topic, payload, retain }) => [topic.replace(/\d+/g, '#'), payload.result, retain]),
      [
        ['v#.#/Observations', -4.5, false],
        ['v#.#/Datastreams(#)/Observations', -4.5, false],
        ['v#.#/FeaturesOfInterest(#)/Observations', -4.5, false],
      ],
    );
    assert.match(
      JSON.stringify(sent[0]?.payload),
      /https:\/\/iot\.example\.org\/opendata\/sensorthings\/v1\.1\/Observations\(/,
    );
    assert.match(statusesOf('live').at(-1) ?? '', /1 sent/);
    await helper.setFlows(FLOW.filter(({ id }) => id !== 'live') as Parameters<typeof helper.setFlows>[0]);
    assert.equal(await endpoints(), undefined);
  });
});
