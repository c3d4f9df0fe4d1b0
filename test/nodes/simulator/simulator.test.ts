import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Aedes } from 'aedes';
import { type DeviceRegistry, openRegistry } from '../../../nodes/devices/registry.ts';
import { readNetworkMessage } from '../../../nodes/lorawan/network-server.ts';
import { SANDBOX_DEVICES } from '../../../nodes/simulator/sandbox-devices.ts';
import { registerSandbox, removeSandbox } from '../../../nodes/simulator/sandbox-registry.ts';
import { Simulator, type SimulatorOptions } from '../../../nodes/simulator/simulator.ts';
import { eventually } from '../../support/eventually.ts';

const HOUR = 3_600_000;

describe('simulator', () => {
  let folder: string;
  let broker: Aedes;
  let server: Server;
  let url: string;
  let registry: DeviceRegistry;
  let received: { topic: string; body: unknown }[];

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'byflyt-simulator-'));
    registry = openRegistry(folder, 'secret of a test');
    registerSandbox(registry, 'en-US');
    received = [];
    broker = await Aedes.createBroker();
    broker.on('publish', ({ topic, payload }, client) => {
      if (client) received.push({ topic, body: JSON.parse(payload.toString()) });
    });
    server = createServer(broker.handle);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterEach(async () => {
    await new Promise<void>((resolve) => broker.close(resolve));
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true });
  });

  const simulate = (options: Partial<SimulatorOptions> = {}): Simulator =>
    new Simulator({
      registry,
      broker: { url },
      progressPath: join(folder, 'sandbox.json'),
      seed: 5,
      backfill: 24 * HOUR,
      ...options,
    });

  /** Runs a feed until no more of the past comes. */
  async function feedPast(): Promise<void> {
    const simulator = simulate();
    simulator.start();
    for (let before = -1; before !== received.length || before === 0; await sleep(300))
      before = received.length;
    await simulator.stop();
  }

  it('publishes the past with its own times, as messages that the networks send', async () => {
    const start = Date.now();
    await feedPast();
    const slots = SANDBOX_DEVICES.reduce((sum, { interval }) => sum + (24 * 60) / interval, 0);
    assert.ok(received.length > 0.7 * slots && received.length <= slots, `${received.length} of ${slots}`);
    const networks = new Map<string, number>();
    for (const { topic, body } of received) {
      const message = readNetworkMessage(body, topic);
      assert.equal(message.kind, 'uplink');
      networks.set(message.network, (networks.get(message.network) ?? 0) + 1);
      const time = Date.parse((message.kind === 'uplink' && message.gatewayTime) || '');
      assert.ok(time >= start - 24 * HOUR && time <= Date.now());
    }
    assert.deepEqual([...networks.keys()].sort(), ['chirpstack-v4', 'gateway-bridge', 'tts-v3']);
  });

  it('goes on where it stopped, in the middle of the past too, and publishes nothing twice', async () => {
    for (let round = 0; round < 3; round++) {
      const simulator = simulate();
      const before = received.length;
      simulator.start();
      while (received.length < before + 20) await sleep(1);
      await simulator.stop();
    }
    await feedPast();
    const bodies = received.map(({ body }) => JSON.stringify(body));
    assert.ok(bodies.length > 100, `${bodies.length} uplinks`);
    assert.equal(new Set(bodies).size, bodies.length);
  });

  it('makes up for no more of a long stop than its backfill', async () => {
    const start = Date.now();
    const devices = Object.fromEntries(SANDBOX_DEVICES.map(({ id }) => [id, { first: 1, next: 2 }]));
    writeFileSync(join(folder, 'sandbox.json'), JSON.stringify({ seed: 5, devices }));
    const simulator = simulate();
    simulator.start();
    await eventually(() => assert.ok(received.length > 20));
    await simulator.stop();
    for (const { topic, body } of received) {
      const message = readNetworkMessage(body, topic);
      assert.ok(message.kind === 'uplink' && Date.parse(message.gatewayTime ?? '') >= start - 24 * HOUR);
    }
  });

  it('sends only what somebody listens to', async () => {
    const topics: string[] = [];
    const listening = (topic: string): Promise<void> => {
      topics.push(topic);
      return topic.startsWith('v3/') ? Promise.resolve() : Promise.withResolvers<void>().promise;
    };
    const simulator = simulate({ listening });
    simulator.start();
    await eventually(() => assert.ok(received.length > 20));
    await simulator.stop();
    assert.equal(topics.length, SANDBOX_DEVICES.length);
    assert.ok(received.every(({ topic }) => topic.startsWith('v3/')));
  });

  it('stops although the broker is away', async () => {
    const away = new Simulator({
      registry,
      broker: { url: 'mqtt://127.0.0.1:9' },
      progressPath: join(folder, 'sandbox.json'),
      seed: 5,
    });
    away.start();
    await sleep(50);
    await away.stop();
    assert.equal(received.length, 0);
  });

  it('gives every device keys of its own, once', () => {
    const keys = SANDBOX_DEVICES.map(({ id }) => registry.keys(id)?.appSKey);
    assert.equal(new Set(keys).size, SANDBOX_DEVICES.length);
    registerSandbox(registry, 'en-US');
    assert.deepEqual(
      SANDBOX_DEVICES.map(({ id }) => registry.keys(id)?.appSKey),
      keys,
    );
  });

  it('marks its devices, and leaves real ones alone when it is turned off', () => {
    registry.save({
      id: 'real',
      name: 'Real',
      area: 'waste',
      devEui: '70b3d57ed0000001',
      model: 'milesight-em310-udl',
    });
    assert.ok(SANDBOX_DEVICES.every(({ id }) => registry.get(id)?.sandbox === true));
    removeSandbox(registry);
    assert.deepEqual(
      registry.list().map(({ id }) => id),
      ['real'],
    );
  });
});
