import assert from 'node:assert/strict';
import { UnaccountedProblems } from '../../../../nodes/operator/status/unaccounted.ts';
import type { JournalEntry } from '../../../../nodes/persistence/journal.ts';

describe('UnaccountedProblems', () => {
  let asked = 0;
  const journal = (...transports: string[]) => ({
    unaccounted: ({ limit = 1000 } = {}): JournalEntry[] => {
      asked++;
      return transports.slice(0, limit).map((transport, index) => ({
        id: String(index),
        state: 'unaccounted',
        transport,
        topic: '',
        body: Buffer.alloc(0),
        receivedTime: '',
        attempts: 0,
      }));
    },
  });
  const shown = (problems: UnaccountedProblems, count: number, ...transports: string[]) =>
    problems
      .problems(count, journal(...transports))
      .map(([id, { key, parameters, node }]) => `${id} ${key} ${parameters?.count} ${node}`);

  it('names each intake with its messages', () => {
    assert.deepEqual(shown(new UnaccountedProblems(), 3, 'mqtt/a', 'webhook/b', 'webhook/b'), [
      'persistence.unaccounted/b operator.problem.unaccounted_many 2 b',
      'persistence.unaccounted/a operator.problem.unaccounted_one 1 a',
    ]);
    assert.deepEqual(shown(new UnaccountedProblems(), 0), []);
  });

  it('names the intake of most of the oldest if there are many', () => {
    const many = [...Array<string>(90).fill('mqtt/a'), ...Array<string>(500).fill('mqtt/b')];
    assert.deepEqual(shown(new UnaccountedProblems(), 590, ...many), [
      'persistence.unaccounted/a operator.problem.unaccounted_many 590 a',
    ]);
  });

  it('reads the journal only when the number has changed', () => {
    const problems = new UnaccountedProblems();
    asked = 0;
    for (const count of [1, 1, 1, 2, 0, 0]) shown(problems, count, 'mqtt/a', 'mqtt/a');
    assert.equal(asked, 2);
  });
});
