/** A Byflyt with its broker and its database, each a process of its own that can be taken away and given back. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import mqtt, { type MqttClient } from 'mqtt';
import type { Publication } from '../support/mqtt.ts';
import { Installation } from '../system/installation.ts';
import type { ModelBroker } from './brokers.ts';
import type { ModelDatabase } from './databases.ts';
import { ALARM_LOG, type FlowShape, modelFlow, WEBHOOK } from './flow.ts';
import { deviceList, deviceNumber, type ModelDevice } from './readings.ts';

export interface WorldOptions {
  broker(): Promise<ModelBroker>;
  database(folder: () => string): Promise<ModelDatabase>;
  protocolVersion: 4 | 5;
}

export const DEPLOYMENTS = ['full', 'flows', 'nodes', 'reload'] as const;
export type Deployment = (typeof DEPLOYMENTS)[number];

/** An alarm as the flow handed it on to people. */
export interface AlarmRecord {
  device: string;
  state: 'raised' | 'cleared';
  /** ISO 8601 UTC. */
  time: string;
}

/** Every history has devices of its own; a failing one needs more of them while it shrinks. */
const DEVICES = 4000;
const POST_WITHIN_MS = 10_000;

export class World {
  readonly broker: ModelBroker;
  readonly database: ModelDatabase;
  readonly #installation: Installation;
  readonly #network: MqttClient;
  #flow: FlowShape;
  #token = '';
  #nextDevice = 0;

  private constructor(
    parts: Pick<World, 'broker' | 'database'>,
    installation: Installation,
    network: MqttClient,
    flow: FlowShape,
  ) {
    this.broker = parts.broker;
    this.database = parts.database;
    this.#installation = installation;
    this.#network = network;
    this.#flow = flow;
  }

  /** Everything runs, and a client stands for the network server. */
  static async start({ broker, database, protocolVersion }: WorldOptions): Promise<World> {
    let folder = '';
    const parts = { broker: await broker(), database: await database(() => folder) };
    const installation = await Installation.prepare({ ...parts.broker.settings, ...parts.database.settings });
    folder = installation.folder;
    const flow: FlowShape = { store: true, revision: 0, protocolVersion, folder };
    await installation.write('node-red/flows.json', JSON.stringify(modelFlow(flow)));
    await installation.write('list.csv', deviceList(DEVICES));
    await installation.start();
    await installation.command('devices', 'import', join(folder, 'list.csv'));
    const network = await mqtt.connectAsync(installation.brokerUrl, { reconnectPeriod: 50 });
    // While the broker is gone it refuses connections; the client goes on trying.
    network.on('error', () => undefined);
    return new World(parts, installation, network, flow);
  }

  get folder(): string {
    return this.#installation.folder;
  }

  /** A device that nobody has used. */
  device(): ModelDevice {
    return deviceNumber(this.#nextDevice++);
  }

  async start(): Promise<void> {
    await this.#installation.start();
  }

  kill(): Promise<void> {
    return this.#installation.kill();
  }

  async stop(): Promise<void> {
    assert.equal(await this.#installation.stop(), 0, 'exit status after Ctrl-C');
  }

  /** Resolves when the broker has acknowledged it, which may be after it came back. */
  async publish({ topic, body }: Publication): Promise<void> {
    const payload = typeof body === 'string' ? body : JSON.stringify(body);
    await this.#network.publishAsync(topic, payload, { qos: 1 });
  }

  /** Whether it was acknowledged: otherwise the sender has to try again. */
  async post({ body }: Publication): Promise<boolean> {
    try {
      const response = await fetch(this.#installation.site + WEBHOOK, {
        method: 'POST',
        body: typeof body === 'string' ? body : JSON.stringify(body),
        headers: { 'Content-Type': 'application/json' },
        signal: AbortSignal.timeout(POST_WITHIN_MS),
      });
      await response.arrayBuffer();
      return response.status === 200;
    } catch {
      return false; // nobody there, or gone before the answer
    }
  }

  /** Deploys through the editor's API, with or without the node that saves. */
  async deploy(type: Deployment, store = this.#flow.store): Promise<void> {
    this.#flow = { ...this.#flow, store, revision: this.#flow.revision + 1 };
    this.#token ||= await this.#installation.signIn();
    const response = await fetch(`${this.#installation.site}/editor/flows`, {
      method: 'POST',
      body: JSON.stringify(modelFlow(this.#flow)),
      headers: {
        Authorization: `Bearer ${this.#token}`,
        'Content-Type': 'application/json',
        'Node-RED-Deployment-Type': type,
      },
    });
    assert.equal(response.status, 204, `deploy ${type}: ${await response.text()}`);
  }

  /** Alarms of a device that the flow handed on, in their order. */
  async alarms({ id }: ModelDevice): Promise<AlarmRecord[]> {
    const text = await readFile(join(this.folder, ALARM_LOG), 'utf8').catch(() => '');
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as AlarmRecord)
      .filter(({ device }) => device === id);
  }

  /** The last lines that the app wrote, for a failure's report. */
  async lastWords(lines = 40): Promise<string> {
    const text = await readFile(join(this.folder, 'logs/byflyt.log'), 'utf8').catch(() => '');
    return text.trimEnd().split('\n').slice(-lines).join('\n');
  }

  async remove(): Promise<void> {
    await this.#network.endAsync(true);
    await this.#installation.kill();
    await this.#installation.remove();
    await this.broker.stop();
    await this.database.stop();
  }
}
