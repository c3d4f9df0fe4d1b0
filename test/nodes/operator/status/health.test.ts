import assert from 'node:assert/strict';
import { COMPONENTS, type CurrentProblem } from '../../../../nodes/observation/problems.ts';
import { httpStatusOf, liveness, readiness } from '../../../../nodes/operator/status/health.ts';

const NOW = Date.parse('2026-03-18T14:10:00Z');

function problem(severity: CurrentProblem['severity'], more: Partial<CurrentProblem> = {}): CurrentProblem {
  return { id: 'x', key: 'timeseries.error.away', component: 'database', severity, since: NOW, ...more };
}

describe('readiness', () => {
  it('passes with one line per component when there is no problem', () => {
    const health = readiness([], NOW);
    assert.equal(health.status, 'pass');
    assert.equal(httpStatusOf(health), 200);
    assert.deepEqual(Object.keys(health.checks), [...COMPONENTS]);
    assert.deepEqual(health.checks.journal, [
      { componentType: 'component', status: 'pass', time: '2026-03-18T14:10:00.000Z' },
    ]);
  });

  it('warns of what is safe for now, and fails with 503 for what is not', () => {
    const warned = readiness([problem('warning')], NOW);
    assert.deepEqual([warned.status, httpStatusOf(warned)], ['warn', 200]);
    const failed = readiness([problem('failure', { component: 'journal' }), problem('warning')], NOW);
    assert.deepEqual([failed.status, httpStatusOf(failed)], ['fail', 503]);
    const states = Object.entries(failed.checks).map(([name, [check]]) => `${name} ${check?.status}`);
    assert.deepEqual(states, [
      'flows pass',
      'intake pass',
      'journal fail',
      'database warn',
      'devices pass',
      'machine pass',
    ]);
    assert.equal(readiness([problem('notice')], NOW).status, 'pass');
  });

  it('says what is wrong in keys, and lets out nothing of where and with whom', () => {
    const secretive = problem('failure', {
      id: 'timeseries.away/node-1',
      parameters: { url: 'http://db.internal:8086', names: 'Kari' },
      device: 'Dunk 1',
      node: 'node-1',
    });
    const text = JSON.stringify(readiness([secretive, secretive], NOW));
    assert.match(text, /"output":"timeseries.error.away"/);
    assert.doesNotMatch(text, /internal|Kari|Dunk|node-1/);
  });
});

describe('liveness', () => {
  it('passes, and warns of an event loop that was held up for more than a second', () => {
    assert.deepEqual(liveness(0.0123, NOW), {
      status: 'pass',
      checks: {
        'eventLoop:delay': [
          {
            componentType: 'system',
            observedValue: 12,
            observedUnit: 'ms',
            status: 'pass',
            time: '2026-03-18T14:10:00.000Z',
          },
        ],
      },
    });
    assert.equal(liveness(1.5, NOW).status, 'warn');
    assert.equal(httpStatusOf(liveness(60, NOW)), 200);
  });
});
