import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { watchEventLoop } from '../../../../nodes/operator/status/event-loop.ts';
import { eventually } from '../../../support/eventually.ts';

describe('watchEventLoop', () => {
  it('sees that the event loop was held up', async () => {
    const watch = watchEventLoop();
    try {
      assert.deepEqual(Object.values(watch.read()), [0, 0, 0]);
      // The histogram counts from its first look on.
      await delay(50);
      const end = performance.now() + 150;
      while (performance.now() < end);
      await eventually(() => {
        const { mean, p99, max } = watch.read();
        assert.ok(max > 0.1 && max < 5 && mean < max && p99 <= max, JSON.stringify({ mean, p99, max }));
      });
    } finally {
      watch.close();
    }
  });
});
