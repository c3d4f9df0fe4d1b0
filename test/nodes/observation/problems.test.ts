import assert from 'node:assert/strict';
import {
  Problems,
  problemsIn,
  problemsOf,
  type ReportedProblem,
} from '../../../nodes/observation/problems.ts';
import { eventually } from '../../support/eventually.ts';

const AWAY: ReportedProblem = {
  key: 'timeseries.error.away',
  component: 'database',
  severity: 'warning',
  node: 'db',
};

describe('Problems', () => {
  it('keep the time of the first report when they are reported again', async () => {
    const problems = new Problems();
    problems.report('timeseries.away/db', AWAY);
    const [first] = problems.list();
    assert.ok(first && Math.abs(first.since - Date.now()) < 1000);
    await eventually(() => assert.ok(Date.now() > first.since));
    problems.report('timeseries.away/db', { ...AWAY, parameters: { kept: 3 } });
    assert.deepEqual(problems.list(), [
      { ...AWAY, id: 'timeseries.away/db', parameters: { kept: 3 }, since: first.since },
    ]);
  });

  it('are over when that is said, one by one or all of a node', () => {
    const problems = new Problems();
    for (const id of ['a', 'b', 'c']) problems.report(id, AWAY);
    problems.report('d', { ...AWAY, node: 'other' });
    problems.clear('a');
    problems.clear('never reported');
    assert.deepEqual(
      problems.list().map(({ id }) => id),
      ['b', 'c', 'd'],
    );
    problems.clearNode('db');
    assert.deepEqual(
      problems.list().map(({ id }) => id),
      ['d'],
    );
  });

  it('are listed with the worst first', () => {
    const problems = new Problems();
    problems.report('note', { ...AWAY, severity: 'notice' });
    problems.report('warning', AWAY);
    problems.report('failure', { ...AWAY, severity: 'failure' });
    assert.deepEqual(
      problems.list().map(({ id }) => id),
      ['failure', 'warning', 'note'],
    );
  });

  it('are one registry per data folder', () => {
    const settings = { byflyt: { dataFolder: '/somewhere/data' } };
    assert.equal(problemsOf(settings), problemsIn('/somewhere/x/../data'));
    assert.notEqual(problemsOf(settings), problemsIn('/elsewhere'));
  });
});
