import assert from 'node:assert/strict';
import { Problems, type ReportedProblem } from '../../../../nodes/observation/problems.ts';
import { type Found, Watch } from '../../../../nodes/operator/status/watch.ts';

function found(id: string, severity: ReportedProblem['severity'] = 'warning'): Found {
  return [id, { key: `operator.problem.${id}`, component: 'machine', severity }];
}

describe('Watch', () => {
  let now = 0;
  let there: Found[] = [];
  let looks = 0;
  const told: string[] = [];
  const problems = new Problems();
  const watch = new Watch({
    problems,
    looks: [
      () => {
        looks++;
        return there;
      },
    ],
    onNew: ({ key }) => told.push(key),
    now: () => now,
  });
  after(() => watch.close());
  const ids = () => problems.list().map(({ id }) => id);
  const look = (...seen: Found[]) => {
    now += 1000;
    there = seen;
    watch.look();
  };

  it('reports what it finds, tells of it once, and takes back what is over', () => {
    problems.report('of another room', found('x')[1]);
    look(found('disk'), found('damaged', 'notice'));
    assert.deepEqual(ids(), ['of another room', 'disk', 'damaged']);
    look(found('disk'));
    assert.deepEqual(ids(), ['of another room', 'disk']);
    assert.deepEqual(told, ['operator.problem.disk']);
    look();
    look(found('disk'));
    assert.deepEqual(told, ['operator.problem.disk', 'operator.problem.disk']);
  });

  it('looks once a second at most, however often it is asked', () => {
    const before = looks;
    for (let asked = 0; asked < 10; asked++) watch.look();
    assert.equal(looks, before);
    now += 1000;
    watch.look();
    assert.equal(looks, before + 1);
  });

  it('takes back its own problems when it is closed', () => {
    watch.close();
    assert.deepEqual(ids(), ['of another room']);
  });
});
