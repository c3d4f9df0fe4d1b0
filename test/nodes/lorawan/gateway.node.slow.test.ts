/** The gateway node in a real Node-RED, driven by a packet forwarder and an end device that know nothing of its code. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Device } from '../../../nodes/devices/device.ts';
import devicesNode from '../../../nodes/devices/devices.node.ts';
import { openRegistry } from '../../../nodes/devices/registry.ts';
import downlinkNode from '../../../nodes/lorawan/downlink.node.ts';
import gatewayNode from '../../../nodes/lorawan/gateway.node.ts';
import lorawanDecodeNode from '../../../nodes/lorawan/lorawan-decode.node.ts';
import { type DataFolder, openDataFolder } from '../../../nodes/persistence/data-folder.ts';
import { eventually } from '../../support/eventually.ts';
import { type Message, type RunningFlow, startFlow } from '../../support/flow.ts';
import { CODEC_SOURCE, FORM, LAMP, MODEL } from './downlink/lamps.ts';
import { EndDevice, freePort, PacketForwarder, rxpk } from './gateway-support.ts';
import { KEYS, SECRET, SNOW, SNOW_PAYLOAD, snowFrame } from './town.ts';

const APP_KEY = '2b7e151628aed2a6abf7158809cf4f3c';
const PROBE: Device = {
  id: 'snow-finish',
  name: 'Finish',
  area: 'ski_trail',
  devEui: 'a840410000000077',
  model: 'ski-trail-lht65n',
};
const PAYLOAD = Buffer.from(SNOW_PAYLOAD, 'hex');
const ROOF = '0016c001f153a14c';
const HILL = '0016c001f153a14d';

describe('gateway node', function () {
  this.timeout(30_000);
  let folder: string;
  let port: number;
  let running: RunningFlow;
  let roof: PacketForwarder;
  let hill: PacketForwarder;
  let probe: EndDevice;

  const start = async (form: object = {}, ...others: { id: string; type: string }[]) => {
    const settings = { byflyt: { dataFolder: folder, language: 'en-US' }, credentialSecret: SECRET };
    const gateway = {
      ...{
        port: String(port),
        address: '127.0.0.1',
        gateways: [],
        rx2DataRate: '0',
        rxDelay: '2',
        channels: '8',
      },
      ...{ id: 'gateway', type: 'byflyt-gateway', devices: 'devices', wires: [['decode'], ['events']] },
      ...form,
    };
    running = await startFlow(
      [devicesNode, gatewayNode, lorawanDecodeNode, downlinkNode],
      [
        { id: 'devices', type: 'byflyt-devices' },
        gateway,
        {
          id: 'decode',
          type: 'byflyt-lorawan-decode',
          devices: 'devices',
          area: '',
          wires: [['readings'], ['others']],
        },
        { id: 'readings', type: 'helper' },
        { id: 'others', type: 'helper' },
        { id: 'events', type: 'helper' },
        { id: 'catcher', type: 'catch', scope: null, wires: [['caught']] },
        { id: 'caught', type: 'helper' },
        ...others,
      ],
      settings,
    );
    await eventually(() => assert.match(running.statuses('gateway').at(-1) ?? '', /waiting for data/), 5000);
    await Promise.all([roof.pull(), hill.pull()]);
  };
  const received = (id: string, count: number): Promise<Message[]> =>
    eventually(() => {
      const messages = running.received(id);
      assert.equal(
        messages.length,
        count,
        `${id}: ${JSON.stringify(messages.map(({ payload }) => payload))}`,
      );
      return messages;
    }, 5000);
  const events = () => running.received('events').map(({ payload }) => payload);
  const lastEvent = (type: string, reference?: string): Promise<Message> =>
    eventually(() => {
      const found = events().findLast((event) => event.type === type && event.reference === reference);
      assert.ok(found, JSON.stringify(events()));
      return found;
    }, 5000);
  /** Joins by way of the gateway on the roof. */
  const join = async (tmst = 1_000_000) => {
    const before = roof.sent().length;
    roof.push(rxpk(probe.joinRequest(), { tmst, datr: 'SF9BW125' }));
    const answer = await roof.nextSent(before);
    return { answer, ...probe.join(Buffer.from(answer.data, 'base64')) };
  };
  const journal = <T>(look: (journal: DataFolder['journal']) => T): T => {
    const data = openDataFolder(folder);
    try {
      return look(data.journal);
    } finally {
      data.release();
    }
  };

  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'byflyt-gateway-'));
    const registry = openRegistry(folder, SECRET);
    registry.save(SNOW, KEYS);
    registry.save(PROBE, { appKey: APP_KEY });
    port = await freePort();
    roof = new PacketForwarder(ROOF, port);
    hill = new PacketForwarder(HILL, port);
    probe = new EndDevice(PROBE.devEui ?? '', APP_KEY);
  });
  afterEach(async () => {
    await running.stop();
    await Promise.all([roof.close(), hill.close()]);
    openRegistry(folder, SECRET).unknown.flush();
    rmSync(folder, { recursive: true, force: true });
  });

  it('lets a device join and gives its readings, each once, whoever heard them', async () => {
    await start();
    const { answer, channels } = await join(4_294_000_000);
    assert.deepEqual(
      [answer.tmst, answer.freq, answer.datr, answer.ipol],
      [(4_294_000_000 + 5_000_000) % 2 ** 32, 868.1, 'SF9BW125', true],
      'in the first window, five seconds after the request',
    );
    assert.equal(channels, '184f84e85684b85e84886684586e8400');
    assert.equal(probe.rxDelay, 2);
    const joined = await lastEvent('join');
    assert.deepEqual([joined.devEui, joined.deviceId, joined.gatewayId], [PROBE.devEui, PROBE.id, ROOF]);

    const phy = probe.uplink(PAYLOAD);
    const tokens = [hill.push(rxpk(phy, { rssi: -110, lsnr: -3 })), roof.push(rxpk(phy, { rssi: -60 }))];
    const [reading] = await received('readings', 1);
    assert.deepEqual([reading?.payload.device.id, reading?.payload.link.fCnt], [PROBE.id, 0]);
    assert.deepEqual([reading?.payload.link.rssi, reading?.payload.link.gateways], [-60, 2]);
    assert.equal(reading?.payload.values.battery_voltage, 3.014);
    assert.ok(hill.acknowledged(1, tokens[0] ?? '') && roof.acknowledged(1, tokens[1] ?? ''));
    await delay(300);
    assert.equal(running.received('readings').length, 1);
    assert.deepEqual(roof.sent().length, 1, 'nothing but the join is answered');
  });

  it('acknowledges confirmed uplinks in the first window of the device, and again if it did not hear that', async () => {
    await start();
    await join();
    const phy = probe.uplink(PAYLOAD, { confirmed: true });
    roof.push(rxpk(phy, { tmst: 77, freq: 867.5, datr: 'SF7BW125' }));
    const first = await roof.nextSent(1);
    assert.deepEqual([first.tmst, first.freq, first.datr], [2_000_077, 867.5, 'SF7BW125']);
    const answer = probe.read(first);
    assert.deepEqual([answer.ack, answer.fCnt, answer.fPort], [true, 0, null]);
    await received('readings', 1);
    await delay(1800);
    roof.push(rxpk(phy, { tmst: 5_000_077 }));
    const again = probe.read(await roof.nextSent(2));
    assert.deepEqual([again.ack, again.fCnt], [true, 1]);
    assert.equal(running.received('readings').length, 1, 'the reading counts once');
    assert.deepEqual(running.received('caught'), []);
  });

  it('answers in the second window what a gateway refuses in the first', async () => {
    await start();
    await join();
    roof.refusals = ['TOO_LATE'];
    roof.push(rxpk(probe.uplink(PAYLOAD, { confirmed: true }), { tmst: 0 }));
    const second = await roof.nextSent(2);
    assert.deepEqual(
      [second.tmst, second.freq, second.datr, second.powe],
      [3_000_000, 869.525, 'SF12BW125', 27],
    );
    assert.equal(probe.read(second).ack, true);
  });

  it('answers what devices ask their network', async () => {
    await start();
    await join();
    roof.push(rxpk(probe.uplink(PAYLOAD, { fOpts: '020d' })));
    const { fOpts } = probe.read(await roof.nextSent(1));
    assert.match(fOpts, /^02[0-9a-f]{2}010d[0-9a-f]{10}$/);
    const seconds = Buffer.from(fOpts.slice(8, 16), 'hex').readUInt32LE();
    const now = Date.now() / 1000 - 315_964_800 + 18;
    assert.ok(Math.abs(seconds - now) < 5, `${seconds} instead of ${now}`);
  });

  it('refuses requests to join that came before, wrong keys, and devices without a key', async () => {
    await start();
    const request = probe.joinRequest();
    roof.push(rxpk(request));
    await roof.nextSent(0);
    await delay(1800);
    roof.push(rxpk(request));
    const [replayed] = await received('caught', 1);
    assert.match(replayed?.error.message, /^Finish: A request to join came again/);
    roof.push(rxpk(new EndDevice(PROBE.devEui ?? '', '0f'.repeat(16)).joinRequest()));
    const [, wrong] = await received('caught', 2);
    assert.match(wrong?.error.message, /^Finish: The checksum \(MIC\) of a join does not fit/);
    roof.push(rxpk(new EndDevice(SNOW.devEui ?? '', APP_KEY).joinRequest()));
    const [, , without] = await received('caught', 3);
    assert.match(without?.error.message, /^Start: The device wants to join, but has no AppKey/);
    roof.push(rxpk(new EndDevice('1122334455667788', APP_KEY).joinRequest()));
    const [, , , stranger] = await received('caught', 4);
    assert.match(stranger?.error.message, /Nobody registered the device 1122334455667788/);
    assert.equal(roof.sent().length, 1);
    const [unknown] = openRegistry(folder, SECRET).unknown.list();
    assert.equal(unknown?.devEui, '1122334455667788');
    await running.stop();
    const rejected = journal((kept) => kept.rejected().map(({ reasonKey }) => reasonKey));
    assert.equal(rejected.length, 4);
    await start();
  });

  it('sends downlinks when their device listens, and says what became of them', async () => {
    await start();
    const downlink = (reference: string, fields: object = {}) => ({
      payload: {
        kind: 'downlink',
        devEui: PROBE.devEui,
        device: PROBE.id,
        fPort: 5,
        payloadHex: 'c0ffee',
        reference,
        ...fields,
      },
    });
    await assert.rejects(
      running.send('gateway', downlink('early')),
      /Finish: Nothing can be sent to the device: it has not joined/,
    );
    assert.match((await lastEvent('failed', 'early')).description, /it has not joined/);
    await join();
    await running.send('gateway', downlink('one', { confirmed: true }));
    assert.equal((await lastEvent('queued', 'one')).deviceId, PROBE.id);
    roof.push(rxpk(probe.uplink(PAYLOAD)));
    const sent = probe.read(await roof.nextSent(1));
    assert.deepEqual([sent.payload, sent.fPort, sent.confirmed, sent.fCnt], ['c0ffee', 5, true, 0]);
    assert.equal((await lastEvent('txack', 'one')).gatewayId, ROOF);
    roof.push(rxpk(probe.uplink(PAYLOAD, { ack: true })));
    const ack = await lastEvent('ack', 'one');
    assert.deepEqual([ack.devEui, ack.fCntDown], [PROBE.devEui, 0]);

    await running.send('gateway', downlink('two', { confirmed: true }));
    roof.push(rxpk(probe.uplink(PAYLOAD)));
    assert.equal((await lastEvent('txack', 'two')).fCntDown, 1);
    roof.push(rxpk(probe.uplink(PAYLOAD)));
    assert.equal((await lastEvent('nack', 'two')).fCntDown, 1);

    await running.send('gateway', downlink('three'));
    roof.refusals = Array<string>(6).fill('TX_FREQ');
    for (let attempt = 0; attempt < 3; attempt++) {
      roof.push(rxpk(probe.uplink(PAYLOAD)));
      await eventually(() => assert.equal(roof.refusals.length, 4 - attempt * 2), 5000);
      await delay(50);
    }
    const { code, description } = await lastEvent('failed', 'three');
    assert.deepEqual([code, description], ['TX_FREQ', 'the gateway refuses it: TX_FREQ']);
    await assert.rejects(running.send('gateway', { payload: 'nonsense' }), /This is no downlink/);
    await assert.rejects(
      running.send('gateway', downlink('x', { device: 'nobody', devEui: '' })),
      /no device nobody/,
    );
  });

  it('takes a downlink for lost if the device sends its frame again', async () => {
    await start();
    await join();
    const payload = { kind: 'downlink', device: PROBE.id, fPort: 5, payloadHex: '01', confirmed: true };
    await running.send('gateway', { payload: { ...payload, reference: 'lost' } });
    const phy = probe.uplink(PAYLOAD, { confirmed: true });
    roof.push(rxpk(phy));
    await lastEvent('txack', 'lost');
    await delay(1800);
    roof.push(rxpk(phy));
    assert.equal((await lastEvent('nack', 'lost')).fCntDown, 0);
    assert.equal(probe.read(await roof.nextSent(2)).ack, true);
  });

  it('reaches devices that always listen at once, each downlink when the one before is acknowledged', async () => {
    openRegistry(folder, SECRET).save({ ...PROBE, classC: true });
    await start();
    await join();
    const send = (reference: string, confirmed: boolean) => {
      const payload = {
        kind: 'downlink',
        device: PROBE.id,
        fPort: 5,
        payloadHex: '28',
        confirmed,
        reference,
      };
      return running.send('gateway', { payload });
    };
    await send('waits', false);
    await delay(200);
    assert.equal(roof.sent().length, 1, 'nobody knows yet by which gateway it is reached');
    hill.push(rxpk(probe.uplink(PAYLOAD)));
    assert.equal(probe.read(await hill.nextSent(0)).payload, '28');
    await lastEvent('txack', 'waits');

    await send('now', true);
    const sent = await hill.nextSent(1);
    assert.deepEqual([sent.imme, sent.tmst, sent.freq, sent.datr], [true, undefined, 869.525, 'SF12BW125']);
    const { fCnt, payload, confirmed, ack } = probe.read(sent);
    assert.deepEqual([fCnt, payload, confirmed, ack], [1, '28', true, false]);
    await lastEvent('txack', 'now');
    await send('next', false);
    await delay(200);
    assert.equal(hill.sent().length, 2);
    hill.push(rxpk(probe.uplink(PAYLOAD, { ack: true })));
    await lastEvent('ack', 'now');
    assert.equal((await lastEvent('txack', 'next')).fCntDown, 2);
  });

  it('dims a lamp for a command in percent, and the downlink node hears what became of it', async () => {
    for (const name of ['models', 'codecs']) mkdirSync(path.join(folder, name));
    writeFileSync(path.join(folder, 'models', `${MODEL.id}.json`), JSON.stringify(MODEL));
    writeFileSync(path.join(folder, 'codecs', MODEL.codec), CODEC_SOURCE);
    openRegistry(folder, SECRET).save({ ...LAMP, classC: true }, { appKey: APP_KEY });
    probe = new EndDevice(LAMP.devEui ?? '', APP_KEY);
    const form = { ...FORM, network: 'gateway', id: 'downlink', type: 'byflyt-downlink', devices: 'devices' };
    await start(
      { wires: [['decode'], ['events', 'downlink']] },
      { ...form, ...{ wires: [['gateway'], ['states']] } },
      { id: 'states', type: 'helper' },
    );
    await join();
    roof.push(rxpk(probe.uplink(Buffer.of(1, 0))));
    await received('readings', 1);
    await running.send('downlink', { topic: LAMP.id, payload: { dimming_level: 40 } });
    const { payload, fPort, confirmed } = probe.read(await roof.nextSent(1));
    assert.deepEqual([payload, fPort, confirmed], ['0128', 2, true]);
    roof.push(rxpk(probe.uplink(Buffer.of(1, 40), { ack: true })));
    await eventually(() => {
      const states = running.received('states').map((message) => message.payload.state);
      assert.deepEqual(states, ['queued', 'sent', 'acked']);
    }, 5000);
    const [, dimmed] = await received('readings', 2);
    assert.equal(dimmed?.payload.values.dimming_level, 40);
  });

  it('asks a device that is heard well to send faster, after twenty uplinks', async () => {
    await start();
    await join();
    for (let count = 0; count < 20; count++) {
      roof.push(rxpk(probe.uplink(PAYLOAD, { adr: true }), { datr: 'SF12BW125', lsnr: 4 }));
    }
    const { fOpts } = probe.read(await roof.nextSent(1));
    assert.equal(fOpts, '0330000061', 'data rate 3, full power, all channels, once');
    await received('readings', 20);
    assert.equal(roof.sent().length, 2);
  });

  it('goes on after a restart: session, counters and waiting downlinks, with its keys encrypted on disk', async () => {
    await start();
    await join();
    roof.push(rxpk(probe.uplink(PAYLOAD, { confirmed: true })));
    assert.equal(probe.read(await roof.nextSent(1)).fCnt, 0);
    await received('readings', 1);
    const payload = { kind: 'downlink', device: PROBE.id, fPort: 5, payloadHex: '01', reference: 'r' };
    await running.send('gateway', { payload });
    await running.stop();

    const file = readFileSync(path.join(folder, 'devices.sessions.json'), 'utf8');
    for (const secret of [probe.nwkSKey, probe.appSKey, probe.appKey]) {
      assert.ok(!file.includes(secret?.toString('hex') ?? 'none'));
    }
    await start();
    const old = roof.sent().length;
    roof.push(rxpk(probe.uplink(PAYLOAD, { confirmed: true })));
    const answer = probe.read(await roof.nextSent(old));
    assert.deepEqual([answer.fCnt, answer.payload, answer.ack], [1, '01', true]);
    const [, reading] = await received('readings', 2);
    assert.equal(reading?.payload.link.fCnt, 1);
    probe.fCnt = 0;
    roof.push(rxpk(probe.uplink(PAYLOAD)));
    const [replayed] = await received('caught', 1);
    assert.match(replayed?.error.message, /A frame came again/);
  });

  it('still hears a device that goes on with its old session because the answer to its join was lost', async () => {
    await start();
    await join();
    const { devAddr, nwkSKey, appSKey } = probe;
    roof.push(rxpk(probe.uplink(PAYLOAD)));
    await received('readings', 1);
    await join();
    Object.assign(probe, { devAddr, nwkSKey, appSKey, fCnt: 1 });
    roof.push(rxpk(probe.uplink(PAYLOAD, { confirmed: true })));
    const [, reading] = await received('readings', 2);
    assert.equal(reading?.payload.device.id, PROBE.id);
    assert.equal(probe.read(await roof.nextSent(2)).ack, true, 'with the keys of the old session');
  });

  it('hears devices with fixed keys, takes up what a crash interrupted, and settles the rest', async () => {
    await start();
    roof.push(
      rxpk(snowFrame(3)),
      rxpk(snowFrame(4)),
      rxpk(Buffer.of(1, 2, 3)),
      rxpk(snowFrame(5), { stat: -1 }),
    );
    const before = await received('readings', 2);
    await received('caught', 1);
    await running.stop();
    const { inFlow, rejected, dropped } = journal((kept) => kept.counts());
    assert.deepEqual([inFlow, rejected, dropped], [2, 1, 1]);
    await start();
    const after = await received('readings', 2);
    assert.deepEqual(
      after.map(({ payload }) => payload),
      before.map(({ payload }) => payload),
    );
  });

  it('takes only gateways of its list, says so once, and goes on after garbage', async () => {
    await start({ gateways: ['00:16:C0:01:F1:53:A1:4C', HILL] });
    const foreign = new PacketForwarder('00000000000000ff', port);
    foreign.push(rxpk(snowFrame(1)));
    foreign.push(rxpk(snowFrame(1)));
    roof.sendBytes(Buffer.from('garbage'));
    roof.send(0, '{"rxpk":[{"tmst":"x"}]}');
    roof.send(0, '['.repeat(30_000));
    roof.send(
      0,
      JSON.stringify({ stat: { time: '2026-01-02 03:04:05 GMT', lati: 69.65, long: 18.96, alti: 10 } }),
    );
    const stat = await lastEvent('gateway-stat');
    assert.deepEqual([stat.gatewayId, stat.lat, stat.time], [ROOF, 69.65, '2026-01-02T03:04:05.000Z']);
    roof.push(rxpk(snowFrame(2)));
    const [reading] = await received('readings', 1);
    assert.equal(reading?.payload.link.fCnt, 2);
    assert.equal(running.received('caught').length, 2);
    await foreign.close();
  });

  it('says in the node what is not set', async () => {
    await start();
    await running.stop();
    const settings = { byflyt: { dataFolder: folder, language: 'en-US' }, credentialSecret: SECRET };
    running = await startFlow(
      [gatewayNode],
      [{ id: 'gateway', type: 'byflyt-gateway', port: '1700', devices: '' }],
      settings,
    );
    await eventually(
      () => assert.deepEqual(running.statuses('gateway'), ['Choose a device list in the node.']),
      5000,
    );
  });
});
