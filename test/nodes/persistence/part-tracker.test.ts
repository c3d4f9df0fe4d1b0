import assert from 'node:assert/strict';
import { PartTracker } from '../../../nodes/persistence/part-tracker.ts';

describe('verdicts on parts', () => {
  it('do not fill the memory when some never come', () => {
    const tracker = new PartTracker<string>((a) => a);
    const judge = (id: number, index: number) => tracker.add(String(id), 'stored', { index, count: 2 });
    for (let id = 0; id <= 10_000; id++) assert.equal(judge(id, 0), undefined);
    assert.equal(judge(0, 1), undefined, 'the oldest was forgotten');
    assert.ok(judge(10_000, 1));
  });
});
