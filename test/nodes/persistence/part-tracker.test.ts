import assert from 'node:assert/strict';
import type { Part } from '../../../nodes/observation/flow-node.ts';
import { PartTracker } from '../../../nodes/persistence/part-tracker.ts';

describe('verdicts on parts', () => {
  it('do not fill the memory when some never come', () => {
    const tracker = new PartTracker<{ parts?: Part }>();
    const judge = (id: number, index: number) =>
      tracker.add(String(id), { parts: { index, count: 2 } }, (a) => a);
    for (let id = 0; id <= 10_000; id++) assert.equal(judge(id, 0), undefined);
    assert.equal(judge(0, 1), undefined, 'the oldest was forgotten');
    assert.ok(judge(10_000, 1));
  });
});
