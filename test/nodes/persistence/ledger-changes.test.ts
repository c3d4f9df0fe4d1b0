import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { LedgerQuery, LedgerRow } from '../../../nodes/persistence/ledger.ts';
import { COUNTS, LedgerChanges, NO_COUNTS } from '../../../nodes/persistence/ledger-changes.ts';

const DAY = 86_400_000;
const NOW = Date.parse('2026-03-18T14:10:00Z');
const dayOf = (time: number) => new Date(time).toISOString().slice(0, 10);

/** A ledger that a test writes into; rows that have nothing are not listed. */
class Notebook {
  readonly all = new Map<string, LedgerRow>();
  readonly asked: LedgerQuery[] = [];

  set(daysAgo: number, device: string, counts: Partial<LedgerRow>): void {
    const day = dayOf(NOW - daysAgo * DAY);
    this.all.set(`${day}\t${device}`, { ...NO_COUNTS, day, area: 'waste', device, ...counts });
  }

  rows(query: LedgerQuery = {}): LedgerRow[] {
    this.asked.push(query);
    const listed = [...this.all.values()].filter(
      (row) => row.day >= (query.from ?? '') && COUNTS.some((count) => row[count] > 0),
    );
    return listed.sort((a, b) => a.day.localeCompare(b.day));
  }
}

describe('LedgerChanges', () => {
  it('gives everything first, then what changed, with what was before', () => {
    const book = new Notebook();
    const changes = new LedgerChanges(book, dayOf);
    book.set(0, 'a', { received: 2, stored: 2 });
    book.set(20, 'b', { received: 1, stored: 1 });
    assert.equal(changes.next(NOW, NOW - 20 * DAY).length, 2);
    assert.deepEqual(changes.next(NOW), []);
    book.set(0, 'a', { received: 3, stored: 3 });
    const [change, ...more] = changes.next(NOW);
    assert.deepEqual([change?.before?.stored, change?.row.stored, more.length], [2, 3, 0]);
  });

  it('sees a row that has nothing left', () => {
    const book = new Notebook();
    const changes = new LedgerChanges(book, dayOf);
    book.set(0, '', { received: 1, inFlow: 1 });
    changes.next(NOW);
    book.set(0, '', {});
    book.set(0, 'a', { received: 1, stored: 1 });
    const found = changes.next(NOW).map(({ row }) => `${row.device}: ${row.inFlow} ${row.stored}`);
    assert.deepEqual(found.sort(), [': 0 0', 'a: 0 1']);
    assert.deepEqual(changes.next(NOW), []);
  });

  it('goes back no further than to the oldest day that is not over', () => {
    const book = new Notebook();
    const changes = new LedgerChanges(book, dayOf);
    book.set(7, 'a', { received: 1, queued: 1 });
    book.set(12, 'b', { received: 1, stored: 1 });
    changes.next(NOW);
    changes.next(NOW);
    book.set(7, 'a', { received: 1, stored: 1 });
    changes.next(NOW);
    changes.next(NOW + DAY);
    assert.deepEqual(
      book.asked.map(({ from }) => from),
      ['2026-03-10', '2026-03-11', '2026-03-11', '2026-03-17'],
    );
  });

  it('adds up to the ledger, whatever happens in which order', () => {
    const step = fc.record({
      daysAgo: fc.integer({ min: 0, max: 3 }),
      device: fc.constantFrom('', 'a', 'b'),
      queued: fc.nat(3),
      stored: fc.nat(3),
      look: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const book = new Notebook();
        const changes = new LedgerChanges(book, dayOf);
        const sums = { queued: 0, stored: 0 };
        const look = () => {
          for (const { row, before } of changes.next(NOW)) {
            for (const count of ['queued', 'stored'] as const)
              sums[count] += row[count] - (before?.[count] ?? 0);
          }
        };
        look();
        for (const { daysAgo, device, look: now, ...counts } of steps) {
          // A day that is over does not come to life again.
          const isOpen = daysAgo < 2 || book.all.get(`${dayOf(NOW - daysAgo * DAY)}\t${device}`)?.queued;
          if (isOpen) book.set(daysAgo, device, counts);
          if (now) look();
        }
        look();
        const total = (count: 'queued' | 'stored') =>
          [...book.all.values()].reduce((sum, row) => sum + row[count], 0);
        assert.deepEqual(sums, { queued: total('queued'), stored: total('stored') });
      }),
    );
  });
});
