import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOMS, roomViolations } from './rooms.ts';

describe('room rule', () => {
  const check = (path: string, text: string) => roomViolations([{ path, text }]);

  it('has the rooms of docs/developing.md, in their order', () => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/developing.md'), 'utf8');
    const named = [...page.matchAll(/^\| ([a-z]+) +\|/gm)].map(([, room]) => room);
    assert.deepEqual(named, ['room', ...ROOMS]);
  });

  it('lets a room import from the rooms above it', () => {
    assert.deepEqual(
      check('nodes/quality/flags.ts', "import { x } from '../observation/observation.ts';"),
      [],
    );
  });

  it('names an import from a room further down', () => {
    const [line] = check(
      'nodes/devices/registry.ts',
      "import type {\n  Store,\n} from '../timeseries/store.ts';",
    );
    assert.match(
      line ?? '',
      /registry\.ts imports nodes\/timeseries\/store\.ts: timeseries comes after devices/,
    );
  });

  it('allows Node-RED only in wrappers', () => {
    const text = "import type { NodeAPI } from 'node-red';";
    assert.deepEqual(check('nodes/alarm/alarm.node.ts', text), []);
    assert.equal(check('nodes/alarm/alarm.ts', text).length, 1);
  });

  it('refuses app/ inside nodes/', () => {
    assert.equal(
      check('nodes/alarm/alarm.ts', "import { settings } from '../../app/settings.ts';").length,
      1,
    );
  });

  it('finds a cycle', () => {
    const lines = roomViolations([
      { path: 'nodes/alarm/a.ts', text: "import { b } from './b.ts';" },
      { path: 'nodes/alarm/b.ts', text: "export { a } from './a.ts';" },
    ]);
    assert.deepEqual(lines, ['cycle: nodes/alarm/a.ts -> nodes/alarm/b.ts -> nodes/alarm/a.ts']);
  });
});
