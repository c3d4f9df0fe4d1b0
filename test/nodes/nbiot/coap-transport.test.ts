/** CoAP and UDP at real ports, with a disk that refuses or is full of work, and devices that do not answer. */
import assert from 'node:assert/strict';
import type { ReceivedMessage, TransportState } from '../../../nodes/intake/transport.ts';
import { AllTransports } from '../../../nodes/nbiot/all-transports.ts';
import { CoapObserver } from '../../../nodes/nbiot/coap-observer.ts';
import { CoapTransport } from '../../../nodes/nbiot/coap-transport.ts';
import { DatagramIntake } from '../../../nodes/nbiot/datagram-intake.ts';
import { observedResource } from '../../../nodes/nbiot/observed-resource.ts';
import type { DropCause } from '../../../nodes/nbiot/rate-limit.ts';
import { ConfigurationError, ConnectionError } from '../../../nodes/observation/errors.ts';
import { eventually } from '../../support/eventually.ts';
import { freePort } from '../lorawan/gateway-support.ts';
import { RawDevice } from './coap-devices.ts';
import { oracle } from './coap-packet.ts';

const DISK = new ConnectionError({ key: 'persistence.error.write' });

describe('CoAP to the disk', () => {
  let transport: CoapTransport;
  let device: RawDevice;
  let errors: unknown[];
  let drops: DropCause[];
  const onDrop = (cause: DropCause) => void drops.push(cause);

  const open = async (accept: (message: ReceivedMessage) => Promise<void>, isKnown = true) => {
    const port = await freePort();
    const intake = new DatagramIntake({
      registry: { byIdentity: () => undefined },
      models: { get: () => undefined },
      known: { has: () => isKnown, learn: () => undefined },
      ...{ waiting: { take: () => undefined }, acknowledgement: '', accept, onDrop },
    });
    errors = [];
    drops = [];
    const connected = Promise.withResolvers<void>();
    transport = new CoapTransport(
      {
        ...{ port, address: '127.0.0.1', paths: [], longest: 1000, observed: [] },
        limit: { admits: () => true, isKnown: () => isKnown },
        intake,
      },
      {
        onState: (state) => state === 'connected' && connected.resolve(),
        onError: (error) => errors.push(error),
      },
    );
    transport.start();
    await connected.promise;
    device = new RawDevice(port);
  };
  const post = (messageId: number) => ({
    confirmable: true,
    code: '0.02',
    messageId,
    payload: Buffer.from('x'),
  });

  afterEach(async () => {
    device.close();
    await transport.stop();
  });

  it('asks to try again in a minute if the disk refuses', async () => {
    await open(() => Promise.reject(DISK));
    const answer = await device.ask(post(1));
    assert.equal(answer.code, '5.03');
    assert.deepEqual(answer.options.find(({ name }) => name === 'Max-Age')?.value, Buffer.of(60));
    assert.deepEqual(errors, [DISK]);
  });

  it('answers only when the message is on disk', async () => {
    const disk = Promise.withResolvers<void>();
    let accepted = 0;
    await open(() => {
      accepted++;
      return disk.promise;
    });
    const answer = device.ask(post(1));
    await eventually(() => assert.equal(accepted, 1), 2000);
    assert.equal(device.received.length, 0);
    disk.resolve();
    assert.equal((await answer).code, '2.04');
  });

  it('takes no more of strangers than the disk can bear, and takes them when they come again', async () => {
    const disk = Promise.withResolvers<void>();
    const accepted: ReceivedMessage[] = [];
    await open((message) => {
      accepted.push(message);
      return disk.promise;
    }, false);
    for (let id = 0; id < 70; id++) device.send(oracle.generate(post(id)));
    await eventually(() => assert.deepEqual(drops, Array(6).fill('strangers')), 2000);
    assert.equal(accepted.length, 64);
    disk.resolve();
    await eventually(() => assert.equal(device.received.length, 64), 2000);
    for (let id = 64; id < 70; id++) assert.equal((await device.ask(post(id))).code, '2.04');
    assert.equal(accepted.length, 70);
  });
});

describe('observed resources', () => {
  it('are written as URIs with an address', () => {
    assert.deepEqual(observedResource(' coap://10.64.0.7/sensors/level?x=1&y=%C3%A5 '), {
      ...{ uri: 'coap://10.64.0.7/sensors/level?x=1&y=%C3%A5', at: { address: '10.64.0.7', port: 5683 } },
      ...{ path: '/sensors/level', query: ['x=1', 'y=å'] },
    });
    assert.deepEqual(observedResource('coap://[2001:db8::7]:5700').at, {
      address: '2001:db8::7',
      port: 5700,
    });
    for (const uri of [
      '10.64.0.7/level',
      'coaps://10.64.0.7/level',
      'coap://sensor.example/level',
      'coap://',
    ]) {
      assert.throws(() => observedResource(uri), ConfigurationError, uri);
    }
  });

  it('are asked for again when a device did not answer, or stopped to tell', async () => {
    const outcomes = ['away', 'error', 'value'];
    const errors: unknown[] = [];
    const kept: string[] = [];
    const tokens = new Set<string>();
    const observer = new CoapObserver({
      resources: [observedResource('coap://10.64.0.7/level')],
      coap: {
        observe: async (_to, { token }) => {
          tokens.add(String(token?.toString('hex')));
          const outcome = outcomes.shift();
          if (outcome === 'away') throw new ConnectionError({ key: 'nbiot.error.coapNoAnswer' });
          const isValue = outcome === 'value';
          const options = { path: '/', query: [], ...(isValue ? { observe: 1, maxAge: 300 } : {}) };
          const payload = Buffer.from(outcome ?? '');
          return { response: { code: isValue ? 0x45 : 0x84, options, payload }, forget: () => undefined };
        },
        request: () => Promise.reject(new Error('nobody is there')),
      },
      onRepresentation: async ({ payload }) => void kept.push(String(payload)),
      onError: (error) => errors.push(error),
      retryAfter: 5,
    });
    observer.start();
    await eventually(() => assert.deepEqual(kept, ['value']), 2000);
    await observer.stop(true);
    assert.deepEqual(
      errors.map((error) => (error as ConnectionError).key),
      ['nbiot.error.coapNoAnswer', 'nbiot.error.notObserved'],
    );
    assert.equal(tokens.size, 1, 'the device renews one observation');
  });
});

describe('several ports', () => {
  it('are as well as the worst of them', () => {
    const states: TransportState[] = [];
    const tell: ((state: TransportState) => void)[] = [];
    const all = new AllTransports((state) => states.push(state));
    for (let port = 0; port < 2; port++) {
      all.add((onState) => {
        tell.push(onState);
        return { start: () => undefined, stop: async () => undefined };
      });
    }
    tell[0]?.('connected');
    tell[1]?.('connected');
    tell[0]?.('disconnected');
    assert.deepEqual(states, ['connecting', 'connected', 'disconnected']);
  });
});
