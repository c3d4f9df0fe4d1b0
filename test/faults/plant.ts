/** A Byflyt under load in which something goes wrong: a network server that sends, and what became of it. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import mqtt, { type MqttClient } from 'mqtt';
import type { StatusReport } from '../../nodes/operator/status/problem-lines.ts';
import { encodeLht65n } from '../../nodes/simulator/payloads.ts';
import { type Accounts, readAccounts } from '../support/accounts.ts';
import { eventually } from '../support/eventually.ts';
import type { Publication } from '../support/mqtt.ts';
import type { ReadValues } from '../support/saved-values.ts';
import { Installation } from '../system/installation.ts';
import { thingsStackUplink } from '../system/uplinks.ts';

const DEVICE = { id: 'trail', devEui: 'a840410000000001' };
const DEVICES = `id;name;area;devEui;model\n${DEVICE.id};Trail;ski_trail;${DEVICE.devEui};dragino-lht65n\n`;
const SECOND = 1000;
/** Of the shipped flow. */
const DECODE = 'byflyt-ski-trail-decode';

export interface PlantOptions {
  /** Before the first start. */
  prepare?(installation: Installation): Promise<unknown>;
  /** Broker of the network server, if not the address that Byflyt has. */
  networkUrl?: string;
}

interface FlowNode {
  id: string;
  type: string;
  [property: string]: unknown;
}

export class Plant {
  readonly installation: Installation;
  readonly #read: ReadValues;
  readonly #network: MqttClient;
  /** Time of the first reading. */
  readonly #beginning = Math.floor(Date.now() / SECOND) * SECOND - 6 * 3600 * SECOND;
  #sent = 0;
  readonly #acknowledged: Promise<unknown>[] = [];

  private constructor(installation: Installation, read: ReadValues, network: MqttClient) {
    this.installation = installation;
    this.#read = read;
    this.#network = network;
  }

  /** Starts Byflyt with these settings, one device in its list, and a network server that signs on. */
  static async start(
    settings: Record<string, string>,
    read: (folder: string) => ReadValues,
    { prepare, networkUrl }: PlantOptions = {},
  ): Promise<Plant> {
    const installation = await Installation.prepare(settings);
    await prepare?.(installation);
    await installation.write('list.csv', DEVICES);
    await installation.start();
    await installation.command('devices', 'import', join(installation.folder, 'list.csv'));
    const network = await mqtt.connectAsync(networkUrl ?? installation.brokerUrl, { reconnectPeriod: 100 });
    // While a broker is gone it refuses connections; the client goes on trying.
    network.on('error', () => undefined);
    return new Plant(installation, read(installation.folder), network);
  }

  /** Publishes so many readings, each with its own time and value; does not wait for acknowledgements. */
  send(count: number): void {
    for (let sent = 0; sent < count; sent++) {
      const { topic, body } = this.#uplink(this.#sent++);
      this.#acknowledged.push(this.#network.publishAsync(topic, JSON.stringify(body), { qos: 1 }));
    }
  }

  /** Posts the next reading to a webhook; one that is not acknowledged is the next again. */
  async post(path: string): Promise<number> {
    const reading = this.#sent++;
    const response = await fetch(this.installation.site + path, {
      method: 'POST',
      body: JSON.stringify(this.#uplink(reading).body),
      signal: AbortSignal.timeout(10_000),
    });
    if (response.status !== 200) this.#sent--;
    return response.status;
  }

  /** Puts an intake of posts in front of the shipped flow of ski trails. */
  async addWebhook(path: string): Promise<void> {
    const flows = await this.flows();
    const decode = flows.find(({ id }) => id === DECODE);
    const place = { z: decode?.z, x: decode?.x, y: decode?.y };
    const intake = { id: 'webhook', type: 'byflyt-intake', ...place, transport: 'webhook', path };
    await this.deploy([...flows, { ...intake, wires: [[DECODE]] }]);
    await eventually(async () => {
      const response = await fetch(this.installation.site + path);
      assert.equal(response.status, 405, 'the webhook knows GET from POST');
    });
  }

  async flows(): Promise<FlowNode[]> {
    return JSON.parse(await this.installation.read('flows')) as FlowNode[];
  }

  /** Deploys everything through the editor's API. */
  async deploy(flows: readonly FlowNode[]): Promise<void> {
    await this.#change('flows', flows, { 'Node-RED-Deployment-Type': 'full' });
  }

  /** Resolves when every reading that was published so far is acknowledged. */
  async acknowledged(): Promise<void> {
    await Promise.all(this.#acknowledged);
  }

  /** The reading of each uplink is in the database, once, with its value. */
  async everythingIsStored(withinMs = 40_000): Promise<void> {
    const sent = Array.from({ length: this.#sent }, (_, index) => [this.#time(index), temperature(index)]);
    await eventually(async () => {
      const stored = await this.#read('ski_trail', 'surface_temperature', DEVICE.id);
      assert.equal(stored.length, sent.length, 'readings in the database');
      assert.deepEqual(stored, sent);
    }, withinMs);
  }

  /** Staff are told what is wrong: one of the lines on the status page has these words. */
  async tells(words: RegExp, withinMs = 20_000): Promise<void> {
    await eventually(async () => assert.match(await this.problems(), words), withinMs);
  }

  /** No line on the status page is about this any more. */
  async tellsNoMore(words: RegExp, withinMs = 20_000): Promise<void> {
    await eventually(async () => assert.doesNotMatch(await this.problems(), words), withinMs);
  }

  /** The lines of the status page. */
  async problems(): Promise<string> {
    const report = JSON.parse(await this.installation.read('byflyt/problems?lang=en')) as StatusReport;
    return report.lines.map(({ sentence }) => sentence).join('\n');
  }

  /** As staff do with the button on the operator page, for everything that was kept aside. */
  async tryAgain(): Promise<void> {
    const page = await this.installation.read('byflyt/operator/content?lang=en');
    for (const [, key = ''] of page.matchAll(/data-action="retry" data-key="([^"]*)"/g)) {
      await this.#change('byflyt/operator/aside', { action: 'retry', key });
    }
  }

  /** What became of the messages, as Byflyt says. */
  accounts(): Accounts {
    return readAccounts(this.installation.folder);
  }

  /** The process is there and answers. */
  async isAlive(): Promise<void> {
    const response = await fetch(`${this.installation.site}/editor/`, { signal: AbortSignal.timeout(5000) });
    assert.equal(response.status, 200, 'the editor');
    await response.arrayBuffer();
  }

  async remove(): Promise<void> {
    await this.#network.endAsync(true);
    await this.installation.kill();
    await this.installation.remove();
  }

  async #change(path: string, body: object, more: Record<string, string> = {}): Promise<void> {
    const response = await fetch(`${this.installation.site}/editor/${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: {
        Authorization: `Bearer ${await this.installation.signIn()}`,
        'Content-Type': 'application/json',
        'X-Requested-With': 'byflyt-operator',
        ...more,
      },
    });
    assert.ok(response.ok, `${path}: ${response.status} ${await response.text()}`);
  }

  #uplink(index: number): Publication {
    const payload = encodeLht65n({
      battery: 3,
      internalTemperature: -5,
      humidity: 20,
      externalTemperature: temperature(index),
    });
    return thingsStackUplink({
      deviceId: DEVICE.id,
      devEui: DEVICE.devEui,
      fPort: payload.fPort,
      payload: payload.bytes,
      time: new Date(this.#time(index)).toISOString(),
      fCnt: index,
    });
  }

  #time(index: number): number {
    return this.#beginning + index * SECOND;
  }
}

/** °C, different for ten thousand readings in a row. */
function temperature(index: number): number {
  return ((index % 10_000) - 5000) / 100;
}
