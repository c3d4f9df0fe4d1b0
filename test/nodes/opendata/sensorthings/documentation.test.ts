/** The examples of docs/open-data-api.md, as they stand there. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Json, openTown, type Town } from './town.ts';

const page = readFileSync(join(import.meta.dirname, '../../../../docs/open-data-api.md'), 'utf8');
const examples = [...page.matchAll(/^```sensorthings\n(.*?)^```$/gms)].flatMap(([, block = '']) =>
  block.trim().split('\n'),
);

describe('docs/open-data-api.md: SensorThings', () => {
  let town: Town;
  before(async () => {
    town = await openTown();
  });
  after(() => town.close());

  it('has examples', () => assert.ok(examples.length >= 10));

  for (const example of examples) {
    it(`finds something: ${example}`, async () => {
      const { status, json, text } = await town.ask(example);
      assert.equal(status, 200, text);
      if ('value' in json) assert.ok((json.value as Json[]).length > 0);
      else assert.ok(text.length > 0);
    });
  }

  it('finds what it says', async () => {
    const [first, second, third] = examples;
    const trail = await town.list(first ?? '');
    assert.deepEqual(trail.map(({ name }) => name).sort(), ['Start', 'Toppen']);
    const newest = await town.list(second ?? '');
    assert.ok(newest.every(({ Observations }) => (Observations as Json[]).length === 1));
    const { json } = await town.ask(third ?? '');
    assert.equal(json['@iot.count'], 3);
    const [nearest] = await town.list(examples.find((example) => example.includes('geo.distance')) ?? '');
    assert.equal(nearest?.name, 'Torget');
  });
});
