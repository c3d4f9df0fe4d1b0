import assert from 'node:assert/strict';
import { MessageError } from '../../../nodes/observation/errors.ts';
import { runInput } from '../../../nodes/observation/flow-node.ts';

describe('a message that a node cannot handle', () => {
  it('reaches catch nodes as the sentence alone, with its cause, and shows in the status', async () => {
    const statuses: (string | undefined)[] = [];
    const cause = new MessageError({ key: 'observation.error.notAnObservation' });
    let outcome: Error | undefined;
    await runInput(
      { status: ({ text }) => void statuses.push(text) },
      'en-US',
      (error) => {
        outcome = error;
      },
      () => {
        throw cause;
      },
    );
    assert.ok(outcome);
    // Node-RED gives catch nodes what toString gives.
    assert.equal(outcome.toString(), outcome.message);
    assert.doesNotMatch(outcome.message, /^\w*Error/);
    assert.equal(outcome.cause, cause);
    assert.equal(statuses.length, 1);
  });
});
