/** Intake and decode node in a real Node-RED, with a real broker. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server as HttpServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mqtt, { type MqttClient } from 'mqtt';
import type { NodeAPI } from 'node-red';
import devicesNode from '../../../nodes/devices/devices.node.ts';
import { openRegistry } from '../../../nodes/devices/registry.ts';
import intakeNode from '../../../nodes/intake/intake.node.ts';
import lorawanDecodeNode from '../../../nodes/lorawan/lorawan-decode.node.ts';
import { openDataFolder } from '../../../nodes/persistence/data-folder.ts';
import { eventually } from '../../support/eventually.ts';
import { type RunningFlow, startFlow } from '../../support/flow.ts';
import { type Server, startMosquitto } from '../../support/servers.ts';
import { BIN, BIN_PAYLOAD, gatewayFrame, KEYS, SECRET, SNOW, snowFrame, uplink } from './town.ts';

const BIN_EUI = BIN.devEui ?? '';
const DEVICES = { id: 'devices', type: 'byflyt-devices' };
const CATCH = [
  { id: 'catcher', type: 'catch', scope: null, wires: [['caught']] },
  { id: 'caught', type: 'helper' },
];

type NodeConfig = { id: string; type: string } & Record<string, unknown>;

/** One area as a municipality has it: intake, decode, and ends that collect. */
function chain(area: string, topics: string[]): NodeConfig[] {
  const id = (name: string) => `${name}-${area}`;
  return [
    {
      id: id('intake'),
      type: 'byflyt-intake',
      transport: 'mqtt',
      broker: 'byflyt',
      topics,
      wires: [[id('decode')]],
    },
    {
      id: id('decode'),
      type: 'byflyt-lorawan-decode',
      devices: 'devices',
      area,
      wires: [[id('readings')], [id('events')]],
    },
    { id: id('readings'), type: 'helper' },
    { id: id('events'), type: 'helper' },
  ];
}

describe('intake and LoRaWAN decode in Node-RED', function () {
  this.timeout(20_000);
  let server: Server;
  let publisher: MqttClient;
  let folder: string;
  let running: RunningFlow;
  let stopped: boolean;
  let red: NodeAPI;
  let statuses: Map<string, string>;
  let web: HttpServer[];

  before(async () => {
    server = await startMosquitto();
    publisher = await mqtt.connectAsync(server.url);
  });
  after(async () => {
    await publisher.endAsync();
    await server.stop();
  });
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'byflyt-flow-'));
    statuses = new Map();
    web = [];
    const registry = openRegistry(folder, SECRET);
    registry.save(BIN);
    registry.save(SNOW, KEYS);
  });
  afterEach(async () => {
    for (const served of web) {
      served.closeAllConnections();
      served.close();
    }
    if (!stopped) await stop();
    openRegistry(folder, SECRET).unknown.flush();
    rmSync(folder, { recursive: true, force: true });
  });

  const stop = async () => {
    stopped = true;
    await running.stop();
    red.events.removeListener('node-status', remember);
  };
  const remember = ({ id, status }: { id: string; status: { text?: string } }) =>
    statuses.set(id, status.text ?? '');
  const probe = (RED: NodeAPI) => {
    red = RED;
    RED.events.on('node-status', remember);
  };
  const start = async (...flows: NodeConfig[]) => {
    const byflyt = {
      dataFolder: folder,
      language: 'en-US',
      timeZone: 'Europe/Oslo',
      mqtt: { url: server.url },
    };
    const nodes = [probe, devicesNode, intakeNode, lorawanDecodeNode];
    running = await startFlow(nodes, [DEVICES, ...flows], { byflyt, credentialSecret: SECRET });
    stopped = false;
  };
  const until = (condition: () => boolean) =>
    eventually(() => assert.ok(condition(), `not in time: ${condition}`));
  const connected = (id: string) => until(() => statuses.get(id)?.includes('waiting for data from') === true);
  const publish = (topic: string, message: object) =>
    publisher.publishAsync(topic, JSON.stringify(message), { qos: 1 });
  const serve = async (application: unknown): Promise<string> => {
    const served = createServer(application as RequestListener);
    web.push(served);
    await new Promise<void>((resolve) => served.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(served.address() as AddressInfo).port}`;
  };

  it('brings each area its own readings and each problem to a catch node, and settles the journal', async () => {
    const topics = ['v3/+/devices/+/up', 'eu868/gateway/+/event/up'];
    await start(...chain('waste', topics), ...chain('ski_trail', topics), ...CATCH);
    const [bins, snow] = [running.received('readings-waste'), running.received('readings-ski_trail')];
    const [events, caught] = [running.received('events-waste'), running.received('caught')];
    await Promise.all([connected('intake-waste'), connected('intake-ski_trail')]);

    await publish('v3/app/devices/stranger/up', uplink('1122334455667788', '01'));
    await publish('v3/app/devices/bin/up', uplink(BIN_EUI, ''));
    await publish('v3/app/devices/bin/up', uplink(BIN_EUI, BIN_PAYLOAD.slice(0, 12)));
    const wrong = { ...KEYS, nwkSKey: '0f'.repeat(16) };
    await publish('eu868/gateway/a/event/up', gatewayFrame(snowFrame(1, '01', wrong)));
    await publish('eu868/gateway/a/event/up', gatewayFrame(snowFrame(1)));
    await publish('v3/app/devices/bin/up', uplink(BIN_EUI, BIN_PAYLOAD));
    await until(() => bins.length === 1 && snow.length === 1 && caught.length === 3);

    assert.equal(bins[0]?.topic, 'bin-7');
    assert.equal(bins[0]?.payload.values.distance, 2.116);
    assert.deepEqual(
      events.map(({ payload }) => payload.type),
      ['empty'],
    );
    const sentences = caught.map(({ error }) => String(error.message)).sort();
    assert.match(sentences[0] ?? '', /Bin 7: .*cut off/);
    assert.match(sentences[1] ?? '', /Nobody registered the device 1122334455667788/);
    assert.match(sentences[2] ?? '', /Start: The checksum \(MIC\)/);
    await until(() => /^1 reading, last \d\d:\d\d$/.test(statuses.get('decode-waste') ?? ''));

    await stop();
    const { journal, ledger, release } = openDataFolder(folder);
    // Six messages to two intakes: two readings wait for a store, three were refused, the rest was somebody else's.
    assert.deepEqual(journal.counts(), {
      inFlow: 2,
      rejected: 3,
      dropped: 7,
      stored: 0,
      queued: 0,
      unaccounted: 0,
      lost: 0,
    });
    const [rejected] = journal.rejected().filter(({ device }) => device === 'Bin 7');
    assert.equal(JSON.parse(rejected?.body.toString() ?? '').uplink_message.f_cnt, 12);
    const accounts = ledger.rows({ device: 'bin-7' }).map((row) => `${row.area} ${row.rejected}`);
    assert.deepEqual(accounts, ['waste 1']);
    release();
  });

  it('takes unfinished messages up again after a restart, frames included', async () => {
    const topics = ['eu868/gateway/restart/event/up'];
    await start(...chain('ski_trail', topics));
    const first = running.received('readings-ski_trail');
    await connected('intake-ski_trail');
    await publish(topics[0] ?? '', gatewayFrame(snowFrame(7)));
    await until(() => first.length === 1);
    await stop();

    await start(...chain('ski_trail', topics));
    const second = running.received('readings-ski_trail');
    await until(() => second.length === 1);
    assert.deepEqual(second[0]?.payload, first[0]?.payload);
  });

  it('receives a webhook and says how many samples a payload had', async () => {
    for (const name of ['models', 'codecs']) mkdirSync(join(folder, name));
    const model = {
      id: 'logger',
      vendor: 'Test',
      name: 'logger',
      codec: 'logger.js',
      interval: 60,
      mappings: [],
    };
    writeFileSync(
      join(folder, 'models', 'logger.json'),
      JSON.stringify({ ...model, samples: 'old', time: 'at' }),
    );
    const data = '{ data: { at: 1767322000, old: [{ at: 1767321000 }] } }';
    writeFileSync(join(folder, 'codecs', 'logger.js'), `function decodeUplink() { return ${data}; }`);
    const devEui = 'ffffffffffffff01';
    openRegistry(folder, SECRET).save({
      id: 'logger',
      name: 'Logger',
      area: 'waste',
      model: 'logger',
      devEui,
    });
    const [intake = DEVICES, ...others] = chain('waste', []);
    await start({ ...intake, ...{ transport: 'webhook', path: '/byflyt/in/waste' } }, ...others);
    const readings = running.received('readings-waste');
    const body = JSON.stringify(uplink(devEui, '01'));
    const response = await fetch(`${await serve(red.httpNode)}/byflyt/in/waste`, { method: 'POST', body });
    assert.equal(response.status, 200);
    await until(() => readings.length === 2);
    const parts = readings.map(({ parts }) => parts);
    assert.deepEqual(
      parts.map(({ index, count }) => [index, count]),
      [
        [0, 2],
        [1, 2],
      ],
    );
    assert.equal(parts[0].id, readings[0]?.intake.journalId);
  });

  it('reads XML that comes by webhook, without the key in it, and tells a second copy apart', async () => {
    const [intake = DEVICES, ...others] = chain('waste', []);
    await start({ ...intake, ...{ transport: 'webhook', path: '/byflyt/in/xml' } }, ...others);
    const [readings, events] = [running.received('readings-waste'), running.received('events-waste')];
    const key = '34216a533ceb98b5c811a9acf72e6822';
    const fields = {
      DevEUI: BIN_EUI.toUpperCase(),
      FPort: 85,
      FCntUp: 9,
      payload_hex: BIN_PAYLOAD,
      AppSKey: key,
    };
    const elements = Object.entries(fields).map(([name, value]) => `<${name}>${value}</${name}>`);
    const body = `<?xml version="1.0"?><DevEUI_uplink>${elements.join('')}</DevEUI_uplink>`;
    const url = `${await serve(red.httpNode)}/byflyt/in/xml`;
    for (let copy = 0; copy < 2; copy++) {
      assert.equal((await fetch(url, { method: 'POST', body })).status, 200);
    }
    await until(() => readings.length === 1 && events.length === 1);
    assert.deepEqual([readings[0]?.payload.values.distance, events[0]?.payload.type], [2.116, 'duplicate']);
    await stop();
    const { journal, release } = openDataFolder(folder);
    const { inFlow, dropped } = journal.counts();
    assert.deepEqual([inFlow, dropped], [1, 1]);
    const { body: kept } = journal.read(readings[0]?.intake.journalId) ?? {};
    assert.match(kept?.toString() ?? '', /<AppSKey>\*\*\*</);
    release();
  });

  it('reads what a mapping or the chosen network server says', async () => {
    const [, decode = DEVICES, ...ends] = chain('waste', []);
    const mapping = '{ "devEui": payload.eui, "fPort": 85, "payloadHex": payload.hex, "deviceId": topic }';
    await start({ ...decode, server: 'mapping', mapping }, ...ends, {
      ...{ id: 'forced', type: 'byflyt-lorawan-decode', devices: 'devices', area: '' },
      ...{ server: 'loriot', wires: [[], []] },
    });
    const readings = running.received('readings-waste');
    await running.send('decode-waste', { payload: { eui: BIN_EUI, hex: BIN_PAYLOAD } });
    assert.equal(readings[0]?.payload.values.distance, 2.116);
    await assert.rejects(running.send('decode-waste', { payload: { hex: '01' } }), /Register the device/);
    const uplinkOfAnother = running.send('forced', { payload: uplink(BIN_EUI, BIN_PAYLOAD) });
    await assert.rejects(uplinkOfAnother, /not one of LORIOT/);
  });

  it('offers its models and decodes a pasted payload', async () => {
    await start(...chain('waste', ['nowhere']));
    const base = await serve(red.httpAdmin);
    const models = (await (await fetch(`${base}/byflyt/models`)).json()) as { id: string }[];
    assert.ok(models.some(({ id }) => id === 'milesight-em310-udl'));
    const response = await fetch(`${base}/byflyt/decode?lang=nb`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ payload: BIN_PAYLOAD, fPort: 85, device: 'bin-7', devices: 'devices' }),
    });
    const { samples } = (await response.json()) as {
      samples: { rows: { label: string; value: string }[] }[];
    };
    assert.ok(samples[0]?.rows.some(({ label, value }) => label === 'Avstand' && value === '2,116'));
  });

  it('says in the node what is not set, and to every message that comes', async () => {
    await start(
      {
        id: 'intake',
        type: 'byflyt-intake',
        ...{ transport: 'mqtt', broker: 'byflyt', topics: [], wires: [[]] },
      },
      { id: 'decode', type: 'byflyt-lorawan-decode', ...{ devices: '', area: '', wires: [[], []] } },
    );
    await until(() => statuses.size === 2);
    assert.equal(statuses.get('intake'), 'Enter at least one topic.');
    assert.equal(statuses.get('decode'), 'Choose a device list in the node.');
    await assert.rejects(running.send('decode', { payload: {} }), /Choose a device list/);
  });
});
