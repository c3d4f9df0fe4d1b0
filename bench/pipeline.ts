/**
 * Uplinks per second and process CPU per uplink through the shipped flows into InfluxDB, as ratios in one run against
 * (a) a hand-built flow of core nodes with node-red-contrib-influxdb and (b) a bare script that only parses and writes.
 * Needs mosquitto and influxd on the PATH. BENCH_UPLINKS sets the length of a run.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { COUNTING } from '../test/support/mqtt.ts';
import { freePort, type Server, startInfluxdb, startMosquitto, tempFolder } from '../test/support/servers.ts';
import { type Contender, type Cost, measure, query } from './contender.ts';
import { handBuiltFlow } from './hand-built.ts';
import { shares } from './shares.ts';
import { DEVICES, deviceNumber, QUANTITIES, uplinks } from './uplinks.ts';

/** Whole batches of 500: the contenders write no smaller ones. */
const COUNT = Math.ceil(Number(process.env.BENCH_UPLINKS ?? 20_000) / 500) * 500;
const ROUNDS = 5;
const MEGABYTE = 1e6;

/** Title, figure and its digits. */
const COLUMNS: readonly [title: string, figure: (cost: Cost) => number, digits: number][] = [
  ['CPU µs/uplink', microseconds, 0],
  ['uplinks/s', ({ uplinks, seconds }) => uplinks / seconds, 0],
  ['start s', ({ startSeconds }) => startSeconds, 1],
  ['MB after start', ({ bytesAtStart }) => bytesAtStart / MEGABYTE, 0],
  ['MB at peak', ({ bytesAtPeak }) => bytesAtPeak / MEGABYTE, 0],
];

const root = join(import.meta.dirname, '..');
const folder = await tempFolder();

const influxdb = await startInfluxdb();
for (const name of ['byflyt', 'comparison']) await query(influxdb.url, '', `CREATE DATABASE ${name}`);

/** Made anew for each run: a broker without old sessions, an empty data folder. */
const contenders: Record<string, (broker: Server) => Promise<Contender>> = {
  'Byflyt, shipped flows': (broker) => byflyt(broker, []),
  'hand-built flow': handBuilt,
  'bare script': bare,
};

try {
  const rounds: Cost[][] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const costs: Cost[] = [];
    for (const prepare of Object.values(contenders)) costs.push(await run(prepare));
    rounds.push(costs);
  }
  report(rounds);
  await reportShares();
} finally {
  await influxdb.stop();
  await rm(folder, { recursive: true, force: true });
}

async function run(prepare: (broker: Server) => Promise<Contender>): Promise<Cost> {
  const broker = await startMosquitto({
    lines: [...COUNTING, 'max_queued_messages 0', 'max_inflight_messages 200'],
  });
  try {
    const contender = await prepare(broker);
    const end = Date.now() - 600_000;
    const cost = await measure(contender, uplinks(COUNT, end), {
      broker: broker.url,
      influxdb: influxdb.url,
    });
    if (cost.stored === cost.uplinks) return cost;
    throw new Error(`${contender.measurement}: ${cost.stored} of ${cost.uplinks} stored`);
  } finally {
    await broker.stop();
  }
}

async function byflyt(broker: Server, nodeOptions: readonly string[]): Promise<Contender> {
  const data = await mkdtemp(join(folder, 'byflyt-'));
  const environment = {
    BYFLYT_DATA: data,
    BYFLYT_PORT: `${await freePort()}`,
    BYFLYT_SANDBOX: 'off',
    BYFLYT_LANGUAGE: 'en-US',
    BYFLYT_MQTT_URL: broker.url,
    BYFLYT_DATABASE_URL: influxdb.url,
    BYFLYT_DATABASE_BUCKET: 'byflyt',
  };
  const rows = Array.from({ length: DEVICES }, (_, n) => {
    const { name, devEui } = deviceNumber(n);
    return `${name};${name};ski_trail;${devEui};milesight-am307l`;
  });
  const csv = join(data, 'devices.csv');
  writeFileSync(csv, ['id;name;area;devEui;model', ...rows].join('\n'));
  execFileSync(process.execPath, [join(root, 'app/byflyt.js'), 'devices', 'import', csv], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const command = [process.execPath, ...nodeOptions, join(root, 'dist/app/start.js')];
  return { command, environment, database: 'byflyt', measurement: 'ski_trail', subscriptions: 10 };
}

async function handBuilt(broker: Server): Promise<Contender> {
  const userDir = await mkdtemp(join(folder, 'hand-built-'));
  const flow = handBuiltFlow(broker.port, influxdb.port, 'comparison');
  await writeFile(join(userDir, 'flows.json'), JSON.stringify(flow));
  const program = join(root, 'node_modules/node-red/red.js');
  const command = [process.execPath, program, '-u', userDir, '-p', `${await freePort()}`];
  return { command, database: 'comparison', measurement: 'hand_built', subscriptions: 1 };
}

async function bare(broker: Server): Promise<Contender> {
  const writeUrl = `${influxdb.url}/write?db=comparison&precision=ms`;
  const command = [process.execPath, join(root, 'bench/bare.ts'), broker.url, writeUrl];
  return { command, database: 'comparison', measurement: 'bare', subscriptions: 1 };
}

function report(rounds: readonly Cost[][]): void {
  console.log(
    `${COUNT} uplinks of ${DEVICES} devices, ${QUANTITIES.length} quantities each, all stored; medians of ${ROUNDS} rounds\n`,
  );
  console.log(['', ...COLUMNS.map(([title]) => title)].map(cell).join(''));
  const names = Object.keys(contenders);
  for (const [index, name] of names.entries()) {
    const figures = COLUMNS.map(([, figure, digits]) =>
      median(rounds.map((costs) => figure(costOf(costs, index)))).toFixed(digits),
    );
    console.log([name, ...figures].map(cell).join(''));
  }
  console.log('');
  for (const index of [1, 2]) {
    const ratio = median(
      rounds.map((costs) => microseconds(costOf(costs, 0)) / microseconds(costOf(costs, index))),
    );
    console.log(`CPU per uplink, Byflyt against ${names[index]}: ${ratio.toFixed(2)}x`);
  }
}

function cell(text: string, column: number): string {
  return column === 0 ? text.padEnd(22) : text.padStart(16);
}

function costOf(costs: readonly Cost[], index: number): Cost {
  const cost = costs[index];
  if (cost) return cost;
  throw new RangeError(`no contender ${index}`);
}

function microseconds({ cpuSeconds, uplinks }: Cost): number {
  return (cpuSeconds / uplinks) * 1e6;
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

async function reportShares(): Promise<void> {
  const profiles = join(folder, 'profiles');
  await mkdir(profiles);
  const cost = await run((broker) => byflyt(broker, ['--cpu-prof', `--cpu-prof-dir=${profiles}`]));
  const [file] = readdirSync(profiles)
    .filter((name) => name.endsWith('.cpuprofile'))
    .sort();
  if (!file) throw new Error('no profile was written');
  console.log("\nShares of the main thread's busy time, waits for the disk included:");
  for (const [step, share] of shares(join(profiles, file), cost.during)) {
    console.log(`${step.padEnd(22)}${(share * 100).toFixed(1).padStart(16)} %`);
  }
}
