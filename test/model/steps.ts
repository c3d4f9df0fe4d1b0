/** What can happen in a history, as fast-check commands. */
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { OUTAGES } from './databases.ts';
import type { History } from './history.ts';
import { deviceNumber, reading, uplink } from './readings.ts';
import { DEPLOYMENTS, type Deployment, type World } from './world.ts';

export type Step = fc.AsyncCommand<History, World>;

interface StepKind<Detail> {
  /** How often among all steps. */
  weight: number;
  details: fc.Arbitrary<Detail>;
  possible?(history: Readonly<History>): boolean;
  happen(history: History, world: World, detail: Detail): Promise<void>;
}

type Steps = (name: string) => fc.WeightedArbitrary<Step>;

function kind<Detail>({ weight, details, possible, happen }: StepKind<Detail>): Steps {
  return (name) => ({
    weight,
    arbitrary: details.map((detail) => ({
      check: (history) => possible?.(history) ?? true,
      run: (history, world) => happen(history, world, detail),
      toString: () => `${name}(${detail === undefined ? '' : JSON.stringify(detail)})`,
    })),
  });
}

const nothing = fc.constant(undefined);
const temperatures = fc.array(fc.boolean(), { minLength: 1, maxLength: 20 });
const few = fc.integer({ min: 1, max: 5 });
const MAX_STEPS = 16;
/** What happens in the middle of a burst, and what is left running after it. */
const INTERRUPTIONS = {
  kill: (world: World) => world.kill().then(() => world.start()),
  restart: (world: World) => world.stop().then(() => world.start()),
  full: (world: World) => world.deploy('full'),
  flows: (world: World) => world.deploy('flows'),
} as const;
type Interruption = keyof typeof INTERRUPTIONS;
/** Devices from this number on are in nobody's list. */
const STRANGERS = 1_000_000;
const MALFORMED = ['', 'no JSON {', '{"end_device_ids":{}}', '[]', '\u0000\u0001', '{"uplink_message":null}'];

const KINDS: Readonly<Record<string, Steps>> = {
  publish: kind({
    weight: 6,
    details: temperatures,
    async happen(history, _world, hot) {
      history.publish(hot.map((each) => history.mqtt.next(each)));
      if (history.reachable) await history.acknowledged();
    },
  }),
  burst: kind({
    weight: 3,
    details: fc.record({
      count: fc.integer({ min: 10, max: 60 }),
      hot: fc.boolean(),
      afterMs: fc.integer({ min: 0, max: 80 }),
      interruption: fc.constantFrom<Interruption>('kill', 'kill', 'restart', 'full', 'flows'),
    }),
    possible: ({ app }) => app,
    async happen(history, world, { count, hot, afterMs, interruption }) {
      const half = count / 2;
      history.publish(Array.from({ length: count }, (_, i) => history.mqtt.next(hot === i < half)));
      await delay(afterMs);
      await INTERRUPTIONS[interruption](world);
      if (history.reachable) await history.acknowledged();
    },
  }),
  duplicate: kind({
    weight: 2,
    details: few,
    async happen(history, _world, count) {
      history.publish(history.mqtt.again(count));
      if (history.reachable) await history.acknowledged();
    },
  }),
  late: kind({
    weight: 2,
    details: fc.record({ steps: few, hot: fc.boolean() }),
    async happen(history, _world, { steps, hot }) {
      history.publish([history.mqtt.late(steps, hot)]);
      if (history.reachable) await history.acknowledged();
    },
  }),
  malformed: kind({
    weight: 1,
    details: fc.constantFrom(...MALFORMED),
    async happen(history, _world, body) {
      history.publish([{ topic: history.mqtt.topic, body }]);
      if (history.reachable) await history.acknowledged();
    },
  }),
  stranger: kind({
    weight: 1,
    details: fc.nat({ max: 100 }),
    async happen(history, _world, number) {
      const time = Math.floor(Date.now() / 1000) * 1000;
      history.publish([uplink(deviceNumber(STRANGERS + number), reading(time, true))]);
      if (history.reachable) await history.acknowledged();
    },
  }),
  post: kind({
    weight: 4,
    details: temperatures,
    happen: (history, _world, hot) => history.post(hot.map((each) => history.webhook.next(each))),
  }),
  postAgain: kind({
    weight: 1,
    details: few,
    happen: (history, _world, count) => history.post(history.webhook.again(count)),
  }),
  kill: kind({
    weight: 2,
    details: nothing,
    possible: ({ app }) => app,
    async happen(history, world) {
      history.app = false;
      await world.kill();
    },
  }),
  start: kind({
    weight: 2,
    details: nothing,
    possible: ({ app }) => !app,
    async happen(history, world) {
      await world.start();
      history.app = true;
    },
  }),
  restart: kind({
    weight: 1,
    details: nothing,
    possible: ({ app }) => app,
    async happen(_history, world) {
      await world.stop();
      await world.start();
    },
  }),
  databaseDown: kind({
    weight: 2,
    details: fc.constantFrom(...OUTAGES),
    possible: ({ database }) => database,
    async happen(history, world, outage) {
      if (!world.database.outages.includes(outage)) return;
      history.database = false;
      await world.database.down(outage);
    },
  }),
  databaseUp: kind({
    weight: 2,
    details: nothing,
    possible: ({ database }) => !database,
    async happen(history, world) {
      await world.database.up();
      history.database = true;
    },
  }),
  brokerDown: kind({
    weight: 1,
    details: nothing,
    possible: ({ broker }) => broker,
    async happen(history, world) {
      if (!world.broker.separate) return;
      await history.acknowledged();
      history.broker = false;
      await world.broker.down();
    },
  }),
  brokerUp: kind({
    weight: 1,
    details: nothing,
    possible: ({ broker }) => !broker,
    async happen(history, world) {
      await world.broker.up();
      history.broker = true;
    },
  }),
  deploy: kind({
    weight: 2,
    details: fc.constantFrom(...DEPLOYMENTS),
    possible: ({ app }) => app,
    async happen(history, world, type) {
      if (type === 'nodes') history.mayNeedStart = true;
      await world.deploy(type);
    },
  }),
  removeStore: kind({
    weight: 1,
    details: fc.constantFrom<Deployment>('full', 'flows', 'nodes'),
    possible: ({ app, store }) => app && store,
    async happen(history, world, type) {
      Object.assign(history, { store: false, mayNeedStart: true });
      await world.deploy(type, false);
    },
  }),
  restoreStore: kind({
    weight: 1,
    details: fc.constantFrom<Deployment>('full', 'flows', 'nodes'),
    possible: ({ app, store }) => app && !store,
    async happen(history, world, type) {
      await world.deploy(type, true);
      history.store = true;
    },
  }),
  pause: kind({
    weight: 1,
    details: fc.integer({ min: 10, max: 400 }),
    happen: async (_history, _world, ms) => delay(ms),
  }),
};

/** Steps in random order; `replayPath` is what a failure's report says. */
export function histories(replayPath: string | undefined): fc.Arbitrary<Iterable<Step>> {
  const steps = fc.oneof(...Object.entries(KINDS).map(([name, make]) => make(name)));
  return fc.commands([steps], { maxCommands: MAX_STEPS, size: 'max', ...(replayPath && { replayPath }) });
}
