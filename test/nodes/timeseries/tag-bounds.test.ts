import assert from 'node:assert/strict';
import type { Problem } from '../../../nodes/observation/errors.ts';
import { TagBounds } from '../../../nodes/timeseries/tag-bounds.ts';

const key = (problem: Problem | undefined) => problem?.key.replace('timeseries.guard.', '');

describe('TagBounds', () => {
  let warnings: Problem[];
  let changes: number;
  beforeEach(() => {
    warnings = [];
    changes = 0;
  });

  const bounds = (limits: Record<string, number> = {}, saved = {}, registered: string[] = []) =>
    new TagBounds(
      'waste',
      saved,
      {
        limits,
        isRegistered: (_tag, value) => registered.includes(value),
        onWarning: (problem) => warnings.push(problem),
      },
      () => changes++,
    );

  it('takes a value that it found good without another look', () => {
    const tags = bounds();
    assert.equal(tags.accept({ device: 'a', site: 'Start' }), false);
    assert.equal(tags.judge({ device: 'a', site: 'Start' }), undefined);
    assert.equal(tags.accept({ device: 'a', site: 'Start' }), true);
    assert.equal(tags.accept({ device: 'a', site: 'Goal' }), false);
  });

  it('refuses what looks like a time, a random code, or is too long', () => {
    const tags = bounds();
    const judged = (site: string) => key(tags.judge({ device: 'a', site }));
    assert.equal(judged('2026-01-15T12:00:00Z'), 'tag_timestamp');
    assert.equal(judged('3f2504e0-4f89-41d3-9a0c-0305e82c3301'), 'tag_random');
    assert.equal(judged('x'.repeat(257)), 'tag_long');
    assert.equal(tags.accept({ site: '2026-01-15T12:00:00Z' }), false);
    assert.equal(changes, 1, 'only the device was new and good');
  });

  it('refuses a number that grows with one device, and leaves places with numbers alone', () => {
    const tags = bounds();
    const judged = (device: string, site: string) => key(tags.judge({ device, site }));
    for (let place = 1; place <= 20; place++)
      assert.equal(judged(`stake-${place}`, String(place)), undefined);
    assert.deepEqual(
      ['101', '102', '103', '104', '105'].map((site) => judged('a', site)),
      [undefined, undefined, undefined, 'tag_growing', 'tag_growing'],
    );
    assert.equal(judged('a', '101'), undefined, 'a known place stays good');
  });

  it('says it long before the limit, and refuses what is beyond', () => {
    const tags = bounds({ site: 10 });
    const judged = (index: number) => key(tags.judge({ device: 'a', site: `Place ${index}` }));
    for (let index = 1; index <= 7; index++) assert.equal(judged(index), undefined);
    assert.equal(warnings.length, 0);
    for (let index = 8; index <= 10; index++) assert.equal(judged(index), undefined);
    assert.deepEqual(warnings[0], {
      key: 'timeseries.guard.tag_warning',
      parameters: { tag: 'site', measurement: 'waste', count: 8, limit: 10 },
    });
    assert.equal(judged(11), 'tag_many');
    assert.equal(judged(10), undefined);
  });

  it('does not count what the device list bounds already', () => {
    const registered = ['bin-1', 'bin-2', 'bin-3', '2026-01-15'];
    const tags = bounds({ device: 1, site: 1 }, {}, registered);
    for (const device of registered) assert.equal(tags.judge({ device }), undefined);
    assert.equal(tags.judge({ site: '2026-01-15' }), undefined, 'as it was registered before this rule');
    assert.equal(tags.judge({ device: 'stranger' }), undefined);
    assert.equal(key(tags.judge({ device: 'stranger 2' })), 'tag_many');
    assert.deepEqual(tags.toJSON(), { device: ['stranger'] });
  });

  it('remembers what counted, and warns again after a restart', () => {
    const first = bounds({ site: 2 });
    for (const site of ['A', 'B']) first.judge({ site });
    warnings = [];
    const second = bounds({ site: 2 }, JSON.parse(JSON.stringify(first)));
    assert.equal(warnings.length, 1);
    assert.equal(second.accept({ site: 'B' }), true);
    assert.equal(key(second.judge({ site: 'C' })), 'tag_many');
  });
});
