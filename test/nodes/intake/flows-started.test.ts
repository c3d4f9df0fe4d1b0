import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { onceStarted } from '../../../nodes/intake/flows-started.ts';

describe('start of the flows', () => {
  it('is told to each node that waits, once, by one listener', () => {
    const events = new EventEmitter();
    const begun: number[] = [];
    const stops = Array.from({ length: 30 }, (_, node) => onceStarted(events, () => void begun.push(node)));
    assert.equal(events.listenerCount('flows:started'), 1);
    stops[7]?.();
    events.emit('flows:started');
    events.emit('flows:started');
    assert.deepEqual(
      begun,
      Array.from({ length: 30 }, (_, node) => node).filter((node) => node !== 7),
    );
    onceStarted(events, () => void begun.push(99));
    events.emit('flows:started');
    assert.equal(begun.at(-1), 99);
  });
});
