import assert from 'node:assert/strict';
import { ConnectionError } from '../../../nodes/observation/errors.ts';
import type { LedgerDay, LedgerReason, LedgerRow } from '../../../nodes/persistence/ledger.ts';
import { NO_COUNTS } from '../../../nodes/persistence/ledger-changes.ts';
import { localDays } from '../../../nodes/persistence/local-days.ts';
import type { OutboxStatus } from '../../../nodes/persistence/persistence-status.ts';
import { AccountReporter } from '../../../nodes/timeseries/account-reporter.ts';
import { type Point, PointsRefusedError } from '../../../nodes/timeseries/store.ts';
import { WriteTimes } from '../../../nodes/timeseries/write-times.ts';

const NOW = Date.parse('2026-03-29T14:10:00Z');
/** In Oslo clocks went forward on this day. */
const MIDNIGHT = Date.parse('2026-03-28T23:00:00Z');

describe('AccountReporter', () => {
  let rows: LedgerRow[];
  let days: LedgerDay[];
  let reasons: LedgerReason[];
  let outboxes: OutboxStatus[];
  let written: Point[];
  let failure: Error | undefined;
  let writes: WriteTimes;
  let reporter: AccountReporter;

  beforeEach(() => {
    [rows, days, reasons, outboxes, written, failure] = [[], [], [], [], [], undefined];
    writes = new WriteTimes();
    const journal = { bytes: 0, inFlow: 0, unaccounted: 0, lost: 0, limitBytes: 1, limitDays: 1 };
    reporter = new AccountReporter({
      folder: {
        ledger: {
          rows: ({ from = '' } = {}) => rows.filter(({ day }) => day >= from),
          days: () => days,
          reasons: () => reasons,
        },
        status: () => ({ journal, outboxes, disk: { freeBytes: 1 } }),
      },
      writes,
      store: () => ({
        async write(points) {
          if (failure) throw failure;
          written.push(...points);
        },
      }),
      dayOf: localDays('Europe/Oslo'),
      now: () => NOW,
    });
  });
  afterEach(() => reporter.close());

  const row = (device: string, counts: Partial<LedgerRow>): LedgerRow => ({
    ...NO_COUNTS,
    day: '2026-03-29',
    area: device ? 'waste' : '',
    device,
    ...counts,
  });
  /** Points of a measurement as `tags fields`, in short. */
  const points = (measurement: string, ...fields: string[]) =>
    written
      .filter((point) => point.measurement === measurement)
      .map((point) =>
        [...Object.values(point.tags), ...fields.map((field) => point.fields[field])].join(' '),
      );

  it('accounts per device, per area and per day, at the beginning of the local day', async () => {
    rows = [
      row('a', { received: 3, stored: 2, rejected: 1 }),
      row('b', { received: 1, queued: 1 }),
      row('', { received: 1, unaccounted: 1 }),
    ];
    days = [{ day: '2026-03-29', received: 6, lost: 0 }];
    await reporter.report();
    assert.deepEqual(points('byflyt_account_device', 'received', 'stored', 'queued'), [
      'waste a 3 2 0',
      'waste b 1 0 1',
      'unknown unknown 1 0 0',
    ]);
    assert.deepEqual(points('byflyt_account', 'received', 'rejected', 'unaccounted'), [
      'waste 4 1 0',
      'unknown 1 0 1',
    ]);
    assert.deepEqual(points('byflyt_account_day', 'received', 'stored', 'missing'), ['6 2 1']);
    assert.deepEqual([...new Set(written.map(({ time }) => time))], [MIDNIGHT]);
  });

  it('writes only what changed, and nothing if nothing did', async () => {
    rows = [row('a', { received: 1, stored: 1 }), row('b', { received: 1, stored: 1 })];
    await reporter.report();
    written = [];
    await reporter.report();
    assert.deepEqual(written, []);
    rows = [row('a', { received: 1, stored: 1 }), row('b', { received: 2, stored: 2 })];
    await reporter.report();
    assert.deepEqual(points('byflyt_account_device', 'stored'), ['waste b 2']);
    assert.deepEqual(points('byflyt_account', 'stored'), ['waste 3']);
  });

  it('takes back what was in a flow', async () => {
    rows = [row('', { received: 1, inFlow: 1 })];
    await reporter.report();
    rows = [row('a', { received: 1, stored: 1 })];
    await reporter.report();
    assert.deepEqual(points('byflyt_account', 'in_flow'), ['unknown 1', 'waste 0', 'unknown 0']);
  });

  it('counts reasons of rejected messages', async () => {
    const reason = { day: '2026-03-29', area: 'waste', reasonKey: 'codec.error.x', count: 2 };
    rows = [row('a', { received: 2, rejected: 2 })];
    days = [{ day: '2026-03-29', received: 2, lost: 0 }];
    reasons = [
      { ...reason, result: 'rejected' },
      { ...reason, result: 'dropped', reasonKey: '' },
    ];
    await reporter.report();
    assert.deepEqual(points('byflyt_account_rejected', 'count'), ['waste codec.error.x 2']);
  });

  it('tells of what waits at each report, and once more when nothing waits any more', async () => {
    const outbox = { name: 'database:db', bytes: 50, deadLetters: 0, limitBytes: 100, limitDays: 10 };
    outboxes = [{ ...outbox, waiting: 3, oldest: NOW - 86_400_000 }];
    await reporter.report();
    await reporter.report();
    outboxes = [{ ...outbox, waiting: 0, bytes: 0 }];
    await reporter.report();
    await reporter.report();
    assert.deepEqual(points('byflyt_backlog', 'waiting', 'age', 'share'), [
      'database:db 3 86400 0.5',
      'database:db 3 86400 0.5',
      'database:db 0 0 0',
    ]);
  });

  it('tells how long the database took, if it was asked for anything', async () => {
    await writes.measure(async () => undefined);
    await assert.rejects(writes.measure(() => Promise.reject(new Error('away'))));
    await reporter.report();
    await reporter.report();
    assert.deepEqual(points('byflyt_writes', 'count', 'failures'), ['2 1']);
  });

  it('keeps its points while the database is away, and only the newest of each', async () => {
    failure = new ConnectionError({ key: 'timeseries.error.away', parameters: { url: 'x' } });
    rows = [row('a', { received: 1, queued: 1 })];
    await reporter.report();
    rows = [row('a', { received: 2, queued: 2 })];
    await reporter.report();
    failure = undefined;
    rows = [row('a', { received: 2, stored: 2 })];
    await reporter.report();
    assert.deepEqual(points('byflyt_account_device', 'stored', 'queued'), ['waste a 2 0']);
  });

  it('gives up points that the database refuses for ever', async () => {
    const point: Point = { measurement: 'x', tags: {}, fields: { x: 1 }, time: 0 };
    failure = new PointsRefusedError([{ point, reason: 'conflict' }]);
    rows = [row('a', { received: 1, stored: 1 })];
    await reporter.report();
    failure = undefined;
    await reporter.report();
    assert.deepEqual(written, []);
  });

  it('reports a last time when it is closed, unless the database is away', async () => {
    rows = [row('a', { received: 1, stored: 1 })];
    await reporter.close();
    assert.equal(points('byflyt_account_device', 'stored').length, 1);
  });
});

describe('WriteTimes', () => {
  it('counts writes by how long they took', async () => {
    const times = new WriteTimes();
    assert.equal(times.takePeriod(), undefined);
    await times.measure(async () => undefined);
    await times.measure(() => new Promise((resolve) => setTimeout(resolve, 30)));
    const { counts, sum, failures } = times.totals();
    assert.equal(
      counts.reduce((total, count) => total + count, 0),
      2,
    );
    assert.ok(sum >= 0.029 && sum < 5, String(sum));
    assert.equal(failures, 0);
    const period = times.takePeriod();
    assert.ok(period && period.count === 2 && period.longest >= 0.029 && period.mean < period.longest);
    assert.equal(times.takePeriod(), undefined);
  });
});
