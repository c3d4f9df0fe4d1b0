/** The gateway's inner parts with a real UDP socket; gateway.node.slow.test.ts has the node in a real Node-RED. */
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { ReceivedMessage } from '../../../nodes/intake/transport.ts';
import { type DataFrame, parseFrame } from '../../../nodes/lorawan/frames.ts';
import { AdaptiveDataRate } from '../../../nodes/lorawan/gateway/adaptive-data-rate.ts';
import { airtime } from '../../../nodes/lorawan/gateway/airtime.ts';
import { type CollectedFrame, Collector } from '../../../nodes/lorawan/gateway/collector.ts';
import { readDownlink } from '../../../nodes/lorawan/gateway/downlink-message.ts';
import { DownlinkQueue } from '../../../nodes/lorawan/gateway/downlink-queue.ts';
import { DutyCycle } from '../../../nodes/lorawan/gateway/duty-cycle.ts';
import { cfList, dataRate, rx1DataRate, subBandOf } from '../../../nodes/lorawan/gateway/eu868.ts';
import { gatewaySettings } from '../../../nodes/lorawan/gateway/gateway-settings.ts';
import { macAnswers } from '../../../nodes/lorawan/gateway/mac-answers.ts';
import { type HeardFrame, readRxpk } from '../../../nodes/lorawan/gateway/rxpk.ts';
import { readGatewayDatagram } from '../../../nodes/lorawan/gateway/semtech-udp.ts';
import { TokenBucket } from '../../../nodes/lorawan/gateway/token-bucket.ts';
import { type ReceiveWindows, Transmitter } from '../../../nodes/lorawan/gateway/transmitter.ts';
import { type TransmitResult, UdpTransport } from '../../../nodes/lorawan/gateway/udp-transport.ts';
import { readMacCommands } from '../../../nodes/lorawan/mac-commands.ts';
import { writeDataFrame } from '../../../nodes/lorawan/write-frame.ts';
import { ByflytError, MessageError } from '../../../nodes/observation/errors.ts';
import { eventually } from '../../support/eventually.ts';
import { MemoryState } from '../../support/memory-state.ts';
import { freePort, PacketForwarder, rxpk, type Txpk } from './gateway-support.ts';
import { samplesOf } from './shared-samples.ts';

const GATEWAY = '0016c001f153a14c';
const isKey = (key: string) => (error: unknown) => error instanceof ByflytError && error.key === key;

describe('packet forwarder protocol: rxpk', () => {
  const packets = samplesOf('semtech-udp').flatMap(({ name, body, expect }) => {
    const { rxpk: list } = (typeof body === 'object' ? body : {}) as { rxpk?: Record<string, unknown>[] };
    const expected = (expect.packets ?? [expect]) as Record<string, unknown>[];
    return (list ?? []).map((packet, index) => ({ name, packet, expected: expected[index] ?? {} }));
  });

  for (const { name, packet, expected } of packets) {
    it(`reads ${name} ${expected.modulation}`, () => {
      const heard = readRxpk(packet, GATEWAY);
      assert.ok(heard);
      assert.equal(heard.phy.toString('hex'), expected.phyHex);
      assert.equal(heard.frequencyHz, expected.frequencyHz);
      assert.deepEqual(
        [heard.reception.rssi, heard.reception.snr, heard.reception.time],
        [expected.rssi, expected.snr, expected.time],
      );
      assert.equal(heard.dataRate?.sf, expected.sf);
      assert.equal(heard.dataRate?.bitRate, expected.bitRate);
    });
  }

  it('takes the strongest of several antennas, and leaves out what came damaged', () => {
    const signals = [
      { ant: 0, rssic: -90, lsnr: 3 },
      { ant: 1, rssic: -70, lsnr: 8 },
    ];
    const heard = readRxpk(rxpk(Buffer.of(1), { rsig: signals }) as never, GATEWAY);
    assert.deepEqual([heard?.reception.rssi, heard?.reception.snr], [-70, 8]);
    assert.equal(readRxpk(rxpk(Buffer.of(1), { stat: -1 }) as never, GATEWAY), undefined);
  });

  it('names what cannot be read', () => {
    for (const fields of [{ tmst: undefined }, { tmst: -1 }, { tmst: 2 ** 32 }, { freq: 'x' }]) {
      const packet = rxpk(Buffer.of(1), fields) as never;
      assert.throws(() => readRxpk(packet, GATEWAY), isKey('lorawan.error.rxpkNotReadable'));
    }
    for (const data of ['', '%', 5, undefined]) {
      const packet = rxpk(Buffer.of(1), { data }) as never;
      assert.throws(() => readRxpk(packet, GATEWAY), isKey('lorawan.error.payloadNotBase64'));
    }
  });

  it('passes over what is no datagram of a gateway', () => {
    for (const hex of [
      '',
      '02',
      '02aabb00',
      `03aabb00${GATEWAY}`,
      `02aabb07${GATEWAY}`,
      `02aabb03${GATEWAY}`,
    ]) {
      assert.equal(readGatewayDatagram(Buffer.from(hex, 'hex')), undefined, hex);
    }
    const datagram = readGatewayDatagram(Buffer.from(`02aabb00${GATEWAY}7b7d`, 'hex'));
    assert.deepEqual(
      [datagram?.kind, datagram?.gatewayId, datagram?.json.toString()],
      ['PUSH_DATA', GATEWAY, '{}'],
    );
  });
});

describe('packet forwarder protocol: UDP', () => {
  let port: number;
  let transport: UdpTransport;
  let forwarder: PacketForwarder;
  let messages: ReceivedMessage[];
  let states: string[];
  let errors: unknown[];
  let strangers: string[];
  let floods: Set<string>;
  let onDisk: () => Promise<void>;

  const open = async (allowed: string[] = []) => {
    transport = new UdpTransport(
      { port, address: '127.0.0.1', allowed },
      {
        onMessage: (message) => {
          messages.push(message);
          return onDisk();
        },
        onState: (state) => states.push(state),
        onError: (error) => errors.push(error),
        onStat: () => undefined,
        onStranger: (id) => strangers.push(id),
        onFlood: (id) => floods.add(id),
      },
    );
    transport.start();
    await eventually(() => assert.equal(states.at(-1), 'connected'), 5000);
  };

  beforeEach(async () => {
    [messages, states, errors, strangers, floods] = [[], [], [], [], new Set()];
    onDisk = async () => undefined;
    port = await freePort();
    forwarder = new PacketForwarder(GATEWAY, port);
  });
  afterEach(async () => {
    await transport.stop();
    await forwarder.close();
  });

  it('acknowledges what is on disk, each frame of a datagram an entry of its own', async () => {
    await open();
    const disk = Promise.withResolvers<void>();
    onDisk = () => disk.promise;
    const one = forwarder.push(rxpk(Buffer.of(1)));
    await eventually(() => assert.equal(messages.length, 1), 5000);
    await delay(50);
    assert.equal(forwarder.acknowledged(1, one), false, 'not before it is on disk');
    disk.resolve();
    await eventually(() => assert.ok(forwarder.acknowledged(1, one)), 5000);
    onDisk = async () => undefined;
    const two = forwarder.push(rxpk(Buffer.of(2)), rxpk(Buffer.of(3)));
    await eventually(() => assert.ok(forwarder.acknowledged(1, two)), 5000);
    assert.equal(messages.length, 3);
    assert.equal(messages[0]?.topic, `gateway/${GATEWAY}`);
    assert.equal(JSON.parse(messages[2]?.body.toString() ?? '').rxpk.length, 1);
    assert.equal(messages[0]?.body.toString(), JSON.stringify({ rxpk: [rxpk(Buffer.of(1))] }), 'as it came');
  });

  it('does not acknowledge what the disk refuses', async () => {
    await open();
    onDisk = () => Promise.reject(new Error('disk full'));
    const token = forwarder.push(rxpk(Buffer.of(1)));
    await eventually(() => assert.equal(errors.length, 1), 5000);
    assert.equal(forwarder.acknowledged(1, token), false);
  });

  it('keeps a message that cannot be read, and goes on', async () => {
    await open();
    const bad = forwarder.send(0, '{"rxpk":[{');
    await eventually(() => assert.ok(forwarder.acknowledged(1, bad)), 5000);
    assert.equal(messages[0]?.body.toString(), '{"rxpk":[{');
  });

  it('keeps no more of what is too long for a frame than people need to see', async () => {
    await open();
    const junk = 'x'.repeat(20_000);
    const sent = [
      forwarder.send(0, junk),
      forwarder.push({ ...rxpk(Buffer.of(1)), junk }),
      forwarder.push({ ...rxpk(Buffer.of(2)), junk }, rxpk(Buffer.of(3))),
    ];
    for (const token of sent) await eventually(() => assert.ok(forwarder.acknowledged(1, token)), 5000);
    assert.deepEqual(
      messages.map(({ body }) => body.length < 10_000),
      [true, true, true, true],
    );
    assert.deepEqual(JSON.parse(messages.at(-1)?.body.toString() ?? '').rxpk, [rxpk(Buffer.of(3))]);
  });

  it('leaves gateways out that are not in its list', async () => {
    await open(['00000000000000aa']);
    forwarder.push(rxpk(Buffer.of(1)));
    await eventually(() => assert.deepEqual(strangers, [GATEWAY]), 5000);
    assert.deepEqual([messages.length, forwarder.received.length], [0, 0]);
  });

  it('bears a flood of anything, takes no more of it than one gateway can hear, and answers another meanwhile', async () => {
    await open();
    const other = new PacketForwarder('00000000000000bb', port);
    for (let index = 0; index < 3000; index++) {
      forwarder.push(rxpk(Buffer.of(index & 255, index >> 8)));
      forwarder.sendBytes(Buffer.from([2, 0, 0, index & 7, index & 255]));
      forwarder.sendBytes(Buffer.alloc(index % 700, index));
      if (index % 100 === 99) await delay(1);
    }
    await other.pull();
    const token = other.push(rxpk(Buffer.of(1)));
    await eventually(() => assert.ok(other.acknowledged(1, token)), 5000);
    const flood = messages.filter(({ topic }) => topic.endsWith(GATEWAY)).length;
    assert.ok(flood >= 100 && flood < 1000, `${flood} of 3000 taken`);
    assert.deepEqual([errors, [...floods]], [[], [GATEWAY]]);
    await other.close();
  });

  it('does not let invented gateways drive out real ones, nor a datagram of thousands of frames fill the disk', async () => {
    await open();
    await forwarder.pull();
    for (let index = 0; index < 1500; index++) {
      const invented = Buffer.from(`02000002${index.toString(16).padStart(16, '0')}`, 'hex');
      forwarder.sendBytes(invented);
      if (index % 100 === 99) await delay(1);
    }
    forwarder.send(0, JSON.stringify({ rxpk: Array(9000).fill({}) }));
    await eventually(() => assert.ok(floods.has(GATEWAY)), 5000);
    assert.equal(messages.length, 0);
    assert.ok(transport.canSend(GATEWAY));
    const other = new PacketForwarder('00000000000000ee', port);
    other.push(rxpk(Buffer.of(1)));
    await delay(1100);
    const token = other.push(rxpk(Buffer.of(2)));
    await eventually(() => assert.ok(other.acknowledged(1, token)), 5000);
    await other.close();
  });

  it('has a gateway send a frame and says what it answered', async () => {
    await open();
    assert.deepEqual(await transport.transmit(GATEWAY, {}), { sent: false, error: 'UNREACHABLE' });
    await forwarder.pull();
    assert.ok(transport.canSend(GATEWAY));
    forwarder.refusals = ['NONE', 'TOO_LATE'];
    assert.deepEqual(await transport.transmit(GATEWAY, { tmst: 1 }), { sent: true });
    assert.deepEqual(await transport.transmit(GATEWAY, { tmst: 2 }), { sent: false, error: 'TOO_LATE' });
    assert.deepEqual(
      forwarder.sent().map(({ tmst }) => tmst),
      [1, 2],
    );
  });

  it('believes a gateway of version 1, which does not answer', async () => {
    await open();
    const old = new PacketForwarder('00000000000000cc', port, 1);
    await old.pull();
    assert.deepEqual(await transport.transmit('00000000000000cc', { tmst: 1 }), { sent: true });
    await old.close();
  });

  it('says that the port is taken', async () => {
    await open();
    const second = new UdpTransport(
      { port, address: '127.0.0.1' },
      {
        onMessage: async () => undefined,
        onState: () => undefined,
        onError: (error) => errors.push(error),
        onStat: () => undefined,
        onStranger: () => undefined,
        onFlood: () => undefined,
      },
    );
    second.start();
    await eventually(() => assert.ok(isKey('intake.error.portTaken')(errors[0])), 5000);
    await second.stop();
  });

  it('lets a burst pass, then so many per second', () => {
    const bucket = new TokenBucket(10, 3, 0);
    const take = (now: number) => bucket.take(now);
    assert.deepEqual([take(0), take(0), take(0), take(0)], [true, true, true, false]);
    assert.deepEqual([take(100), take(100), take(-5000), take(-4900)], [true, false, false, true]);
  });
});

describe('collecting what several gateways heard', () => {
  const context = (journalId: string) => ({
    journalId,
    receivedTime: '2026-01-02T03:04:05.000Z',
    transport: 'gateway',
  });
  const heard = (gatewayId: string, rssi: number, byte = 1): HeardFrame => {
    const frame = readRxpk(rxpk(Buffer.of(byte), { rssi }) as never, gatewayId);
    assert.ok(frame);
    return frame;
  };

  it('hands a frame on once, the best reception first, also if one comes late', async () => {
    const frames: CollectedFrame[] = [];
    const duplicates: string[] = [];
    const collector = new Collector({
      wait: 30,
      onFrame: (frame) => frames.push(frame),
      onDuplicate: ({ journalId }) => duplicates.push(journalId),
    });
    collector.add(heard('a', -90), context('1'));
    collector.add(heard('b', -60), context('2'));
    collector.add(heard('a', -80, 2), context('3'));
    await eventually(() => assert.equal(frames.length, 2), 5000);
    collector.add(heard('c', -50), context('4'));
    assert.deepEqual(duplicates, ['2', '4']);
    assert.equal(frames[0]?.intake.journalId, '1');
    assert.deepEqual(
      frames[0]?.receptions.map(({ gatewayId }) => gatewayId),
      ['b', 'a'],
    );
    collector.close();
    assert.equal(frames.length, 2);
  });

  it('leaves what waits when it closes to the journal', async () => {
    const frames: CollectedFrame[] = [];
    const collector = new Collector({
      wait: 10,
      onFrame: (frame) => frames.push(frame),
      onDuplicate: () => undefined,
    });
    collector.add(heard('a', -90), context('1'));
    collector.close();
    await delay(30);
    assert.equal(frames.length, 0);
  });
});

describe('answers in EU868', () => {
  const WINDOWS: ReceiveWindows = { rxDelay: 1, rx1DrOffset: 0, rx2DataRate: 0 };
  const collected = (fields: object = {}, gateways = [GATEWAY]): CollectedFrame => {
    const receptions = gateways.map((gatewayId, index) => {
      const frame = readRxpk(rxpk(Buffer.of(1), { rssi: -50 - index, ...fields }) as never, gatewayId);
      assert.ok(frame);
      return frame;
    });
    const [first] = receptions;
    assert.ok(first);
    const { reception: _, ...frame } = first;
    const intake = { journalId: '1', receivedTime: new Date().toISOString(), transport: 'gateway' };
    return { ...frame, receptions: receptions.map(({ reception }) => reception), intake };
  };
  let sent: (Txpk & { gateway: string })[];
  let answers: TransmitResult[];
  let reachable: (gatewayId: string) => boolean;
  const port = {
    canSend: (gatewayId: string) => reachable(gatewayId),
    transmit: async (gateway: string, txpk: object) => {
      sent.push({ ...(txpk as Txpk), gateway });
      return answers.shift() ?? { sent: true as const };
    },
  };
  const transmitter = (dutyCycle = new DutyCycle(new MemoryState())) => new Transmitter(port, dutyCycle);

  beforeEach(() => {
    [sent, answers] = [[], []];
    reachable = () => true;
  });

  it('go out in the first window, on the channel of the uplink, timed by the counter of the gateway', async () => {
    const frame = collected({ tmst: 2 ** 32 - 1000, freq: 867.3, datr: 'SF9BW125' });
    assert.deepEqual(await transmitter().send(frame, WINDOWS, Buffer.alloc(12)), {
      sent: true,
      gatewayId: GATEWAY,
    });
    const [{ tmst, freq, datr, powe, ipol, imme, codr, modu, size } = assert.fail()] = sent;
    assert.deepEqual(
      [tmst, freq, datr, powe],
      [999_000, 867.3, 'SF9BW125', 14],
      'the counter starts again at 2^32',
    );
    assert.deepEqual([ipol, imme, codr, modu, size], [true, false, '4/5', 'LORA', 12]);
  });

  it('go out in the second window if the gateway refuses the first', async () => {
    answers = [{ sent: false, error: 'COLLISION_PACKET' }];
    await transmitter().send(
      collected({ tmst: 0 }),
      { ...WINDOWS, rxDelay: 5, rx2DataRate: 3 },
      Buffer.alloc(12),
    );
    assert.deepEqual(
      sent.map(({ tmst, freq, datr, powe }) => [tmst, freq, datr, powe]),
      [
        [5_000_000, 868.1, 'SF7BW125', 14],
        [6_000_000, 869.525, 'SF9BW125', 27],
      ],
    );
  });

  it('go through the next gateway if the best one cannot be reached', async () => {
    reachable = (gatewayId) => gatewayId === '00000000000000bb';
    const frame = collected({}, [GATEWAY, '00000000000000bb']);
    const result = await transmitter().send(frame, WINDOWS, Buffer.alloc(12));
    assert.deepEqual(result, { sent: true, gatewayId: '00000000000000bb' });
    reachable = () => false;
    assert.deepEqual(await transmitter().send(frame, WINDOWS, Buffer.alloc(12)), {
      sent: false,
      error: 'UNREACHABLE',
    });
  });

  it('do not go out too late, or where they are too long', async () => {
    const late = collected();
    late.intake.receivedTime = new Date(Date.now() - 3000).toISOString();
    assert.deepEqual(await transmitter().send(late, WINDOWS, Buffer.alloc(12)), {
      sent: false,
      error: 'TOO_LATE',
    });
    const slow = collected({ datr: 'SF12BW125' });
    assert.deepEqual(await transmitter().send(slow, WINDOWS, Buffer.alloc(13 + 52)), {
      sent: false,
      error: 'TOO_LONG',
    });
    assert.equal(Transmitter.fits(slow, WINDOWS, 52), false);
    assert.equal(Transmitter.fits(slow, WINDOWS, 51), true);
    assert.equal(sent.length, 0);
  });

  it('stay within the duty cycle of each sub-band, over a restart', async () => {
    const state = new MemoryState();
    const slow = { datr: 'SF12BW125', freq: 868.8 };
    const send = () => transmitter(new DutyCycle(state)).send(collected(slow), WINDOWS, Buffer.alloc(12));
    const frequencies = async (count: number) => {
      sent = [];
      for (let index = 0; index < count; index++) await send();
      return sent.map(({ freq }) => freq);
    };
    const each = airtime(dataRate(0), 12);
    const inFirst = Math.floor((0.001 * 3_600_000) / each);
    const inSecond = Math.floor((0.1 * 3_600_000) / each);
    assert.deepEqual([inFirst, inSecond], [3, 363]);
    assert.deepEqual(await frequencies(4), [868.8, 868.8, 868.8, 869.525]);
    state.restart();
    assert.deepEqual(new Set(await frequencies(362)), new Set([869.525]));
    assert.deepEqual(await send(), { sent: false, error: 'DUTY_CYCLE' });
  });

  it('count an hour back, each gateway for itself', () => {
    const cycle = new DutyCycle(new MemoryState());
    cycle.count('a', 868_100_000, 36_000, 0);
    assert.equal(cycle.allows('a', 868_300_000, 1, 1000), false, 'the same sub-band');
    assert.equal(cycle.allows('b', 868_300_000, 1, 1000), true);
    assert.equal(cycle.allows('a', 867_100_000, 1, 1000), true);
    assert.equal(cycle.allows('a', 868_300_000, 1, 3_600_001), true);
    assert.equal(cycle.allows('a', 868_650_000, 1, 0), false, 'between the sub-bands nobody may send');
  });

  it('are on the air as long as the data sheet says', () => {
    // By the formula of the data sheet, by hand: 12.25 symbols of preamble, then 28 and 23 of payload.
    assert.equal(Math.round(airtime(dataRate(5), 13) * 1000), 41_216);
    assert.equal(Math.round(airtime(dataRate(0), 13) * 1000), 1_155_072);
    assert.equal(airtime(dataRate(7), 14), 4);
  });

  it('follow the regional parameters', () => {
    assert.deepEqual([rx1DataRate(dataRate(5), 2).number, rx1DataRate(dataRate(1), 5).number], [3, 0]);
    assert.equal(cfList(), '184f84e85684b85e84886684586e8400', 'as in the join accept of a shared sample');
    assert.equal(subBandOf(869_525_000)?.power, 27);
  });

  it('tell a device how well it is heard, and the time', () => {
    const frame = collected({ lsnr: 4.4, datr: 'SF10BW125', time: '2026-01-02T03:04:05.500Z' }, [
      GATEWAY,
      'b',
      GATEWAY,
    ]);
    frame.intake.receivedTime = '2026-01-02T03:04:05.900Z';
    const answer = macAnswers(readMacCommands(Buffer.from('020d', 'hex'), 'up'), frame);
    const [check, time, ...more] = readMacCommands(answer, 'down');
    assert.deepEqual(check, { name: 'LinkCheckAns', cid: 2, payloadHex: '1302' });
    assert.equal(time?.name, 'DeviceTimeAns');
    assert.deepEqual(more, []);
    const seconds = Buffer.from(time?.payloadHex ?? '', 'hex').readUInt32LE();
    // 2026-01-02T03:04:05Z is 1767323045; GPS time began at 315964800 and is 18 leap seconds ahead.
    assert.equal(seconds, 1_767_323_045 - 315_964_800 + 18);
    assert.equal(time?.payloadHex.slice(8), '80', 'half a second');
    frame.intake.receivedTime = '2026-01-02T03:14:05.250Z';
    const [late] = readMacCommands(macAnswers(readMacCommands(Buffer.of(0x0d), 'up'), frame), 'down');
    assert.equal(late?.payloadHex.slice(8), '40', 'the clock of the gateway is ten minutes slow');
    assert.equal(macAnswers(readMacCommands(Buffer.from('0307', 'hex'), 'up'), frame).length, 0);
  });
});

describe('adaptive data rate', () => {
  const frameOf = (adr = true, devAddr = '01020304') =>
    parseFrame(
      writeDataFrame(
        { direction: 'up', confirmed: false, devAddr, fCnt: 1, adr },
        { nwkSKey: '0a'.repeat(16) },
      ),
    ) as DataFrame;
  const heardAt = (datr: string, lsnr: number | undefined): CollectedFrame => {
    const heard = readRxpk(rxpk(Buffer.of(1), { datr, lsnr }) as never, GATEWAY);
    assert.ok(heard);
    const intake = { journalId: '1', receivedTime: '2026-01-02T03:04:05.000Z', transport: 'gateway' };
    return { ...heard, receptions: [heard.reception], intake };
  };
  const answer = (hex: string) => readMacCommands(Buffer.from(hex, 'hex'), 'up');
  let control: AdaptiveDataRate;
  const hear = (count: number, datr: string, snr: number | undefined, commands = '', frame = frameOf()) =>
    Array.from({ length: count }, (_, index) =>
      control.heard('d', frame, index === 0 ? answer(commands) : [], heardAt(datr, snr)).toString('hex'),
    ).filter((hex) => hex !== '');

  beforeEach(() => {
    control = new AdaptiveDataRate(new MemoryState());
  });

  it('asks for a faster rate, then for less power, each after twenty uplinks', () => {
    assert.deepEqual(hear(19, 'SF12BW125', 4), []);
    assert.deepEqual(hear(1, 'SF12BW125', 4), ['0330000061']);
    assert.deepEqual(hear(19, 'SF9BW125', 12, '0307'), []);
    // 24.5 dB over what is needed, 15 kept: two rates faster (6 dB), one step quieter (2 dB).
    assert.deepEqual(hear(1, 'SF9BW125', 12), ['0351000061']);
    assert.deepEqual(hear(20, 'SF7BW125', 12, '0307'), ['0353000061'], '4.5 dB left: two more steps');
    assert.deepEqual(hear(20, 'SF7BW125', 12, '0307'), ['0355000061'], 'no less than 6 dBm');
    assert.deepEqual(hear(40, 'SF7BW125', 12, '0307'), []);
    assert.deepEqual(hear(20, 'SF8BW125', 12), ['0352000061'], 'it went back to full power by itself');
  });

  it('asks again for what the device did not answer, and no more what it refuses', () => {
    assert.deepEqual(hear(40, 'SF12BW125', 4), ['0330000061', '0330000061']);
    assert.deepEqual(hear(60, 'SF12BW125', 4, '0305'), []);
    assert.deepEqual(
      hear(20, 'SF12BW125', 4, '', frameOf(true, '05060708')),
      ['0330000061'],
      'a new session',
    );
  });

  it('leaves devices alone that are heard badly, decide for themselves, or send without a measure', () => {
    assert.deepEqual(hear(40, 'SF12BW125', -5), []);
    assert.deepEqual(hear(40, 'SF12BW125', 10, '', frameOf(false)), []);
    assert.deepEqual(hear(40, 'SF12BW125', undefined), []);
    assert.deepEqual(hear(40, 'SF7BW250', 5), []);
  });

  it('begins to count anew when the device changes its rate', () => {
    assert.deepEqual(hear(19, 'SF12BW125', 4), []);
    assert.deepEqual(hear(19, 'SF11BW125', 4), []);
    assert.deepEqual(hear(1, 'SF11BW125', 4), ['0330000061']);
  });
});

describe('downlinks of the gateway', () => {
  const downlink = (reference: string, confirmed = false) =>
    readDownlink({
      kind: 'downlink',
      device: 'd',
      devEui: '',
      fPort: 1,
      payloadHex: '01',
      confirmed,
      reference,
    });

  it('wait in order, twenty at most, and are given up after three failures', () => {
    const state = new MemoryState();
    const queue = new DownlinkQueue(state);
    for (let index = 0; index < 20; index++) queue.add('d', downlink(String(index)));
    assert.throws(() => queue.add('d', downlink('x')), isKey('lorawan.error.downlinkQueueFull'));
    state.restart();
    const again = new DownlinkQueue(state);
    assert.equal(again.first('d')?.reference, '0');
    assert.deepEqual(
      [again.notSent('d'), again.notSent('d'), again.notSent('d')?.reference],
      [undefined, undefined, '0'],
    );
    again.sent('d', 7);
    assert.equal(again.first('d')?.reference, '2');
    assert.equal(again.takeUnanswered('d'), undefined);
  });

  it('that are confirmed are answered once, by the next uplink', () => {
    const queue = new DownlinkQueue(new MemoryState());
    queue.add('d', downlink('a', true));
    queue.sent('d', 7);
    assert.equal(queue.first('d'), undefined);
    assert.equal(queue.takeUnanswered('d')?.fCntDown, 7);
    assert.equal(queue.takeUnanswered('d'), undefined);
  });

  it('never use a counter twice under the same keys', () => {
    const state = new MemoryState();
    const next = (key: string) => {
      state.restart();
      return new DownlinkQueue(state).nextCounter('d', { nwkSKey: key });
    };
    assert.deepEqual([next('a'), next('a'), next('b'), next('a'), next('b')], [0, 1, 0, 2, 1]);
  });

  it('are checked before they are kept', () => {
    const good = { kind: 'downlink', device: 'd', fPort: 1, payloadHex: '0A' };
    assert.deepEqual([readDownlink(good).payloadHex, readDownlink(good).confirmed], ['0a', false]);
    for (const wrong of [
      { kind: 'x' },
      { fPort: 0 },
      { fPort: 224 },
      { fPort: 1.5 },
      { payloadHex: '0' },
      { payloadHex: 7 },
    ]) {
      assert.throws(() => readDownlink({ ...good, ...wrong }), isKey('lorawan.error.downlinkFormat'));
    }
    assert.throws(() => readDownlink('text'), isKey('lorawan.error.downlinkFormat'));
    assert.throws(
      () => readDownlink({ ...good, payloadHex: '00'.repeat(243) }),
      (error) => error instanceof MessageError && error.key === 'lorawan.error.downlinkTooLong',
    );
  });
});

describe('the gateway node: form', () => {
  const form = { port: '1700', address: ' ', gateways: [], rx2DataRate: '0', rxDelay: '5', channels: '8' };

  it('gives settings, with the nearest possible delay', () => {
    assert.deepEqual(gatewaySettings(form), {
      port: 1700,
      allowed: [],
      join: { rxDelay: 5, rx2DataRate: 0, moreChannels: true },
    });
    const other = {
      ...form,
      address: '10.0.0.1',
      gateways: ['00:16:C0:01:F1:53:A1:4C', ''],
      rx2DataRate: 3,
      rxDelay: 99,
      channels: 3,
    };
    assert.deepEqual(gatewaySettings(other), {
      port: 1700,
      address: '10.0.0.1',
      allowed: [GATEWAY],
      join: { rxDelay: 15, rx2DataRate: 3, moreChannels: false },
    });
  });

  it('says what is wrong', () => {
    for (const port of ['', '0', '65536', 'x']) {
      assert.throws(() => gatewaySettings({ ...form, port }), isKey('lorawan.error.port'));
    }
    assert.throws(() => gatewaySettings({ ...form, gateways: ['abc'] }), isKey('lorawan.error.gatewayEui'));
  });
});
