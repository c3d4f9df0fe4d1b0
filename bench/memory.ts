/**
 * Resident memory and the event loop's lag when 10,000 devices send a burst of 100,000 uplinks (five quantities each)
 * through intake, decode, checks, detector and store: into InfluxDB, into an InfluxDB that is away until the burst is
 * over, and into the embedded store. Fails if an uplink is missing or the memory is above the limit.
 * Needs mosquitto and influxd on the PATH. BENCH_DEVICES and BENCH_UPLINKS set the size; the name of a variant as
 * argument runs that one.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { argv } from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { openStore } from '../nodes/timeseries/database-settings.ts';
import type { Store } from '../nodes/timeseries/store.ts';
import { freePort, type Server, startInfluxdb, startMosquitto, tempFolder } from '../test/support/servers.ts';
import { AppUnderLoad, type Figures } from './app-under-load.ts';
import { byflyt } from './byflyt.ts';
import { BROKER } from './comparison.ts';
import { type Contender, publish, query } from './contender.ts';
import { OBSERVED } from './event-loop-lag.ts';
import { leanFlow } from './lean-flow.ts';
import { QUANTITIES, uplinks } from './uplinks.ts';

interface Variant {
  embedded?: boolean;
  /** InfluxDB is away until the burst is over. */
  away?: boolean;
}

const VARIANTS: Readonly<Record<string, Variant>> = {
  InfluxDB: {},
  'InfluxDB away': { away: true },
  'embedded store': { embedded: true },
};
const DEVICES = Number(process.env.BENCH_DEVICES ?? 10_000);
const UPLINKS = Number(process.env.BENCH_UPLINKS ?? 100_000);
const LIMIT_MB = 350;
const MEGABYTE = 1e6;
const STALLED_MS = 60_000;

const COLUMNS: readonly [title: string, figure: (figures: Figures) => number, digits: number][] = [
  ['MB before', ({ bytesBefore }) => bytesBefore / MEGABYTE, 0],
  ['MB at peak', ({ bytesAtPeak }) => bytesAtPeak / MEGABYTE, 0],
  ['lag p50 ms', ({ lag }) => lag.p50, 1],
  ['lag p99 ms', ({ lag }) => lag.p99, 1],
  ['longest ms', ({ lag }) => lag.longest, 0],
  ['CPU µs/uplink', ({ cpuSeconds }) => (cpuSeconds / UPLINKS) * 1e6, 0],
  ['uplinks/s', ({ seconds }) => UPLINKS / seconds, 0],
];

console.log(`${UPLINKS} uplinks of ${DEVICES} devices, ${QUANTITIES.length} quantities each\n`);
console.log(['', ...COLUMNS.map(([title]) => title), 'stored'].map(cell).join(''));
const [, , chosen] = argv;
for (const [title, variant] of Object.entries(VARIANTS)) {
  if (chosen !== undefined && chosen !== title) continue;
  const { figures, stored } = await burst(variant);
  const shown = COLUMNS.map(([, figure, digits]) => figure(figures).toFixed(digits));
  console.log([title, ...shown, `${stored}`].map(cell).join(''));
  if (stored !== UPLINKS) throw new Error(`${title}: ${stored} of ${UPLINKS} stored`);
  if (figures.bytesAtPeak <= LIMIT_MB * MEGABYTE) continue;
  process.exitCode = 1;
  console.log(`${title}: more than ${LIMIT_MB} MB`);
}

/** One run with a broker, a database and a data folder of its own. */
async function burst({
  embedded = false,
  away = false,
}: Variant): Promise<{ figures: Figures; stored: number }> {
  const folder = await tempFolder();
  const broker = await startMosquitto({ lines: BROKER });
  const influx = { port: await freePort(), folder: await mkdtemp(join(folder, 'influxdb-')) };
  let influxdb = await startInfluxdb(influx);
  let app: AppUnderLoad | undefined;
  let store: Store | undefined;
  try {
    await query(influxdb.url, '', 'CREATE DATABASE byflyt');
    const options = { flow: leanFlow({ detector: true }), subscriptions: 1, devices: DEVICES, embedded };
    const contender = await byflyt(options, [OBSERVED])(broker, { influxdb, folder });
    app = await AppUnderLoad.start(contender, broker.url);
    store = storeOf(contender, embedded ? undefined : influxdb);
    if (away) await influxdb.stop();
    app.begin();
    await publish(broker.url, uplinks(UPLINKS, Date.now() - 600_000, DEVICES));
    if (away) influxdb = await startInfluxdb(influx);
    const stored = await allStored(store, contender.measurement);
    return { figures: await app.figures(), stored };
  } finally {
    await store?.close();
    await app?.stop();
    await influxdb.stop();
    await broker.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** The database that the app writes to. */
function storeOf({ environment, database }: Contender, influxdb: Server | undefined): Store {
  const data = environment?.BYFLYT_DATA ?? '';
  const target = influxdb && ({ kind: 'influxdb', url: influxdb.url, bucket: database } as const);
  return openStore(target ?? { kind: 'embedded' }, data, false);
}

/** Waits until all uplinks are stored, or nothing more comes; how many are. */
async function allStored(store: Store, measurement: string): Promise<number> {
  let stored = 0;
  let lastChange = performance.now();
  while (stored < UPLINKS && performance.now() - lastChange < STALLED_MS) {
    await delay(1000);
    const now = await countOf(store, measurement);
    if (now > stored) lastChange = performance.now();
    stored = now;
  }
  return stored;
}

/** The fewest values that a quantity has. */
async function countOf(store: Store, measurement: string): Promise<number> {
  const rows = await store.query({ measurement, fields: QUANTITIES, aggregate: 'count' });
  const sums = QUANTITIES.map((quantity) =>
    rows.reduce((sum, { values }) => sum + Number(values[quantity] ?? 0), 0),
  );
  return Math.min(...sums);
}

function cell(text: string, column: number): string {
  return column === 0 ? text.padEnd(16) : text.padStart(14);
}
