/**
 * Uplinks per second and process CPU per uplink through the shipped flows into InfluxDB, as ratios in one run against
 * (a) a hand-built flow of core nodes with node-red-contrib-influxdb and (b) a bare script that only parses and writes.
 * Needs mosquitto and influxd on the PATH. BENCH_UPLINKS sets the length of a run.
 */
import { byflyt, profiled } from './byflyt.ts';
import { compare, inArena, printRatio, printShares, printTable, uplinksPerRun } from './comparison.ts';
import { bareScript, handBuilt } from './opponents.ts';

const ROUNDS = 5;
const SHIPPED = { subscriptions: 10 };

await inArena(async (arena) => {
  const count = uplinksPerRun(20_000);
  const contenders = {
    'Byflyt, shipped flows': byflyt(SHIPPED),
    'hand-built flow': handBuilt,
    'bare script': bareScript,
  };
  const costs = await compare(contenders, { rounds: ROUNDS, count }, arena);
  printTable(costs);
  for (const opponent of ['hand-built flow', 'bare script']) {
    printRatio(costs, 'Byflyt, shipped flows', opponent);
  }
  printShares('Byflyt, shipped flows', await profiled(SHIPPED, count, arena));
});
