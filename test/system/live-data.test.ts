/** Citizens hear of each new observation at the embedded broker: from the uplink to a client that never signed in. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connectAsync, type MqttClient } from 'mqtt';
import type { Browser } from 'playwright-core';
import { encodeLht65n } from '../../nodes/simulator/payloads.ts';
import { openBrowser, openEditor } from '../support/browser.ts';
import { eventually } from '../support/eventually.ts';
import { Installation } from './installation.ts';
import { thingsStackUplink } from './uplinks.ts';

const DEVICES = [
  'id;name;area;site;devEui;model;publication',
  'ski-a;Ski trail A;ski_trail;Start;a84041000000000a;ski-trail-lht65n;open',
].join('\n');
const MQTT = 'http://www.opengis.net/spec/iot_sensing/1.1/req/receive-updates-via-mqtt/receive-updates';
const PUBLIC_URL = 'https://data.example.org';

interface Heard {
  topic: string;
  payload: Record<string, unknown>;
}

interface EditorWindow {
  RED: {
    nodes: { import(nodes: object[]): void; node(id: string): { valid: boolean } };
    workspaces: { active(): string };
    view: { redraw(isAll: boolean): void };
  };
}

describe('live open data', () => {
  let installation: Installation;
  let broker: string;
  let own: MqttClient;
  let browser: Browser;

  before(async () => {
    installation = await Installation.prepare({
      BYFLYT_MQTT_HOST: '0.0.0.0',
      BYFLYT_MQTT_READERS: 'on',
      BYFLYT_PUBLIC_URL: PUBLIC_URL,
    });
    broker = `mqtt://127.0.0.1:${installation.environment.BYFLYT_MQTT_PORT}`;
    await installation.write('list.csv', DEVICES);
    await installation.start();
    await installation.command('devices', 'import', join(installation.folder, 'list.csv'));
    const signIn = await brokerSignIn();
    own = await connectAsync(broker, signIn);
    await deploy(signIn);
  });
  after(async () => {
    await browser?.close();
    await own?.endAsync();
    await installation?.remove();
  });

  async function brokerSignIn() {
    const secrets = await readFile(join(installation.folder, 'secrets.json'), 'utf8');
    const { brokerPassword } = JSON.parse(secrets) as { brokerPassword: string };
    return { username: 'byflyt', password: brokerPassword };
  }

  /** Adds the node and a core `mqtt out` to the flow of the ski trail. */
  async function deploy({ username, password }: { username: string; password: string }): Promise<void> {
    const flows = JSON.parse(await installation.read('flows')) as {
      id: string;
      type: string;
      slug?: string;
      z: string;
      wires?: string[][];
    }[];
    const trail = flows.find(({ type, slug }) => type === 'byflyt-open-data' && slug === 'ski-trail');
    const store = flows.find(({ type, z }) => type === 'byflyt-store' && z === trail?.z);
    assert.ok(trail && store);
    store.wires = [[...(store.wires?.[0] ?? []), 'live']];
    const port = installation.environment.BYFLYT_MQTT_PORT;
    const added = [
      {
        id: 'to-broker',
        type: 'mqtt-broker',
        broker: '127.0.0.1',
        port,
        protocolVersion: '4',
        cleansession: true,
        keepalive: '60',
        credentials: { user: username, password },
      },
      {
        id: 'live',
        type: 'byflyt-live-data',
        z: trail.z,
        dataset: 'ski-trail',
        address: 'mqtt://data.example.org:1883',
        x: 300,
        y: 700,
        wires: [['out']],
      },
      { id: 'out', type: 'mqtt out', z: trail.z, topic: '', broker: 'to-broker', x: 500, y: 700, wires: [] },
    ];
    const headers = {
      Authorization: `Bearer ${await installation.signIn()}`,
      'Content-Type': 'application/json',
    };
    const body = JSON.stringify([...flows, ...added]);
    const response = await fetch(`${installation.site}/editor/flows`, { method: 'POST', headers, body });
    assert.ok(response.ok, await response.text());
  }

  async function send(minutesAgo: number, externalTemperature: number): Promise<void> {
    const reading = { battery: 3.3, internalTemperature: -9, humidity: 88, externalTemperature };
    const { fPort, bytes } = encodeLht65n(reading);
    const time = new Date(Date.now() - minutesAgo * 60_000).toISOString();
    const { topic, body } = thingsStackUplink({
      deviceId: 'a',
      devEui: 'a84041000000000a',
      fPort,
      payload: bytes,
      time,
      fCnt: 100 - minutesAgo,
    });
    await own.publishAsync(topic, JSON.stringify(body), { qos: 1 });
  }

  it('reaches whoever subscribes, as the API has it, and the API tells where', async () => {
    await send(30, -11.5);
    const api = `${installation.site}/opendata/sensorthings/v1.1`;
    const get = async (path: string) =>
      (await (await fetch(`${api}${path}`)).json()) as Record<string, unknown>;
    await eventually(
      async () => assert.equal(((await get('/Observations')).value as unknown[]).length, 2),
      20_000,
    );
    await eventually(async () => {
      const { serverSettings } = await get('');
      assert.deepEqual((serverSettings as Record<string, unknown>)[MQTT], {
        endpoints: ['mqtt://data.example.org:1883'],
      });
    }, 20_000);
    const citizen = await connectAsync(broker);
    const heard: Heard[] = [];
    citizen.on('message', (topic, payload) => heard.push({ topic, payload: JSON.parse(String(payload)) }));
    await citizen.subscribeAsync('v1.1/Observations');
    await send(0, -11.2);
    const told = () => heard.filter(({ payload }) => payload.result === -11.2);
    await eventually(() => assert.equal(told().length, 1), 70_000);
    await citizen.endAsync();
    const [temperature] = told().map(({ payload }) => payload);
    const id = temperature?.['@iot.id'];
    const inApi = await get(`/Observations(${id})`);
    assert.equal(inApi.phenomenonTime, temperature?.phenomenonTime);
    assert.equal(
      temperature?.['@iot.selfLink'],
      `${PUBLIC_URL}/opendata/sensorthings/v1.1/Observations(${id})`,
    );
    assert.doesNotMatch(JSON.stringify(heard), /a84041|ski-a|battery|rssi/i);
  });

  it('is set up in a form that says what is missing', async () => {
    browser = await openBrowser();
    const editor = await openEditor(browser, installation);
    await editor.showFlow('Ski trail');
    await editor.page.evaluate(() => {
      const { RED } = globalThis as unknown as EditorWindow;
      const place = { z: RED.workspaces.active(), x: 300, y: 800, wires: [[]] };
      RED.nodes.import([
        { id: 'another', type: 'byflyt-live-data', dataset: '', address: 'nowhere', name: '', ...place },
      ]);
      RED.view.redraw(true);
    });
    const isValid = () =>
      editor.page.evaluate(() => (globalThis as unknown as EditorWindow).RED.nodes.node('another').valid);
    const form = await editor.openNode('another');
    await form.locator('#node-input-dataset').selectOption('ski-trail');
    await editor.done();
    assert.equal(await isValid(), false);
    const again = await editor.openNode('another');
    assert.equal(await again.locator('#node-input-dataset').inputValue(), 'ski-trail');
    await again.locator('#node-input-address').fill('mqtts://data.example.org:8883');
    await editor.done();
    assert.equal(await isValid(), true);
  });
});
