/**
 * Makes this thread's clock UTC. QuickJS asks its host for the local time zone, and a codec's result must not
 * depend on where the server stands. For the sandbox's worker only: it changes `Date` of the whole thread.
 */
export function useUtc(): void {
  const dates = Date.prototype;
  dates.getTimezoneOffset = () => 0;
  dates.getFullYear = dates.getUTCFullYear;
  dates.getMonth = dates.getUTCMonth;
  dates.getDate = dates.getUTCDate;
  dates.getDay = dates.getUTCDay;
  dates.getHours = dates.getUTCHours;
  dates.getMinutes = dates.getUTCMinutes;
  dates.getSeconds = dates.getUTCSeconds;
}
