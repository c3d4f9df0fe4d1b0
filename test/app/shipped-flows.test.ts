import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { areaFlows, composeFlows } from '../../app/shipped-flows.ts';

describe('shipped flows', () => {
  let folder: string;
  const file = (name: string, content: unknown): void =>
    writeFileSync(join(folder, name), JSON.stringify(content));

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'byflyt-flows-'));
    const shared = { id: 'database', type: 'byflyt-database' };
    file('a.json', [{ id: 'tab-a', type: 'tab', label: 'Waste', disabled: false }, shared]);
    file('b.json', [shared, { id: 'tab-b', type: 'tab', label: 'Ski trail' }]);
    mkdirSync(join(folder, 'locales'));
    file('locales/nb.json', { 'tab-a': { label: 'Avfall' } });
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('become one flow file in which the areas share their configuration nodes', () => {
    const ids = composeFlows('en-US', folder).map(({ id }) => id);
    assert.deepEqual(ids, ['tab-a', 'database', 'tab-b']);
  });

  it('are complete by themselves for each area', () => {
    assert.deepEqual(
      [...areaFlows('nb', folder)].map(([area, nodes]) => [area, nodes.map(({ id }) => id)]),
      [
        ['a', ['tab-a', 'database']],
        ['b', ['database', 'tab-b']],
      ],
    );
  });

  it('have their texts in the language, as far as they are translated', () => {
    const labels = composeFlows('nb', folder).map(({ label }) => label);
    assert.deepEqual(labels, ['Avfall', undefined, 'Ski trail']);
  });
});
