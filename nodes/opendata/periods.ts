const DAY = 86_400_000;
/** Days after its end from which a period's files are not expected to change: what comes late has come by then. */
const SETTLED_AFTER = 7 * DAY;

/** A day, month or year in UTC, as in the address of its files. */
export interface Period {
  /** `2026`, `2026-11` or `2026-11-20`. */
  name: string;
  /** ms since 1970 UTC, inclusive. */
  from: number;
  /** ms since 1970 UTC, exclusive. */
  to: number;
}

/** The period of a path such as `2026`, `2026/11` or `2026/11/20`; undefined if there is none of the kind. */
export function periodOf(path: string): Period | undefined {
  const [, year, month, day] = /^(\d{4})(?:\/(\d\d)(?:\/(\d\d))?)?$/.exec(path) ?? [];
  if (year === undefined) return undefined;
  const name = [year, month, day].filter((part) => part !== undefined).join('-');
  const from = Date.parse(name);
  // What is no day of the calendar (30 February) is another day, or none.
  if (Number.isNaN(from) || !new Date(from).toISOString().startsWith(name)) return undefined;
  const to = new Date(from);
  if (month === undefined) to.setUTCFullYear(to.getUTCFullYear() + 1);
  else if (day === undefined) to.setUTCMonth(to.getUTCMonth() + 1);
  else to.setUTCDate(to.getUTCDate() + 1);
  return { name, from, to: to.getTime() };
}

/** Whether files of a period ending at `to` are as they will remain. Times in ms since 1970 UTC. */
export function isSettled({ to }: Pick<Period, 'to'>, now: number): boolean {
  return now >= to + SETTLED_AFTER;
}
