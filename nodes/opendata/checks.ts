import type { QualityFlag } from '../observation/observation.ts';
import type { QuantityId } from '../observation/quantities.ts';
import { FAILED, flagFieldOf } from '../timeseries/quality-fields.ts';
import type { Row } from '../timeseries/store.ts';

/** QARTOD flags: not evaluated, suspect. */
const NOT_EVALUATED = 2;
const SUSPECT = 3;

/** How the automatic checks judged the values of a quantity over a time. */
export interface Checks {
  quantity: QuantityId;
  /** Of all values, those that a check looked at, that it doubts, and that failed it. */
  values: number;
  checked: number;
  suspect: number;
  failed: number;
  /** Of the newest value that a check looked at, ms since 1970 UTC. */
  lastChecked: number | undefined;
  /** Whether that one failed. */
  failsNow: boolean;
}

/** Counts for each quantity how the checks judged it. Rows in order of time. */
export async function countChecks(
  quantities: readonly QuantityId[],
  portions: AsyncIterable<readonly Row[]>,
): Promise<Checks[]> {
  const found = quantities.map(
    (quantity): Checks => ({
      quantity,
      values: 0,
      checked: 0,
      suspect: 0,
      failed: 0,
      lastChecked: undefined,
      failsNow: false,
    }),
  );
  for await (const rows of portions) for (const row of rows) for (const each of found) count(each, row);
  return found;
}

function count(checks: Checks, { time, values }: Row): void {
  const flag = values[flagFieldOf(checks.quantity)] as QualityFlag | undefined;
  if (values[checks.quantity] === undefined) return;
  checks.values += 1;
  if (flag === undefined || flag === NOT_EVALUATED) return;
  checks.checked += 1;
  if (flag === SUSPECT) checks.suspect += 1;
  if (flag === FAILED) checks.failed += 1;
  checks.lastChecked = time;
  checks.failsNow = flag === FAILED;
}
