import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { CalmStatus } from '../../../nodes/observation/calm-status.ts';
import { eventually } from '../../support/eventually.ts';

const INTERVAL = 50;

describe('calm status', () => {
  const open = () => {
    const shown: (string | undefined)[] = [];
    const calm = new CalmStatus({ status: ({ text }) => void shown.push(text) }, INTERVAL);
    return { shown, calm };
  };

  it('shows the first at once and then only the newest of many', async () => {
    const { shown, calm } = open();
    for (const text of ['1', '2', '3']) calm.show(() => ({ text }));
    assert.deepEqual(shown, ['1']);
    await eventually(() => assert.deepEqual(shown, ['1', '3']));
    calm.close();
  });

  it('shows nothing more after it was closed', async () => {
    const { shown, calm } = open();
    for (const text of ['1', '2']) calm.show(() => ({ text }));
    calm.close();
    await delay(2 * INTERVAL);
    assert.deepEqual(shown, ['1']);
  });
});
