import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { DeviceQueues, type Task } from '../../../../nodes/nbiot/lwm2m-server/device-queue.ts';
import type { Registration } from '../../../../nodes/nbiot/lwm2m-server/registration.ts';

/** A device in queue mode that was heard at 0. */
const SLEEPY = { endpoint: 'meter', queueMode: true, heard: 0 } as Registration;

describe('what waits for an LwM2M device', () => {
  let now: number;
  let done: string[];
  let queues: DeviceQueues;
  const task = (name: string, outcome: 'done' | 'asleep' = 'done'): Task => ({
    name,
    run: async () => {
      done.push(name);
      return outcome;
    },
  });
  beforeEach(() => {
    now = 1000;
    done = [];
    const onError = (error: unknown) => assert.fail(String(error));
    queues = new DeviceQueues({ find: () => SLEEPY, awake: 1000, now: () => now, onError });
  });

  it('is asked in its order, once for each name, when the device listens', async () => {
    for (const name of ['one', 'two', 'one']) queues.add('meter', task(name));
    await turn();
    assert.deepEqual([done, queues.size], [[], 1]);
    now = 999;
    queues.heard('meter');
    await turn();
    assert.deepEqual([done, queues.size], [['one', 'two'], 0]);
  });

  it('is left out where it is told to be, and the rest stays', async () => {
    for (const name of ['one', 'two', 'three']) queues.add('meter', task(name));
    queues.drop('meter', ({ name }) => name !== 'two');
    now = 0;
    queues.heard('meter');
    await turn();
    assert.deepEqual(done, ['two']);
    now = 1000;
    queues.add('meter', task('four'));
    queues.drop('meter');
    assert.equal(queues.size, 0);
  });

  it('waits on when the device gave no answer', async () => {
    now = 0;
    queues.add('meter', task('one', 'asleep'));
    queues.add('meter', task('two'));
    await turn();
    assert.deepEqual([done, queues.size], [['one'], 1]);
  });
});
