/** The model: what was sent in one history, which parts run, and what must have become of it all in the end. */
import assert from 'node:assert/strict';
import { type Accounts, readAccounts } from '../support/accounts.ts';
import { eventually } from '../support/eventually.ts';
import type { Publication } from '../support/mqtt.ts';
import { ALARM_LIMIT } from './flow.ts';
import { type ModelDevice, type Reading, reading, uplink } from './readings.ts';
import type { World } from './world.ts';

/** Readings come on even seconds, so that late ones have room between them. */
const STEP = 2000;
/** Alarms are for what is new: a reading that took six hours is history. */
const AGO = 3 * 3_600_000;
const WITHIN_MS = 60_000;

/** What one device has sent, by time. */
export class Sender {
  readonly device: ModelDevice;
  readonly #readings = new Map<number, Reading>();
  readonly #first = Math.floor((Date.now() - AGO) / STEP) * STEP;
  #next = this.#first;

  constructor(device: ModelDevice) {
    this.device = device;
  }

  /** Where its uplinks are published. */
  get topic(): string {
    return uplink(this.device, reading(this.#first, false)).topic;
  }

  next(hot: boolean): Publication {
    const time = this.#next;
    this.#next += STEP;
    return this.#send(reading(time, hot));
  }

  /** A reading from before the newest one, which nobody has seen. */
  late(steps: number, hot: boolean): Publication {
    const time = Math.max(this.#first, this.#next - steps * STEP) - STEP / 2;
    return this.#send(this.#readings.get(time) ?? reading(time, hot));
  }

  /** The newest readings once more. */
  again(count: number): Publication[] {
    return [...this.#readings.values()].slice(-count).map((each) => uplink(this.device, each));
  }

  #send(sent: Reading): Publication {
    this.#readings.set(sent.time, sent);
    return uplink(this.device, sent);
  }

  /** All readings, in order of time. */
  story(): Reading[] {
    return [...this.#readings.values()].sort((a, b) => a.time - b.time);
  }

  /** How often the readings in order of time raise the alarm. Some may come too late for it, which never makes more. */
  raised(): number {
    const hot = this.story().map(({ value }) => value > ALARM_LIMIT);
    return hot.filter((isHot, index) => isHot && !hot[index - 1]).length;
  }
}

export class History {
  readonly #world: World;
  readonly #before: Accounts;
  readonly mqtt: Sender;
  readonly webhook: Sender;
  app = true;
  broker = true;
  database = true;
  store = true;
  /** Messages may have ended in a flow that somebody broke or redeployed in parts: the next start takes them up. */
  mayNeedStart = false;
  #acknowledged = 0;
  #waiting: Promise<void>[] = [];
  /** Posts that the sender has to try again, in their order. */
  #unsent: Publication[] = [];

  constructor(world: World) {
    this.#world = world;
    this.#before = readAccounts(world.folder);
    this.mqtt = new Sender(world.device());
    this.webhook = new Sender(world.device());
  }

  /** Whether somebody can acknowledge a publication now. */
  get reachable(): boolean {
    return this.#world.broker.separate ? this.broker : this.app;
  }

  /** Publishes without waiting. */
  publish(publications: readonly Publication[]): void {
    for (const publication of publications) {
      this.#waiting.push(this.#world.publish(publication).then(() => this.#count()));
    }
  }

  /** Resolves when all that was published is acknowledged. */
  async acknowledged(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = [];
    await within(Promise.all(waiting), 'an uplink was never acknowledged');
  }

  /** As a sender with a queue does: in order, and again later what was not acknowledged. */
  async post(publications: readonly Publication[]): Promise<void> {
    this.#unsent.push(...publications);
    for (let next = this.#unsent[0]; next && (await this.#world.post(next)); next = this.#unsent[0]) {
      this.#count();
      this.#unsent.shift();
    }
  }

  /** Brings everything up again; then all that was acknowledged must be in the database once, or accounted for. */
  async end(): Promise<void> {
    await this.#recover();
    await this.acknowledged();
    await eventually(async () => {
      await this.post([]);
      assert.equal(this.#unsent.length, 0, 'the webhook takes posts again');
    });
    await this.#settled();
    for (const sender of [this.mqtt, this.webhook]) await this.#alarmsAreRight(sender);
  }

  async #recover(): Promise<void> {
    const world = this.#world;
    if (!this.broker) await world.broker.up();
    if (!this.database) await world.database.up();
    if (!this.app) await world.start();
    if (!this.store) await world.deploy('full', true);
    Object.assign(this, { app: true, broker: true, database: true, store: true });
  }

  async #settled(): Promise<void> {
    const check = () => this.#accountsAreRight();
    if (!this.mayNeedStart) return eventually(check, WITHIN_MS);
    await eventually(check, 1500).catch(async () => {
      await this.#world.deploy('full');
      await eventually(check, WITHIN_MS);
    });
  }

  async #accountsAreRight(): Promise<void> {
    for (const sender of [this.mqtt, this.webhook]) {
      const { device } = sender;
      const values = await this.#world.database.values('ski_trail', 'surface_temperature', device.id);
      const sent = sender.story();
      assert.deepEqual(
        values,
        sent.map(({ time, value }) => [time, value]),
        `readings of ${device.id} in the database`,
      );
      const { stored } = readAccounts(this.#world.folder, device.id);
      assert.ok(stored >= sent.length, `${stored} stored of ${sent.length} readings of ${device.id}`);
    }
    const after = readAccounts(this.#world.folder);
    const { received, queued, unaccounted, inFlow } = after;
    assert.equal(
      queued + unaccounted + inFlow,
      0,
      `messages that wait although everything runs: ${JSON.stringify(after)}`,
    );
    const taken = received - this.#before.received;
    assert.ok(taken >= this.#acknowledged, `${taken} received of ${this.#acknowledged} acknowledged`);
  }

  /**
   * Raised and cleared take turns, as often as the readings say at most, and each goes out once. A kill or a deploy may
   * keep one from going out, as it does with every message between two nodes.
   */
  async #alarmsAreRight(sender: Sender): Promise<void> {
    const { device } = sender;
    const saved = await this.#world.database.values('alarm', 'state', device.id);
    const story = saved.map(([time, state]) => `${state} ${new Date(time).toISOString()}`);
    const states = saved.map(([, state]) => state);
    const turns = states.map((_, index) => (index % 2 === 0 ? 'raised' : 'cleared'));
    assert.deepEqual(states, turns, `alarms of ${device.id}: ${story.join(', ')}`);
    const count = states.filter((state) => state === 'raised').length;
    assert.ok(
      count <= sender.raised(),
      `${count} alarms in place of ${sender.raised()}: ${story.join(', ')}`,
    );
    const sent = (await this.#world.alarms(device)).map(({ state, time }) => `${state} ${time}`);
    assert.equal(new Set(sent).size, sent.length, `an alarm went out twice: ${sent.join(', ')}`);
    const unsaved = sent.filter((each) => !story.includes(each));
    assert.deepEqual(unsaved, [], `alarms that went out and are not in the database: ${story.join(', ')}`);
  }

  #count(): void {
    this.#acknowledged++;
  }
}

/** Fails with the sentence if `work` takes too long. */
async function within(work: Promise<unknown>, otherwise: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(otherwise)), WITHIN_MS);
  });
  await Promise.race([work, late]).finally(() => clearTimeout(timer));
}
