/** Byflyt as a contender: the built app with a data folder of its own, registered devices, and a flow. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../test/support/servers.ts';
import { type Arena, type Prepare, run } from './comparison.ts';
import { shares } from './shares.ts';
import { DEVICES, deviceNumber } from './uplinks.ts';

export interface ByflytOptions {
  /** Nodes in place of the shipped flows. */
  flow?: readonly object[];
  /** Id of the devices' model; default: the built-in one. */
  model?: string;
  /** Path in the data folder -> content of a file that is there before the start. */
  files?: Readonly<Record<string, string>>;
  /** Topics that the flow subscribes to. */
  subscriptions: number;
  /** How many are registered. */
  devices?: number;
  /** The embedded store in place of InfluxDB. */
  embedded?: boolean;
}

const root = join(import.meta.dirname, '..');
const AREA = 'ski_trail';
const FLOW_FILE = 'node-red/flows.json';
/** V8 writes a profile per thread: `CPU.<date>.<time>.<process>.<thread>.<number>.cpuprofile`. */
const MAIN_THREAD = /\.0\.\d+\.cpuprofile$/;

/** `nodeOptions` go to Node.js. */
export function byflyt(options: ByflytOptions, nodeOptions: readonly string[] = []): Prepare {
  return async (broker, { influxdb, folder }) => {
    const data = await mkdtemp(join(folder, 'byflyt-'));
    const environment = {
      BYFLYT_DATA: data,
      BYFLYT_PORT: `${await freePort()}`,
      BYFLYT_SANDBOX: 'off',
      BYFLYT_LANGUAGE: 'en-US',
      BYFLYT_MQTT_URL: broker.url,
      ...(!options.embedded && { BYFLYT_DATABASE_URL: influxdb.url, BYFLYT_DATABASE_BUCKET: 'byflyt' }),
    };
    const { flow, files, model = 'milesight-am307l', subscriptions, devices = DEVICES } = options;
    await placeFiles(data, { ...files, ...(flow && { [FLOW_FILE]: JSON.stringify(flow) }) });
    await importDevices(data, model, devices, environment);
    return {
      command: [process.execPath, ...startOptions(), ...nodeOptions, join(root, 'dist/app/start.js')],
      environment,
      database: 'byflyt',
      measurement: AREA,
      subscriptions,
    };
  };
}

/** Options of Node.js with which `npm start` runs the app. */
function startOptions(): string[] {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    scripts: { start: string };
  };
  return / node (--.*) dist/.exec(scripts.start)?.[1]?.split(' ') ?? [];
}

/** Step -> its share of the main thread's busy time in one run under V8's profiler. */
export async function profiled(
  options: ByflytOptions,
  count: number,
  arena: Arena,
): Promise<ReadonlyMap<string, number>> {
  const folder = await mkdtemp(join(arena.folder, 'profiles-'));
  const prepare = byflyt(options, ['--cpu-prof', `--cpu-prof-dir=${folder}`]);
  const cost = await run(prepare, count, arena);
  const file = readdirSync(folder).find((name) => MAIN_THREAD.test(name));
  if (!file) throw new Error('no profile was written');
  return shares(join(folder, file), cost.during);
}

async function placeFiles(data: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(join(data, path, '..'), { recursive: true });
    await writeFile(join(data, path), content);
  }
}

async function importDevices(
  data: string,
  model: string,
  devices: number,
  environment: Readonly<Record<string, string>>,
): Promise<void> {
  const rows = Array.from({ length: devices }, (_, n) => {
    const { name, devEui } = deviceNumber(n);
    return `${name};${name};${AREA};${devEui};${model}`;
  });
  const csv = join(data, 'devices.csv');
  await writeFile(csv, ['id;name;area;devEui;model', ...rows].join('\n'));
  execFileSync(process.execPath, [join(root, 'app/byflyt.js'), 'devices', 'import', csv], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}
