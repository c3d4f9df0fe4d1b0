/** Runs contenders against each other in one session, so that their ratios hold whatever machine it is. */
import { rm } from 'node:fs/promises';
import { COUNTING } from '../test/support/mqtt.ts';
import { type Server, startInfluxdb, startMosquitto, tempFolder } from '../test/support/servers.ts';
import { type Contender, type Cost, measure, query } from './contender.ts';
import { DEVICES, QUANTITIES, uplinks } from './uplinks.ts';

/** What all contenders of a session share. */
export interface Arena {
  influxdb: Server;
  /** Temporary; each contender makes its own folder in it. */
  folder: string;
}

/** Prepares a contender for one run: a broker without old sessions, an empty data folder. */
export type Prepare = (broker: Server, arena: Arena) => Promise<Contender>;

/** Title -> its costs, one per round. */
export type Costs = ReadonlyMap<string, readonly Cost[]>;

type Column = readonly [title: string, figure: (cost: Cost) => number, digits: number];

const MEGABYTE = 1e6;
/** Uplinks before those that count; after so many, hardly anything is left to compile. */
const WARM_UP = 20_000;
/** The broker hands out as many unacknowledged messages as the receiver takes; it must not be the slowest part. */
export const BROKER = [...COUNTING, 'max_queued_messages 0', 'max_inflight_messages 2000'];

const COLUMNS: readonly Column[] = [
  ['CPU µs/uplink', microseconds, 1],
  ['uplinks/CPU s', (cost) => 1e6 / microseconds(cost), 0],
  ['uplinks/s', ({ uplinks, seconds }) => uplinks / seconds, 0],
  ['start s', ({ startSeconds }) => startSeconds, 1],
  ['warm-up CPU s', ({ warmUpCpuSeconds }) => warmUpCpuSeconds, 1],
  ['MB before', ({ bytesAtStart }) => bytesAtStart / MEGABYTE, 0],
  ['MB at peak', ({ bytesAtPeak }) => bytesAtPeak / MEGABYTE, 0],
];

/** Number of uplinks per run from BENCH_UPLINKS: whole batches, of 500 and of 1000; the contenders write no smaller ones. */
export function uplinksPerRun(usual: number): number {
  return Math.ceil(Number(process.env.BENCH_UPLINKS ?? usual) / 1000) * 1000;
}

/** Calls `work` with an InfluxDB that has the databases `byflyt` and `comparison`, and cleans up after it. */
export async function inArena(work: (arena: Arena) => Promise<void>): Promise<void> {
  const folder = await tempFolder();
  const influxdb = await startInfluxdb();
  try {
    for (const name of ['byflyt', 'comparison']) await query(influxdb.url, '', `CREATE DATABASE ${name}`);
    await work({ influxdb, folder });
  } finally {
    await influxdb.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** The same on one core only. */
export function onOneCore(prepare: Prepare): Prepare {
  return async (broker, arena) => {
    const contender = await prepare(broker, arena);
    return { ...contender, command: ['taskset', '-c', '0', ...contender.command] };
  };
}

/** One run of one contender. Fails if an uplink is missing in the database. */
export async function run(prepare: Prepare, count: number, arena: Arena): Promise<Cost> {
  const broker = await startMosquitto({ lines: BROKER });
  try {
    const contender = await prepare(broker, arena);
    const all = [...uplinks(WARM_UP + count, Date.now() - 600_000)];
    const load = { warmUp: all.slice(0, WARM_UP), uplinks: all.slice(WARM_UP) };
    const cost = await measure(contender, load, { broker: broker.url, influxdb: arena.influxdb.url });
    if (cost.stored === cost.uplinks) return cost;
    throw new Error(`${contender.measurement}: ${cost.stored} of ${cost.uplinks} stored`);
  } finally {
    await broker.stop();
  }
}

/** All contenders in turn, `rounds` times. */
export async function compare(
  contenders: Readonly<Record<string, Prepare>>,
  { rounds, count }: { rounds: number; count: number },
  arena: Arena,
): Promise<Costs> {
  const costs = new Map<string, Cost[]>(Object.keys(contenders).map((title) => [title, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [title, prepare] of Object.entries(contenders)) {
      costs.get(title)?.push(await run(prepare, count, arena));
    }
  }
  return costs;
}

/** Prints the medians of all rounds, one line per contender. */
export function printTable(costs: Costs): void {
  const [first = []] = costs.values();
  console.log(
    `${first[0]?.uplinks} uplinks of ${DEVICES} devices, ${QUANTITIES.length} quantities each, all stored; medians of ${first.length} rounds, each after ${WARM_UP} uplinks to warm up\n`,
  );
  console.log(['', ...COLUMNS.map(([title]) => title)].map(cell).join(''));
  for (const [title, rounds] of costs) {
    const figures = COLUMNS.map(([, figure, digits]) => median(rounds.map(figure)).toFixed(digits));
    console.log([title, ...figures].map(cell).join(''));
  }
  console.log('');
}

/** Prints how much CPU `one` needs per uplink as a multiple of `other`: median of the rounds' ratios. */
export function printRatio(costs: Costs, one: string, other: string, limit?: number): void {
  const against = costs.get(other) ?? [];
  const ratios = (costs.get(one) ?? []).flatMap((cost, round) => {
    const opponent = against[round];
    return opponent ? [microseconds(cost) / microseconds(opponent)] : [];
  });
  const goal = limit === undefined ? '' : ` (at most ${limit.toFixed(1)}x)`;
  console.log(`CPU per uplink, ${one} against ${other}: ${median(ratios).toFixed(2)}x${goal}`);
}

/** Prints what each step takes of a run's main thread; `shares` as `shares.ts` gives them. */
export function printShares(title: string, shares: ReadonlyMap<string, number>): void {
  console.log(`\n${title}: shares of the main thread's busy time, waits for the disk included`);
  for (const [step, share] of shares) {
    console.log(`${step.padEnd(TITLE_WIDTH)}${(share * 100).toFixed(1).padStart(16)} %`);
  }
}

const TITLE_WIDTH = 34;

function cell(text: string, column: number): string {
  return column === 0 ? text.padEnd(TITLE_WIDTH) : text.padStart(16);
}

function microseconds({ cpuSeconds, uplinks }: Cost): number {
  return (cpuSeconds / uplinks) * 1e6;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
