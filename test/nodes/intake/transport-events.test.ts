/** What a node that takes messages in does with what its transport tells. */
import assert from 'node:assert/strict';
import { transportEvents } from '../../../nodes/intake/transport-events.ts';
import { ConnectionError } from '../../../nodes/observation/errors.ts';

const MESSAGE = { topic: 't', body: Buffer.from('{}') };

function listen(accept: () => Promise<void> = async () => undefined) {
  const told: string[] = [];
  const say = (what: string) => (detail?: unknown) =>
    void told.push(detail === undefined ? what : `${what} ${detail}`);
  const events = transportEvents({
    language: 'en-US',
    status: { received: say('received'), connection: say('status'), problem: say('problem') },
    problems: { received: say('on disk'), connection: say('connection'), failed: () => told.push('failed') },
    accept,
    error: say('log'),
  });
  return { events, told };
}

const refused = () => new ConnectionError({ key: 'intake.error.webhookPath', parameters: { path: '/x' } });

describe('events of a transport', () => {
  it('count a message, and take problems back only when it is on disk', async () => {
    const { events, told } = listen();
    const done = events.onMessage(MESSAGE);
    assert.deepEqual(told, ['received']);
    await done;
    assert.deepEqual(told, ['received', 'on disk']);
  });

  it('leave the problem and reject when the disk refuses', async () => {
    const { events, told } = listen(() => Promise.reject(refused()));
    await assert.rejects(events.onMessage(MESSAGE), ConnectionError);
    assert.deepEqual(told, ['received']);
  });

  it('write one line to the log per problem, and one more when it comes again after a connection', () => {
    const { events, told } = listen();
    const logged = () => told.filter((what) => what.startsWith('log')).length;
    events.onError(refused());
    events.onError(refused());
    assert.deepEqual([logged(), told.filter((what) => what === 'failed').length], [1, 2]);
    events.onState('connected');
    events.onError(refused());
    assert.equal(logged(), 2);
  });

  it('show the connection in the node and on the status page', () => {
    const { events, told } = listen();
    events.onState('disconnected');
    assert.deepEqual(told, ['status disconnected', 'connection disconnected']);
  });
});
