/** Whether readers of the public side are felt by live intake: the app on one core, with and without them. */
import { rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import mqtt from 'mqtt';
import { openStore } from '../nodes/timeseries/database-settings.ts';
import { startMosquitto, tempFolder } from '../test/support/servers.ts';
import { AppUnderLoad, type Figures } from './app-under-load.ts';
import { byflyt } from './byflyt.ts';
import { BROKER, onOneCore } from './comparison.ts';
import { OBSERVED } from './event-loop-lag.ts';
import { leanFlow } from './lean-flow.ts';
import { type Readings, read } from './readers.ts';
import { QUANTITIES, uplinks } from './uplinks.ts';

/** A large town: 60,000 devices that report every ten minutes. */
const UPLINKS_PER_SECOND = 100;
const SECONDS = 30;
const REQUESTS_PER_SECOND = 500;
const UPLINKS = UPLINKS_PER_SECOND * SECONDS;

interface Run {
  figures: Figures;
  /** Uplinks that were in the database when the last one had been sent for this many ms, and in the end. */
  storedSoon: number;
  stored: number;
  readings: Readings | undefined;
}

const SOON = 2000;

/** Prints both runs next to each other. Fails if the readers take an uplink's place, or are not served. */
export async function reportIntake(): Promise<void> {
  const alone = await run(false);
  const beside = await run(true);
  console.log(
    `\n${UPLINKS_PER_SECOND} uplinks/s for ${SECONDS} s, the app on one core, into the embedded database`,
  );
  for (const [title, { figures, storedSoon, stored, readings }] of [
    ['alone', alone],
    ['with readers', beside],
  ] as const) {
    const read = readings
      ? `, ${(readings.answers / readings.seconds).toFixed(0)} requests/s, 99 in 100 within ${readings.p99.toFixed(0)} ms`
      : '';
    console.log(
      `${title}: ${stored} of ${UPLINKS} stored, ${storedSoon} of them within ${SOON} ms, CPU ${((figures.cpuSeconds / figures.seconds) * 100).toFixed(0)} %, event loop late by ${figures.lag.p99.toFixed(0)} ms (99 in 100)${read}`,
    );
  }
  console.log(`intake with readers: ${(beside.storedSoon / alone.storedSoon).toFixed(3)} of intake alone`);
  const isServed =
    beside.readings?.refused === 0 && beside.readings.answers >= REQUESTS_PER_SECOND * SECONDS * 0.99;
  if (beside.stored < UPLINKS || beside.storedSoon < alone.storedSoon * 0.99 || !isServed)
    process.exitCode = 1;
}

async function run(hasReaders: boolean): Promise<Run> {
  const folder = await tempFolder();
  const broker = await startMosquitto({ lines: BROKER });
  let app: AppUnderLoad | undefined;
  try {
    const prepare = onOneCore(
      byflyt({ flow: publishingFlow(), subscriptions: 1, embedded: true }, [OBSERVED]),
    );
    const contender = await prepare(broker, { folder, influxdb: broker });
    const data = contender.environment?.BYFLYT_DATA ?? '';
    app = await AppUnderLoad.start(contender, broker.url);
    const store = openStore({ kind: 'embedded' }, data, false);
    app.begin();
    const address = `http://127.0.0.1:${contender.environment?.BYFLYT_PORT}/opendata/bench/latest.json`;
    const [readings] = await Promise.all([
      hasReaders ? read(address, SECONDS, REQUESTS_PER_SECOND) : undefined,
      publishSteadily(broker.url),
    ]);
    await delay(SOON);
    const storedSoon = await countOf(store);
    const figures = await app.figures();
    return { figures, storedSoon, stored: await countOf(store), readings };
  } finally {
    await app?.stop();
    await broker.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function publishSteadily(broker: string): Promise<void> {
  const client = await mqtt.connectAsync(broker);
  const began = performance.now();
  let sent = 0;
  for (const { topic, body } of uplinks(UPLINKS, Date.now() - 600_000)) {
    await client.publishAsync(topic, body, { qos: 1 });
    sent++;
    const early = (sent / UPLINKS_PER_SECOND) * 1000 - (performance.now() - began);
    if (early > 5) await delay(early);
  }
  await client.endAsync();
}

/** How many uplinks are stored with all that they carry. */
async function countOf(store: ReturnType<typeof openStore>): Promise<number> {
  const rows = await store.query({ measurement: 'ski_trail', fields: QUANTITIES, aggregate: 'count' });
  const sums = QUANTITIES.map((quantity) =>
    rows.reduce((sum, { values }) => sum + Number(values[quantity] ?? 0), 0),
  );
  return Math.min(...sums);
}

/** The lean flow, with what it stores published. */
function publishingFlow(): object[] {
  const publishing = {
    id: 'public',
    type: 'byflyt-open-data',
    version: 1,
    z: 'tab',
    x: 0,
    y: 0,
    wires: [],
    devices: 'devices',
    database: 'database',
    catalogue: 'catalogue',
    slug: 'bench',
    titleNb: 'Ute',
    descriptionNb: 'Luft ute.',
    area: 'ski_trail',
    quantities: QUANTITIES,
    licence: 'CC0',
    theme: 'ENVI',
    updateMinutes: 10,
  };
  const catalogue = {
    id: 'catalogue',
    type: 'byflyt-catalogue',
    version: 1,
    publisher: 'Bench',
    language: 'nb',
  };
  const flow = leanFlow().map((node) =>
    (node as { id: string }).id === 'check' ? { ...node, wires: [['store', 'public']] } : node,
  );
  return [...flow, catalogue, publishing];
}
