/**
 * What safety costs: process CPU per uplink with journal, decoding, checks and outbox, as ratios in one run against
 * a hand-built flow and a bare script that have none of them. Each runs on one core.
 * Needs mosquitto, influxd and taskset on the PATH. BENCH_UPLINKS sets the length of a run, BENCH_ROUNDS their number.
 */
import { type ByflytOptions, byflyt, profiled } from './byflyt.ts';
import {
  compare,
  inArena,
  onOneCore,
  printRatio,
  printShares,
  printTable,
  uplinksPerRun,
} from './comparison.ts';
import { leanFlow } from './lean-flow.ts';
import { bareScript, handBuilt } from './opponents.ts';
import { SCRIPTED_MODEL, SCRIPTED_MODEL_FILES } from './scripted-model.ts';

const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 5);
const HAND_BUILT = 'hand-built flow';
const BARE = 'bare script';

const scripted = { model: SCRIPTED_MODEL, files: SCRIPTED_MODEL_FILES };

/** Title, what is run, and the most that its CPU may be as a multiple of the hand-built flow's. */
const BYFLYT: readonly [title: string, options: ByflytOptions, limit: number][] = [
  ['Byflyt', { flow: leanFlow(), subscriptions: 1 }, 1],
  ['Byflyt, sandboxed codec', { flow: leanFlow(), subscriptions: 1, ...scripted }, 2],
  ['Byflyt, sandbox and detector', { flow: leanFlow({ detector: true }), subscriptions: 1, ...scripted }, 3],
];

await inArena(async (arena) => {
  const count = uplinksPerRun(50_000);
  const contenders = {
    ...Object.fromEntries(BYFLYT.map(([title, options]) => [title, onOneCore(byflyt(options))])),
    [HAND_BUILT]: onOneCore(handBuilt),
    [BARE]: onOneCore(bareScript),
  };
  const costs = await compare(contenders, { rounds: ROUNDS, count }, arena);
  printTable(costs);
  for (const [title, , limit] of BYFLYT) printRatio(costs, title, HAND_BUILT, limit);
  printRatio(costs, 'Byflyt', BARE, 2);
  for (const [title, options] of BYFLYT) printShares(title, await profiled(options, count, arena));
});
