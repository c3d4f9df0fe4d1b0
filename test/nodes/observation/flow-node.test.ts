import assert from 'node:assert/strict';
import { ConfigurationError, MessageError } from '../../../nodes/observation/errors.ts';
import {
  runInput,
  runStart,
  runtimeLanguage,
  runtimeTimeZone,
  shorten,
} from '../../../nodes/observation/flow-node.ts';

type Done = (error?: Error) => void;

/** A node that remembers what it was told. */
function fakeNode() {
  const statuses: (string | undefined)[] = [];
  const errors: string[] = [];
  const listeners: ((message: unknown, send: unknown, done: Done) => void)[] = [];
  return {
    statuses,
    errors,
    listeners,
    status: ({ text }: { text?: string }) => void statuses.push(text),
    error: (sentence: string) => void errors.push(sentence),
    on: (_event: 'input', listener: (typeof listeners)[number]) => void listeners.push(listener),
  };
}

async function outcomeOf(node: ReturnType<typeof fakeNode>, work: () => Promise<void> | void) {
  const outcomes: (Error | undefined)[] = [];
  await runInput(node, 'en-US', (error) => void outcomes.push(error), work);
  assert.equal(outcomes.length, 1, 'a message is done once');
  return outcomes[0];
}

describe('a message that a node cannot handle', () => {
  it('reaches catch nodes as the sentence alone, with its cause, and shows in the status', async () => {
    const node = fakeNode();
    const cause = new MessageError({ key: 'observation.error.notAnObservation' });
    const outcome = await outcomeOf(node, () => {
      throw cause;
    });
    assert.ok(outcome);
    // Node-RED gives catch nodes what toString gives.
    assert.equal(outcome.toString(), outcome.message);
    assert.match(outcome.message, /^This message is no reading/);
    assert.equal(outcome.cause, cause);
    assert.deepEqual(node.statuses, [outcome.message]);
  });

  it('does not keep the next one from its work', async () => {
    const node = fakeNode();
    const failure = new ConfigurationError({ key: 'devices.error.noSecret' });
    assert.equal((await outcomeOf(node, () => Promise.reject(failure)))?.cause, failure);
    assert.equal(await outcomeOf(node, () => undefined), undefined);
    assert.equal(node.statuses.length, 1);
  });
});

describe('a node that cannot start', () => {
  it('says why, and again for every message, so that none is lost without a word', () => {
    const node = fakeNode();
    runStart(node, 'nb', () => {
      throw new ConfigurationError({ key: 'timeseries.error.no_database' });
    });
    assert.match(node.errors[0] ?? '', /^Ingen database er valgt/);
    assert.match(node.statuses[0] ?? '', /^Ingen database er valgt/);
    const outcomes: (Error | undefined)[] = [];
    for (const listener of node.listeners) listener({}, undefined, (error) => void outcomes.push(error));
    assert.deepEqual(
      outcomes.map((error) => error?.message),
      node.errors,
    );
  });
});

describe("what Node-RED's settings say", () => {
  it('is the language: of Byflyt, else of the editor', () => {
    assert.equal(runtimeLanguage({ byflyt: { language: 'nb' }, lang: 'en-US' }), 'nb');
    assert.equal(runtimeLanguage({ lang: 'nb-NO' }), 'nb');
  });

  it('is the time zone, else that of the machine', () => {
    assert.equal(runtimeTimeZone({ byflyt: { timeZone: 'Arctic/Longyearbyen' } }), 'Arctic/Longyearbyen');
    assert.equal(runtimeTimeZone({}), Intl.DateTimeFormat().resolvedOptions().timeZone);
  });
});

describe('status text', () => {
  it('is cut where there is no more room', () => {
    assert.equal(shorten('saved 14:02', 11), 'saved 14:02');
    assert.equal(shorten('saved 14:02:30', 11), 'saved 14:0…');
  });
});
