/** The NB-IoT intake in a real Node-RED, asked by the coap library's client and by plain sockets. */
import assert from 'node:assert/strict';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import coap, { type ObserveWriteStream } from 'coap';
import type { Device } from '../../../nodes/devices/device.ts';
import devicesNode from '../../../nodes/devices/devices.node.ts';
import { openRegistry } from '../../../nodes/devices/registry.ts';
import { readEnvelope } from '../../../nodes/nbiot/envelope.ts';
import nbiotIntakeNode from '../../../nodes/nbiot/nbiot-intake.node.ts';
import { openDataFolder } from '../../../nodes/persistence/data-folder.ts';
import { eventually } from '../../support/eventually.ts';
import { type Message, type RunningFlow, startFlow } from '../../support/flow.ts';
import { freePort } from '../lorawan/gateway-support.ts';
import { SECRET } from '../lorawan/town.ts';
import { ask, RawDevice } from './coap-devices.ts';

const BIN: Device = { id: 'bin-4', name: 'Bin 4', area: 'waste', model: 'efento-nb', endpoint: 'bin-4' };

const FORM = {
  coap: true,
  udp: true,
  address: '127.0.0.1',
  networks: [],
  paths: [],
  observed: [],
  acknowledgement: '',
  keepDownlinks: '1',
  longest: '2000',
  perSource: '50',
  strangers: '200',
};

describe('NB-IoT intake node', function () {
  this.timeout(30_000);
  let folder: string;
  let coapPort: number;
  let udpPort: number;
  let running: RunningFlow;
  const closing: (() => void)[] = [];

  const start = async (form: object = {}) => {
    const node = { id: 'intake', type: 'byflyt-nbiot-intake', devices: 'devices' };
    running = await startFlow(
      [devicesNode, nbiotIntakeNode],
      [
        { id: 'devices', type: 'byflyt-devices' },
        { ...FORM, coapPort, udpPort, ...node, wires: [['messages'], ['states']], ...form },
        { id: 'messages', type: 'helper' },
        { id: 'states', type: 'helper' },
      ],
      { byflyt: { dataFolder: folder, language: 'en-US' }, credentialSecret: SECRET },
    );
  };
  const started = async (form: object = {}) => {
    await start(form);
    await eventually(() => assert.match(running.statuses('intake').at(-1) ?? '', /waiting for data/), 5000);
  };
  const messages = (count: number): Promise<Message[]> =>
    eventually(() => {
      const found = running.received('messages');
      assert.equal(found.length, count, JSON.stringify(found.map(({ payload }) => payload)));
      return found;
    }, 5000);
  const states = () => running.received('states').map(({ payload }) => payload.state);
  const socket = (): Socket => {
    const made = createSocket('udp4');
    closing.push(() => made.close());
    return made;
  };

  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'byflyt-nbiot-'));
    openRegistry(folder, SECRET).save(BIN);
    [coapPort, udpPort] = [await freePort(), await freePort()];
  });
  afterEach(async () => {
    await running.stop();
    for (const close of closing.splice(0)) close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('keeps what devices send with CoAP on disk before it answers, and hands it to the flow', async () => {
    await started();
    const answer = await ask(coapPort, { path: '/bins/4', query: 'ep=bin-4', payload: 'full' });
    assert.equal(answer.code, '2.04');
    const journal = openDataFolder(folder);
    const [entry] = [...journal.journal.unfinished()];
    journal.release();
    const [message] = await messages(1);
    assert.equal(message?.topic, 'coap/127.0.0.1/bins/4');
    assert.deepEqual([entry?.id, entry?.topic], [message?.intake.journalId, message?.topic]);
    assert.equal(message?.intake.transport, 'nbiot');
    const datagram = readEnvelope(message?.payload);
    assert.deepEqual(
      [datagram?.method, datagram?.endpoint, datagram?.source.address, String(datagram?.payload)],
      ['POST', 'bin-4', '127.0.0.1', 'full'],
    );
    await eventually(() => assert.match(running.statuses('intake').at(-1) ?? '', /1 message, last/), 5000);
  });

  it('takes no duplicate, also not of a message without confirmation', async () => {
    await started();
    const device = new RawDevice(coapPort);
    closing.push(() => device.close());
    const packet = { code: '0.02', messageId: 5, token: Buffer.of(1), payload: Buffer.from('x') };
    await device.ask(packet);
    await device.ask(packet);
    await device.ask({ ...packet, confirmable: true, messageId: 6 });
    await messages(2);
  });

  it('hands the same message out again after a restart if nothing became of it', async () => {
    await started();
    await ask(coapPort, {
      path: '/bins/4',
      payload: Buffer.from('0102', 'hex'),
      options: { 'Content-Format': 42 },
    });
    const [before] = await messages(1);
    await running.stop();
    await started();
    const [after] = await messages(1);
    assert.deepEqual(after?.payload, before?.payload);
    assert.deepEqual(after?.intake, before?.intake);
  });

  it('takes plain datagrams, and answers with the bytes of the form', async () => {
    await started({ acknowledgement: '06 {time}' });
    const device = socket();
    const answer = once(device, 'message', { signal: AbortSignal.timeout(5000) });
    const before = Math.floor(Date.now() / 1000);
    device.send('12.5 C', udpPort, '127.0.0.1');
    const [bytes] = (await answer) as [Buffer];
    assert.equal(bytes[0], 6);
    assert.ok(Math.abs(bytes.readUInt32BE(1) - before) <= 5);
    const [message] = await messages(1);
    assert.equal(message?.topic, 'udp/127.0.0.1');
    assert.equal(String(readEnvelope(message?.payload)?.payload), '12.5 C');
  });

  it('answers with what the model of the device says', async () => {
    const registry = openRegistry(folder, SECRET);
    mkdirSync(path.join(folder, 'models'));
    const model = {
      id: 'talking-bin',
      vendor: 'Town',
      name: 'Talking bin',
      extends: 'efento-nb',
      acknowledgement: '4f4b',
    };
    writeFileSync(path.join(folder, 'models', 'talking-bin.json'), JSON.stringify(model));
    registry.save({ ...BIN, model: 'talking-bin' });
    await started({ acknowledgement: '06' });
    assert.equal((await ask(coapPort, { payload: 'x' })).payload, '\u0006', 'nobody knows this one');
    assert.equal((await ask(coapPort, { query: 'ep=bin-4', payload: 'x' })).payload, 'OK');
  });

  it('keeps downlinks over a restart until the device speaks, sends one with each answer and says so', async () => {
    await started();
    await running.send('intake', { topic: 'bin-4', payload: Buffer.from('one') });
    await running.send('intake', { topic: 'bin-4', payload: { payloadHex: '74776f', reference: 'second' } });
    assert.deepEqual(states(), ['waiting', 'waiting']);
    await running.stop();
    await started();
    assert.equal((await ask(coapPort, { payload: 'not from the bin' })).payload, '');
    assert.equal((await ask(coapPort, { query: 'ep=bin-4', payload: 'a' })).payload, 'one');
    assert.equal((await ask(coapPort, { query: 'ep=bin-4', payload: 'b' })).payload, 'two');
    assert.equal((await ask(coapPort, { query: 'ep=bin-4', payload: 'c' })).payload, '');
    const sent = running
      .received('states')
      .map(({ topic, payload }) => [topic, payload.state, payload.payloadHex]);
    assert.deepEqual(sent, [
      ['bin-4', 'sent', '6f6e65'],
      ['bin-4', 'sent', '74776f'],
    ]);
    assert.equal(running.received('states').at(-1)?.payload.reference, 'second');
  });

  it('refuses downlinks that cannot be sent, with what to do', async () => {
    await started();
    await assert.rejects(running.send('intake', { topic: 'bin-9', payload: '01' }), /no device “bin-9”/);
    await assert.rejects(
      running.send('intake', { topic: 'bin-4', payload: 'open!' }),
      /Bin 4.*hexadecimal digits/s,
    );
    await assert.rejects(
      running.send('intake', { topic: 'bin-4', payload: '00'.repeat(1025) }),
      /longer than 1024/,
    );
    for (let count = 0; count < 20; count++)
      await running.send('intake', { topic: 'bin-4', payload: '{time}' });
    await assert.rejects(
      running.send('intake', { topic: 'bin-4', payload: '01' }),
      /20 messages already wait/,
    );
  });

  it('answers with the codes of CoAP', async () => {
    await started({ paths: ['bins', '/meters', '/målere/én'] });
    const codes = async (requests: Parameters<typeof ask>[1][]) =>
      (await Promise.all(requests.map((request) => ask(coapPort, request)))).map(({ code }) => code);
    assert.deepEqual(
      await codes([
        { path: '/bins', payload: 'x' },
        { path: '/meters', payload: 'x', method: 'PUT' },
        { path: '/målere/én', payload: 'x' },
        { path: '/elsewhere', payload: 'x' },
        { path: '/bins', method: 'GET' },
        { path: '/bins', method: 'DELETE' },
        { path: '/bins', payload: 'x'.repeat(2001), options: { Block1: Buffer.of(6) } },
      ]),
      ['2.04', '2.04', '2.04', '4.04', '4.05', '4.05', '4.13'],
    );
    const core = await ask(coapPort, { path: '/.well-known/core', method: 'GET' });
    assert.deepEqual([core.code, core.options['Content-Format']], ['2.05', 'application/link-format']);
    assert.equal(
      core.payload,
      '</bins>;rt="byflyt.intake",</meters>;rt="byflyt.intake",</m%C3%A5lere/%C3%A9n>;rt="byflyt.intake"',
    );
    await messages(3);
  });

  it('lets in only the networks of its list, says so once, and counts the others', async () => {
    await started({ networks: ['10.64.0.0/16', '2001:db8::/32'] });
    const device = socket();
    for (let count = 0; count < 1234; count++) device.send('x', udpPort, '127.0.0.1');
    await eventually(
      () =>
        assert.match(running.statuses('intake').at(-1) ?? '', /1,234 datagrams from unknown senders dropped/),
      5000,
    );
    assert.equal(running.received('messages').length, 0);
  });

  it('observes resources of devices, and asks again a device that was away', async () => {
    let stream: ObserveWriteStream | undefined;
    const server = coap.createServer((_request, response) => {
      stream = response as unknown as ObserveWriteStream;
      stream.setOption('Content-Format', 'application/json');
      stream.write('1.5');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
    closing.push(() => server.close());
    const { port } = (server._sock as Socket).address();
    await start({ observed: [`coap://127.0.0.1:${port}/level?x=1`] });
    await messages(1);
    stream?.write('1.6');
    const [first, second] = await messages(2);
    assert.deepEqual(
      [first, second].map((message) => String(readEnvelope(message?.payload)?.payload)),
      ['1.5', '1.6'],
    );
    const { method, path: observed, query, contentFormat } = readEnvelope(second?.payload) ?? {};
    assert.deepEqual([method, observed, query, contentFormat], [undefined, '/level', ['x=1'], 50]);
    assert.equal(second?.topic, 'coap/127.0.0.1/level');
  });

  it('says what is wrong in its settings', async () => {
    const wrong: [object, RegExp][] = [
      [{ coap: false, udp: false }, /Switch on CoAP or UDP/],
      [{ udpPort: String(coapPort) }, /ports of their own/],
      [{ networks: ['10.64.0.0/33'] }, /is no network/],
      [{ acknowledgement: 'ok' }, /hexadecimal/],
      [{ observed: ['http://10.0.0.1/'] }, /resource/],
      [{ perSource: '' }, /limits per second/],
    ];
    for (const [form, sentence] of wrong) {
      await start(form);
      assert.match(running.statuses('intake').at(-1) ?? '', sentence);
      await running.stop();
    }
    await start();
  });
});
