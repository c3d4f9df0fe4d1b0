import assert from 'node:assert/strict';
import type { CurrentProblem } from '../../../../nodes/observation/problems.ts';
import type { ConfiguredNode } from '../../../../nodes/operator/status/flow-graph.ts';
import { statusReport } from '../../../../nodes/operator/status/problem-lines.ts';

const NOW = Date.parse('2026-03-18T14:10:00Z');
const NODES: ConfiguredNode[] = [
  { id: 'tab', type: 'tab', label: 'Avfall' },
  { id: 'in', type: 'byflyt-intake', z: 'tab' },
  { id: 'named', type: 'byflyt-intake', z: 'tab', name: 'Fra nettverket' },
  { id: 'db', type: 'byflyt-database' },
  { id: 'other', type: 'function', z: 'tab' },
];

function problem(changes: Partial<CurrentProblem> = {}): CurrentProblem {
  return {
    id: 'x',
    key: 'operator.problem.flows_starting',
    component: 'flows',
    severity: 'warning',
    since: NOW - 480_000,
    ...changes,
  };
}

describe('statusReport', () => {
  const report = (...problems: CurrentProblem[]) =>
    statusReport(problems, NODES, { language: 'nb', timeZone: 'Europe/Oslo' }, NOW);
  const names = (...ids: string[]) =>
    report(...ids.map((node) => problem({ node }))).lines.map(({ node }) => node?.name);

  it('says in one sentence that all is well', () => {
    const { status, sentence, lines } = report();
    assert.deepEqual([status, lines], ['pass', []]);
    assert.match(sentence, /^Alt er i orden/);
    assert.equal(report(problem({ severity: 'notice' })).status, 'pass');
  });

  it('counts what needs attention, and says whether anything may get lost', () => {
    assert.match(report(problem()).sentence, /^Én ting bør følges opp\. Meldinger kommer fortsatt inn/);
    assert.match(report(problem(), problem(), problem({ severity: 'notice' })).sentence, /^2 ting bør/);
    assert.match(report(problem({ severity: 'failure' })).sentence, /^Noe virker ikke/);
    assert.match(report(problem({ severity: 'failure' }), problem()).sentence, /^2 ting må/);
  });

  it('has a line for each problem, with its time, and what waits because of it', () => {
    assert.deepEqual(report(problem({ waiting: 312, node: 'db', onPage: true })).lines, [
      {
        id: 'x',
        severity: 'warning',
        label: 'Følg opp',
        sentence: 'Flytene starter. Vent litt. 312 målinger venter på disk.',
        since: 'siden 15:02',
        node: { id: 'db', name: 'database' },
        onPage: true,
      },
    ]);
    assert.match(
      report(problem({ waiting: 1, device: 'Dunk 1' })).lines[0]?.sentence ?? '',
      /^Dunk 1: .* 1 måling/,
    );
  });

  it('calls a node as its author does, else as the palette does', () => {
    assert.deepEqual(names('in', 'named', 'other', 'tab'), [
      'Avfall: mottak',
      'Avfall: Fra nettverket',
      'Avfall: function',
      'Avfall',
    ]);
    assert.deepEqual(names('gone'), [undefined]);
  });
});
