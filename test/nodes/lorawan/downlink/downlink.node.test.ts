/** Downlinks through core nodes to a network server at a real broker, and its events on the way back. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server as HttpServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mqtt, { type MqttClient } from 'mqtt';
import type { NodeAPI } from 'node-red';
import { Sandbox } from '../../../../nodes/codec/sandbox.ts';
import devicesNode from '../../../../nodes/devices/devices.node.ts';
import { openRegistry } from '../../../../nodes/devices/registry.ts';
import downlinkNode from '../../../../nodes/lorawan/downlink.node.ts';
import lorawanDecodeNode from '../../../../nodes/lorawan/lorawan-decode.node.ts';
import { eventually } from '../../../support/eventually.ts';
import { type RunningFlow, startFlow } from '../../../support/flow.ts';
import { helper, nodeOf } from '../../../support/node-red.ts';
import { type Server, startMosquitto } from '../../../support/servers.ts';
import { SECRET } from '../town.ts';
import { CODEC_SOURCE, DEV_EUI, FORM, LAMP, MODEL } from './lamps.ts';

type NodeModule = (RED: NodeAPI) => void;
const require = createRequire(import.meta.url);
const core = (file: string): NodeModule => require(`@node-red/nodes/core/network/${file}`) as NodeModule;
const NODES = [core('10-mqtt.js'), core('21-httprequest.js'), devicesNode, lorawanDecodeNode, downlinkNode];

const TOKEN = 'a-key-of-the-server';
const COMMAND = { topic: 'lamp-7', payload: { dimming_level: 40 } };

/** A ChirpStack v4 as far as it matters: takes commands, tells that they were sent, and that the lamp has them. */
class ChirpStack {
  readonly client: MqttClient;
  readonly commands: { topic: string; body: Record<string, unknown> }[] = [];

  constructor(client: MqttClient) {
    this.client = client;
    client.on('message', (topic, body) => this.commands.push({ topic, body: JSON.parse(body.toString()) }));
  }

  async tell(type: string, fields: object): Promise<void> {
    const deviceInfo = { applicationId: 'app-1', deviceName: 'Lamp 7', devEui: DEV_EUI };
    const body = JSON.stringify({ time: new Date().toISOString(), deviceInfo, ...fields });
    await this.client.publishAsync(`application/app-1/device/${DEV_EUI}/event/${type}`, body, { qos: 1 });
  }
}

describe('byflyt-downlink node', () => {
  let broker: Server;
  let server: ChirpStack;
  let folder: string;
  let running: RunningFlow | undefined;
  let web: HttpServer | undefined;

  before(async () => {
    broker = await startMosquitto();
    const client = await mqtt.connectAsync(broker.url);
    await client.subscribeAsync('application/+/device/+/command/down', { qos: 1 });
    server = new ChirpStack(client);
  });
  after(async () => {
    await server.client.endAsync();
    await broker.stop();
    await Sandbox.shared().close();
  });
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'byflyt-downlink-'));
    for (const [path, text] of [
      ['models/our-lamp.json', JSON.stringify(MODEL)],
      ['codecs/lamp.js', CODEC_SOURCE],
    ] as const) {
      mkdirSync(join(folder, path, '..'), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    openRegistry(folder, SECRET).save(LAMP);
    server.commands.length = 0;
  });
  afterEach(async () => {
    web?.closeAllConnections();
    web?.close();
    web = undefined;
    await stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const stop = async () => {
    await running?.stop();
    running = undefined;
  };

  /** The flow as the help describes it. */
  const start = async (form: object = {}) => {
    const url = new URL(broker.url);
    const http = { method: 'use', ret: 'obj', authType: 'bearer', senderr: true };
    const flow = [
      { id: 'devices', type: 'byflyt-devices' },
      {
        id: 'broker',
        type: 'mqtt-broker',
        broker: url.hostname,
        port: url.port,
        clientid: '',
        autoConnect: true,
        protocolVersion: 4,
      },
      {
        id: 'events',
        type: 'mqtt in',
        topic: 'application/+/device/+/event/+',
        qos: '1',
        datatype: 'json',
        broker: 'broker',
        wires: [['decode']],
      },
      {
        id: 'decode',
        type: 'byflyt-lorawan-decode',
        devices: 'devices',
        area: '',
        wires: [[], ['downlink']],
      },
      {
        id: 'downlink',
        type: 'byflyt-downlink',
        devices: 'devices',
        ...FORM,
        ...form,
        wires: [['out', 'request', 'sent'], ['states']],
      },
      { id: 'out', type: 'mqtt out', topic: '', qos: '', retain: '', broker: 'broker' },
      { id: 'request', type: 'http request', ...http, wires: [['downlink']] },
      { id: 'sent', type: 'helper' },
      { id: 'states', type: 'helper' },
    ];
    const byflyt = { dataFolder: folder, language: 'en-US', timeZone: 'Europe/Oslo' };
    const isHttp = (form as { transport?: string }).transport === 'http';
    const used = flow.filter(({ id }) => id !== (isHttp ? 'out' : 'request'));
    running = await startFlow(NODES, used, { byflyt, credentialSecret: SECRET });
    const flowRunning = running;
    if (!isHttp)
      await eventually(() =>
        assert.ok(
          flowRunning.statuses('events').some((text) => /connected$/.test(text) && !/dis/.test(text)),
        ),
      );
    return flowRunning;
  };
  const states = (flow: RunningFlow) => flow.received('states').map(({ payload }) => payload.state);

  it('sends through mqtt out, and follows the server’s events until the device has acknowledged', async () => {
    const flow = await start();
    await flow.send('downlink', COMMAND);
    const [command] = await eventually(() => {
      assert.equal(server.commands.length, 1);
      return server.commands;
    });
    assert.equal(command?.topic, `application/app-1/device/${DEV_EUI}/command/down`);
    const { id, ...body } = command?.body ?? {};
    assert.deepEqual(body, { devEui: DEV_EUI, confirmed: true, fPort: 2, data: 'ASg=' });

    await server.tell('txack', {
      downlinkId: 1,
      queueItemId: id,
      fCntDown: 3,
      gatewayId: '0016c001f153a14c',
    });
    await server.tell('ack', { queueItemId: id, acknowledged: true, fCntDown: 3 });
    await eventually(() => assert.deepEqual(states(flow), ['queued', 'sent', 'acked']));
    const last = flow.received('states').at(-1);
    assert.deepEqual(
      [last?.topic, last?.payload.reference, last?.payload.values],
      ['lamp-7', id, { dimming_level: 40 }],
    );
    assert.match(flow.statuses('downlink').at(-1) ?? '', /^Lamp 7: acknowledged \d\d:\d\d$/);
  });

  it('follows what was open after a restart', async () => {
    await (await start()).send('downlink', COMMAND);
    const id = await eventually(() => {
      assert.equal(server.commands.length, 1);
      return server.commands[0]?.body.id;
    });
    await stop();
    const flow = await start();
    await server.tell('ack', { queueItemId: id, fCntDown: 3 });
    await eventually(() => assert.deepEqual(states(flow), ['failed']));
  });

  it('asks over HTTP with the key of the http request node, and takes up the answer', async () => {
    const asked: { url: string | undefined; authorization: string | undefined; body: unknown }[] = [];
    let status = 200;
    web = createServer((request, response) => {
      let text = '';
      request.on('data', (chunk) => {
        text += chunk;
      });
      request.on('end', () => {
        asked.push({
          url: request.url,
          authorization: request.headers.authorization,
          body: JSON.parse(text),
        });
        response.writeHead(status, { 'content-type': 'application/json' }).end('{"id":"q-1"}');
      });
    });
    const listening = web;
    await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
    const flow = await start({
      transport: 'http',
      server: `http://127.0.0.1:${(listening.address() as AddressInfo).port}`,
    });
    // As the editor hands credentials to a node.
    nodeOf<{ credentials: object }>('request').credentials = { password: TOKEN };
    await flow.send('downlink', COMMAND);
    await eventually(() => assert.equal(asked.length, 1));
    assert.deepEqual(
      [asked[0]?.url, asked[0]?.authorization],
      [`/api/devices/${DEV_EUI}/queue`, `Bearer ${TOKEN}`],
    );
    assert.deepEqual(asked[0]?.body, { queueItem: { confirmed: true, fPort: 2, data: 'ASg=' } });
    assert.deepEqual(states(flow), ['queued']);
    assert.ok(!JSON.stringify(flow.received('sent')).includes(TOKEN));

    status = 403;
    await flow.send('downlink', { ...COMMAND, payload: { dimming_level: 50 } });
    await eventually(() => assert.deepEqual(states(flow), ['queued', 'queued', 'failed']));
    assert.equal(flow.received('states').at(-1)?.payload.reason, 'HTTP 403');
  });

  it('hands a downlink to the gateway node, and listens to its events', async () => {
    const flow = await start({ network: 'gateway' });
    await flow.send('downlink', COMMAND);
    const payload = flow.received('sent')[0]?.payload;
    assert.deepEqual(
      [payload.kind, payload.devEui, payload.payloadHex, payload.fPort],
      ['downlink', DEV_EUI, '0128', 2],
    );
    for (const type of ['queued', 'txack', 'ack']) {
      await flow.send('downlink', {
        payload: { kind: 'event', type, devEui: DEV_EUI, reference: payload.reference },
      });
    }
    assert.deepEqual(states(flow), ['queued', 'sent', 'acked']);
  });

  it('sends nothing in a dry run, and shows the bytes', async () => {
    const flow = await start({ dryRun: true });
    assert.equal(flow.statuses('downlink').at(-1), 'dry run: nothing is sent');
    await flow.send('downlink', COMMAND);
    assert.deepEqual([flow.received('sent'), states(flow)], [[], ['dry-run']]);
    assert.equal(flow.statuses('downlink').at(-1), 'Lamp 7: dry run, would send 0128');
    assert.match(JSON.stringify(flow.received('states')[0]?.payload.wouldSend), /command\/down/);
  });

  it('shows in its form what a command would send, with the form as it is', async () => {
    await start();
    const { allowed, ...form } = FORM;
    const ask = async (body: object) => {
      const request = helper.request<Record<string, unknown>>().post('/byflyt/downlink/try?lang=nb');
      return (
        await request.send({ devices: 'devices', form: { ...form, allowed, network: 'gateway' }, ...body })
      ).body;
    };
    const tried = { device: 'lamp-7', quantity: 'dimming_level', value: '40' };
    const answer = await ask(tried);
    assert.deepEqual([answer.fPort, answer.payloadHex], [2, '0128']);
    assert.match(JSON.stringify(answer.message), /"kind":"downlink"/);
    const refused: [object, RegExp][] = [
      [{ ...tried, value: '5' }, /^Lamp 7: 5 er utenfor/],
      [{ ...tried, value: 'x' }, /må være et tall/],
      [{ ...tried, device: '' }, /nevner ingen enhet/],
      [{ ...tried, form: { ...form, allowed: [] } }, /kan ikke styres/],
      [{ ...tried, form: 7 }, /Velg et nettverk/],
      [{ ...tried, devices: 'gone' }, /ikke tatt i bruk/],
      [{ ...tried, quantity: 'x' }, /ingen størrelse/],
    ];
    for (const [body, error] of refused) assert.match(String((await ask(body)).error), error);
    assert.equal(server.commands.length, 0);
  });

  it('tells catch nodes and the status why a command was refused, and goes on', async () => {
    const flow = await start();
    await assert.rejects(flow.send('downlink', { ...COMMAND, payload: { dimming_level: 5 } }), {
      message: 'Lamp 7: 5 is outside of what is allowed for “dimming_level”: 20 to 100. Nothing was sent.',
    });
    await flow.send('downlink', COMMAND);
    await eventually(() => assert.equal(server.commands.length, 1));
  });

  it('passes on what came with the command, without its journal entry', async () => {
    const flow = await start({ network: 'gateway' });
    const intake = { journalId: 'j', receivedTime: '2026-11-20T12:00:00Z', transport: 'mqtt' };
    await flow.send('downlink', { ...COMMAND, intake, room: 'hall' });
    const [sent] = flow.received('sent');
    assert.deepEqual([sent?.room, sent?.intake, sent?.downlink.device], ['hall', undefined, 'lamp-7']);
  });

  it('says at the start what is missing', async () => {
    const flow = await start({ allowed: [] });
    assert.equal(flow.statuses('downlink').at(-1), 'nothing may be switched yet');
    await stop();
    const wrong = await start({ application: '' });
    assert.match(
      wrong.statuses('downlink').at(-1) ?? '',
      /^The application id in the downlink node is missing/,
    );
    await assert.rejects(wrong.send('downlink', COMMAND), /application id/);
  });
});
