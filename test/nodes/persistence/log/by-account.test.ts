import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ByAccount } from '../../../../nodes/persistence/log/by-account.ts';

const name = fc.constantFrom('', 'a', 'b', '\t', 'a\tb');

describe('values by account', () => {
  it('are one per day, area and device', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ day: name, area: name, device: name })), (asked) => {
        const counts = new ByAccount<{ key: string; n: number }>();
        const expected = new Map<string, number>();
        for (const { day, ...account } of asked) {
          const key = JSON.stringify([day, account.area, account.device]);
          counts.get(day, account, (made) => ({
            key: JSON.stringify([made.day, made.area, made.device]),
            n: 0,
          })).n++;
          expected.set(key, (expected.get(key) ?? 0) + 1);
        }
        assert.deepEqual(new Map([...counts.values()].map(({ key, n }) => [key, n])), expected);
      }),
    );
  });
});
