/** The CoAP endpoint at a real port, asked by the coap library's client and by raw datagrams. */
import assert from 'node:assert/strict';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import coap, { type IncomingMessage, type ObserveWriteStream, type OutgoingMessage } from 'coap';
import {
  type CoapAnswer,
  CoapEndpoint,
  type CoapEndpointOptions,
  type CoapRequest,
} from '../../../nodes/nbiot/coap-endpoint.ts';
import { CoapExchanges } from '../../../nodes/nbiot/coap-exchanges.ts';
import { CODE, readCoap, writeCoap } from '../../../nodes/nbiot/coap-message.ts';
import { uintOption } from '../../../nodes/nbiot/coap-options.ts';
import { ConnectionError } from '../../../nodes/observation/errors.ts';
import { eventually } from '../../support/eventually.ts';
import { ask, RawDevice } from './coap-devices.ts';
import { oracle } from './coap-packet.ts';

type Handle = (request: CoapRequest) => CoapAnswer | undefined | Promise<CoapAnswer | undefined>;

describe('CoAP exchanges', () => {
  it('are forgotten when their time is over, and the oldest of too many', () => {
    const exchanges = new CoapExchanges({ most: 2, lifetime: 100 });
    const source = { address: '192.0.2.1', port: 5683 };
    const messages = [1, 2, 3].map((id) => readCoap(Buffer.from(`4002000${id}`, 'hex')));
    const bytes = Buffer.from('x');
    for (const [at, message] of messages.entries()) exchanges.begin(message, bytes, source, at);
    const found = (now: number) =>
      messages.map((message) => exchanges.find(message, bytes, source, now) !== undefined);
    assert.deepEqual(found(3), [false, true, true]);
    assert.deepEqual(found(101), [false, false, true]);
  });
});

describe('CoAP endpoint', () => {
  let socket: Socket;
  let endpoint: CoapEndpoint;
  let port: number;
  let requests: CoapRequest[];
  let device: RawDevice;
  const closing: (() => void)[] = [];

  const listen = async (handle: Handle, options: Partial<CoapEndpointOptions> = {}) => {
    socket = createSocket('udp4');
    requests = [];
    endpoint = new CoapEndpoint({
      send: (bytes, to) => socket.send(bytes, to.port, to.address, () => undefined),
      handle: async (request) => {
        requests.push({ ...request, payload: Buffer.from(request.payload) });
        return handle(request);
      },
      ackTimeout: 50,
      ...options,
    });
    socket.on('message', (bytes, { address, port: from }) =>
      endpoint.receive(bytes, { address, port: from }),
    );
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    ({ port } = socket.address());
    device = new RawDevice(port);
  };
  const changed: Handle = () => ({ code: CODE.changed });

  afterEach(() => {
    endpoint.close();
    socket.close();
    device.close();
    for (const close of closing.splice(0)) close();
  });

  describe('as server', () => {
    it('answers confirmable and other requests with what they carry', async () => {
      await listen(() => ({ code: CODE.changed, payload: Buffer.from('ok'), contentFormat: 0 }));
      for (const confirmable of [true, false]) {
        const answer = await ask(port, { path: '/bins/4', query: 'ep=bin-4', payload: 'full', confirmable });
        assert.deepEqual([answer.code, answer.payload], ['2.04', 'ok']);
      }
      assert.deepEqual(
        requests.map(({ path, query, confirmable, payload, method }) => [
          path,
          query,
          confirmable,
          String(payload),
          method,
        ]),
        [
          ['/bins/4', ['ep=bin-4'], true, 'full', CODE.post],
          ['/bins/4', ['ep=bin-4'], false, 'full', CODE.post],
        ],
      );
    });

    it('gives a duplicate the same answer and takes it once', async () => {
      await listen(() => ({ code: CODE.changed, payload: Buffer.from(String(requests.length)) }));
      const packet = {
        confirmable: true,
        code: '0.02',
        messageId: 7,
        token: Buffer.of(1),
        payload: Buffer.from('a'),
      };
      await device.ask(packet);
      await device.ask(packet);
      assert.equal(requests.length, 1);
      assert.deepEqual(device.received[0], device.received[1]);
    });

    it('knows a duplicate of the message by which its sender became known', async () => {
      let isKnown = false;
      await listen(
        () => {
          isKnown = true;
          return { code: CODE.changed };
        },
        { isKnown: () => isKnown },
      );
      const packet = { confirmable: true, code: '0.02', messageId: 7, payload: Buffer.from('ep') };
      await device.ask(packet);
      await device.ask(packet);
      assert.equal(requests.length, 1);
    });

    it('takes a new message of a device that begins at the same id after each sleep', async () => {
      await listen(changed);
      for (const payload of ['one', 'two']) {
        await device.ask({ confirmable: true, code: '0.02', messageId: 1, payload: Buffer.from(payload) });
      }
      await device.ask({
        confirmable: true,
        code: '0.02',
        messageId: 1,
        token: Buffer.of(9),
        payload: Buffer.from('two'),
      });
      assert.deepEqual(
        requests.map(({ payload }) => String(payload)),
        ['one', 'two', 'two'],
      );
    });

    it('resets pings, broken confirmable messages and answers that nobody asked for', async () => {
      await listen(changed);
      device.send(Buffer.from('40000007', 'hex'));
      device.send(Buffer.from('49020008', 'hex'));
      device.send(oracle.generate({ confirmable: true, code: '2.05', messageId: 9, token: Buffer.of(3) }));
      device.send(oracle.generate({ confirmable: true, code: '7.01', messageId: 10 }));
      await eventually(() => assert.equal(device.received.length, 4), 2000);
      assert.deepEqual(
        device
          .packets()
          .map(({ reset, code, messageId }) => [reset, code, messageId])
          .sort(),
        [7, 8, 9, 10].map((id) => [true, '0.00', id]).sort(),
      );
    });

    it('says nothing to broken messages that need no answer', async () => {
      await listen(changed);
      for (const hex of ['', '00', '59020008', '6000000800', '5000000a', '60420001']) {
        device.send(Buffer.from(hex, 'hex'));
      }
      await device.ask({ confirmable: true, code: '0.02', messageId: 77 });
      assert.deepEqual(
        device.packets().map(({ messageId }) => messageId),
        [77],
      );
    });

    it('answers bad options with 4.02 and proxy options with 5.05, and passes over elective ones', async () => {
      await listen(changed);
      const of = (name: string) => ({
        confirmable: true,
        code: '0.02',
        options: [{ name, value: Buffer.from('x') }],
      });
      assert.equal((await device.ask(of('9'))).code, '4.02');
      assert.equal((await device.ask(of('Proxy-Uri'))).code, '5.05');
      assert.equal((await device.ask(of('2050'))).code, '2.04');
    });

    it('acknowledges first and answers apart when the disk takes long, until the answer is acknowledged', async () => {
      await listen(() => delay(120, { code: CODE.changed, payload: Buffer.from('later') }), {
        separateAfter: 20,
      });
      const packet = { confirmable: true, code: '0.02', messageId: 5, token: Buffer.of(5) };
      const acknowledgement = await device.ask(packet);
      assert.deepEqual([acknowledgement.ack, acknowledgement.code], [true, '0.00']);
      device.send(oracle.generate(packet));
      await eventually(() => assert.ok(device.received.length >= 4), 2000);
      const [, again, answer, repeated] = device.packets();
      assert.deepEqual([again?.ack, again?.code], [true, '0.00']);
      assert.deepEqual([answer?.confirmable, answer?.code, String(answer?.payload)], [true, '2.04', 'later']);
      assert.equal(repeated?.messageId, answer?.messageId);
      device.send(oracle.generate({ ack: true, code: '0.00', messageId: answer?.messageId ?? 0 }));
      await delay(30);
      const { length } = device.received;
      await delay(400);
      assert.equal(device.received.length, length);
      assert.equal(requests.length, 1);
      // The library's client understands it.
      assert.equal((await ask(port)).payload, 'later');
    });

    it('keeps silent about what it could not take, and takes it when it comes again', async () => {
      await listen(() => (requests.length === 1 ? undefined : { code: CODE.changed }));
      const packet = oracle.generate({ confirmable: true, code: '0.02', messageId: 5 });
      device.send(packet);
      await eventually(() => assert.equal(requests.length, 1), 2000);
      device.send(packet);
      await eventually(() => assert.equal(device.received.length, 1), 2000);
      assert.equal(requests.length, 2);
    });

    it('asks a device to try again that it acknowledged before the message could not be taken', async () => {
      await listen(() => delay(60, undefined), { separateAfter: 10 });
      const acknowledgement = await device.ask({ confirmable: true, code: '0.02', messageId: 5 });
      assert.equal(acknowledgement.code, '0.00');
      await eventually(() => assert.equal(device.packets()[1]?.code, '5.03'), 2000);
    });

    it('leaves out answers that the device does not want (No-Response)', async () => {
      await listen(changed);
      const options = [{ name: 'No-Response', value: Buffer.of(2) }];
      device.send(oracle.generate({ code: '0.02', messageId: 1, options }));
      const answer = await device.ask({ confirmable: true, code: '0.02', messageId: 2, options });
      assert.deepEqual([answer.ack, answer.code, answer.messageId], [true, '0.00', 2]);
      assert.equal(requests.length, 2);
    });

    it('puts block-wise uploads together', async () => {
      await listen(changed);
      const payload = 'a water meter with a long memory '.repeat(100);
      const answer = await ask(port, { path: '/log', payload, options: { Block1: Buffer.of(2) } });
      assert.equal(answer.code, '2.04');
      assert.deepEqual(
        requests.map((request) => String(request.payload)),
        [payload],
      );
    });

    const block = (number: number, more: boolean, payload: Buffer, others: object[] = []) => ({
      confirmable: true,
      code: '0.02',
      messageId: 100 + number,
      token: Buffer.of(number),
      options: [
        { name: 'Block1', value: uintOption(27, number * 16 + (more ? 8 : 0)).value },
        ...(others as { name: string; value: Buffer }[]),
      ],
      payload,
    });
    const SIXTEEN = Buffer.alloc(16, 'x');

    it('refuses blocks that do not fit together: 4.08, 4.00, 4.13', async () => {
      await listen(changed, { longest: 48 });
      assert.equal((await device.ask(block(1, true, SIXTEEN))).code, '4.08');
      assert.equal((await device.ask(block(0, true, SIXTEEN))).code, '2.31');
      assert.equal((await device.ask(block(2, false, SIXTEEN))).code, '4.08');
      assert.equal((await device.ask(block(0, true, SIXTEEN.subarray(1)))).code, '4.00');
      const announced = [{ name: 'Size1', value: Buffer.of(49) }];
      const tooLarge = await device.ask(block(0, true, SIXTEEN, announced));
      assert.equal(tooLarge.code, '4.13');
      assert.deepEqual(tooLarge.options.find(({ name }) => name === 'Size1')?.value, Buffer.of(48));
      assert.equal(requests.length, 0);
    });

    it('holds a bounded number of uploads; the oldest begins again', async () => {
      await listen(changed, { uploads: 2 });
      const others = [new RawDevice(port), new RawDevice(port)];
      for (const each of [device, ...others])
        assert.equal((await each.ask(block(0, true, SIXTEEN))).code, '2.31');
      assert.equal((await device.ask(block(1, false, SIXTEEN))).code, '4.08');
      for (const each of others) {
        assert.equal((await each.ask(block(1, false, SIXTEEN))).code, '2.04');
        each.close();
      }
      assert.equal(requests.length, 2);
    });

    it('keeps the uploads of known devices, however many others begin one', async () => {
      await listen(changed, { uploads: 2, isKnown: (address) => address === '127.0.0.1' });
      assert.equal((await device.ask(block(0, true, SIXTEEN))).code, '2.31');
      const bytes = oracle.generate(block(0, true, SIXTEEN));
      for (let other = 1; other < 100; other++)
        endpoint.receive(bytes, { address: `192.0.2.${other}`, port: 5683 });
      assert.equal((await device.ask(block(1, false, SIXTEEN))).code, '2.04');
    });

    it('hands long answers out in blocks, with one take of the request', async () => {
      const long = 'configuration '.repeat(300);
      await listen(() => ({ code: CODE.content, payload: Buffer.from(long), contentFormat: 0 }));
      assert.deepEqual((await ask(port, { method: 'GET', path: '/long' })).payload, long);
      assert.equal(requests.length, 1);
      const late = { name: 'Block2', value: uintOption(23, 900 * 16 + 2).value };
      assert.equal((await device.ask({ confirmable: true, code: '0.01', options: [late] })).code, '4.08');
    });
  });

  describe('as client', () => {
    const serve = async (answer: (request: IncomingMessage, response: OutgoingMessage) => void) => {
      const server = coap.createServer(answer);
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
      const { port: bound } = (server._sock as Socket).address();
      closing.push(() => server.close());
      return { address: '127.0.0.1', port: bound };
    };

    it('asks devices, also for answers in blocks and apart from the acknowledgement', async () => {
      const long = 'r'.repeat(3000);
      const to = await serve((request, response) => {
        response.code = '2.05';
        const timer = setTimeout(() => response.end(request.url === '/long?x=1' ? long : 'short'), 120);
        // A request that was repeated is answered again, maybe after the test.
        closing.push(() => clearTimeout(timer));
      });
      await listen(changed);
      const short = await endpoint.request(to, { code: CODE.get, path: '/short' });
      assert.deepEqual([short.code, String(short.payload)], [CODE.content, 'short']);
      const response = await endpoint.request(to, { code: CODE.get, path: '/long', query: ['x=1'] });
      assert.equal(String(response.payload), long);
    });

    it('says so if nobody answers', async () => {
      await listen(changed, { ackTimeout: 1 });
      // The port for discarding, at which nobody listens.
      const silent = { address: '127.0.0.1', port: 9 };
      await assert.rejects(
        endpoint.request(silent, { code: CODE.get, path: '/' }),
        (error) => error instanceof ConnectionError && error.key === 'nbiot.error.coapNoAnswer',
      );
    });

    it('observes a resource until it forgets it', async () => {
      let stream: ObserveWriteStream | undefined;
      const to = await serve((_request, response) => {
        stream = response as unknown as ObserveWriteStream;
        stream.write('first');
      });
      await listen(changed);
      const notified: string[] = [];
      const { response, forget } = await endpoint.observe(to, { path: '/level' }, async ({ payload }) => {
        notified.push(String(payload));
      });
      assert.equal(String(response.payload), 'first');
      stream?.write('second');
      stream?.write('third');
      await eventually(() => assert.deepEqual(notified, ['second', 'third']), 2000);
      forget();
      let isReset = false;
      stream?.on('finish', () => {
        isReset = true;
      });
      stream?.write('fourth');
      await eventually(() => assert.ok(isReset), 2000);
      assert.deepEqual(notified, ['second', 'third']);
    });

    it('takes what a device tells that slept when it was asked once more, and rejects what it must not misunderstand', async () => {
      await listen(changed, { ackTimeout: 1 });
      const sensor = createSocket('udp4');
      closing.push(() => sensor.close());
      sensor.bind(0, '127.0.0.1');
      await once(sensor, 'listening');
      const to = { address: '127.0.0.1', port: sensor.address().port };
      const token = Buffer.of(7, 7);
      const notified: string[] = [];
      const asked = endpoint.observe(to, { path: '/level', token }, async ({ payload }) => {
        notified.push(String(payload));
      });
      await assert.rejects(asked, ConnectionError);
      const answers: string[] = [];
      sensor.on('message', (answer) => answers.push(readCoap(answer).type));
      const notification = writeCoap({
        ...{ type: 'CON', code: CODE.content, messageId: 1000, token },
        ...{ options: [uintOption(6, 5)], payload: Buffer.from('awake') },
      });
      sensor.send(notification, port, '127.0.0.1');
      await eventually(() => assert.deepEqual(answers, ['ACK']), 2000);
      // Option 9 must be understood, and is not.
      const strange = { number: 9, value: Buffer.of(1) };
      const options = [uintOption(6, 6), strange];
      const odd = { type: 'CON', code: CODE.content, messageId: 1001, token, options } as const;
      sensor.send(writeCoap({ ...odd, payload: Buffer.from('odd') }), port, '127.0.0.1');
      await eventually(() => assert.deepEqual(answers, ['ACK', 'RST']), 2000);
      assert.deepEqual(notified, ['awake']);
    });

    it('leaves out a notification that a newer one has overtaken, and acknowledges what is on disk', async () => {
      await listen(changed);
      const sensor = createSocket('udp4');
      closing.push(() => sensor.close());
      sensor.bind(0, '127.0.0.1');
      await once(sensor, 'listening');
      const asked = once(sensor, 'message');
      const notified: string[] = [];
      let disk = Promise.resolve();
      const observing = endpoint.observe(
        { address: '127.0.0.1', port: sensor.address().port },
        { path: '/level' },
        ({ payload }) => disk.then(() => void notified.push(String(payload))),
      );
      const [bytes] = (await asked) as [Buffer];
      const { messageId, token } = oracle.parse(bytes);
      const answers: number[] = [];
      sensor.on('message', (answer) => answers.push(oracle.parse(answer).messageId));
      const notify = (sequence: number, text: string, header: object) =>
        sensor.send(
          writeCoap({
            ...{ type: 'CON', code: CODE.content, messageId: 1000 + sequence, token },
            ...{ options: [uintOption(6, sequence)], payload: Buffer.from(text), ...header },
          }),
          port,
          '127.0.0.1',
        );
      notify(0xfffffe, 'first', { type: 'ACK', messageId });
      await observing;
      notify(3, 'third', {});
      await eventually(() => assert.deepEqual(answers, [1003]), 2000);
      notify(2, 'second', {});
      await eventually(() => assert.deepEqual(answers, [1003, 1002]), 2000);
      const { promise, resolve } = Promise.withResolvers<void>();
      disk = promise;
      notify(4, 'fourth', {});
      await delay(50);
      assert.deepEqual(answers, [1003, 1002]);
      resolve();
      await eventually(() => assert.deepEqual(answers, [1003, 1002, 1004]), 2000);
      assert.deepEqual(notified, ['third', 'fourth']);
      // What the disk refused is no repetition when it comes again.
      disk = Promise.reject(new ConnectionError({ key: 'nbiot.error.busy' }));
      // Until the notification is here nobody looks at it.
      disk.catch(() => undefined);
      notify(5, 'fifth', {});
      await delay(50);
      disk = Promise.resolve();
      notify(5, 'fifth', {});
      await eventually(() => assert.deepEqual(answers, [1003, 1002, 1004, 1005]), 2000);
      assert.deepEqual(notified, ['third', 'fourth', 'fifth']);
    });
  });
});
