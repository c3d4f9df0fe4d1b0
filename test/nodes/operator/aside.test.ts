import assert from 'node:assert/strict';
import { operatorRoutes } from '../../../nodes/operator/routes.ts';
import { wordsOf } from '../../../nodes/timeseries/kept-aside.ts';
import { NOW, openTown, point, type Town } from './town.ts';

const text = (markup: string) => markup.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');
const expectsNumber = (value: string, device = 'bin-1') =>
  wordsOf({ key: 'timeseries.guard.expects_number', parameters: { field: 'fill_level', value }, device });

describe('what was put aside, on the operator page', () => {
  let town: Town;
  beforeEach(async () => {
    town = await openTown();
  });
  afterEach(() => town.close());

  const routeOf = (name: string) => {
    const routes = operatorRoutes({
      language: 'nb',
      timeZone: 'Europe/Oslo',
      now: () => NOW,
      status: () => ({ title: '', status: 'pass', sentence: '', lines: [] }),
      withSources: (use) => use(town.sources),
      onProblem: (error) => assert.fail(String(error)),
    });
    const route = routes.find(({ path }) => path === `/byflyt/operator${name}`);
    assert.ok(route);
    return route;
  };
  const section = async (language = 'nb') => {
    const query = new URLSearchParams({ lang: language });
    const { body } = await routeOf('/content').answer({ query, acceptLanguage: undefined });
    return /<section aria-labelledby="aside">[\s\S]*?<\/section>/.exec(body)?.[0] ?? '';
  };
  const act = (body: unknown) =>
    routeOf('/aside').answer({
      query: new URLSearchParams({ lang: 'en' }),
      acceptLanguage: undefined,
      requestedWith: 'byflyt-operator',
      body,
    });
  const keys = async () =>
    [...(await section()).matchAll(/data-action="retry" data-key="([^"]+)"/g)].map(([, key]) => key);

  it('says why in words, with the names of device and quantity', async () => {
    assert.match(text(await section()), /Lagt til side \(0\) Ingenting er lagt til side/);
    town.outbox.bury([point('bin-1', 1, { fill_level: 'full' })], expectsNumber('full'));
    town.outbox.bury([point('bin-1', 0, { fill_level: 'tom' })], expectsNumber('tom'));
    town.outbox.bury([point('bin-2', 0, { fill_level: 1 })], 'points beyond retention policy');
    const shown = text(await section());
    assert.match(shown, /Lagt til side \(3\)/);
    assert.match(
      shown,
      /Dunk 2: Databasen avviste målingen: points beyond retention policy 1 Prøv igjen Kast/,
    );
    assert.match(shown, /Dunk 1: «Fyllingsgrad» er et tall, men det kom «tom»\. .* 2 Prøv igjen Kast/);
  });

  it('names tags as staff do', async () => {
    const key = 'timeseries.guard.tag_random';
    const reason = wordsOf({ key, parameters: { tag: 'site', value: 'x' }, device: 'bin-1' });
    town.outbox.bury([point('bin-1', 0, { fill_level: 1 })], reason);
    assert.match(text(await section('en')), /&quot;x&quot; as place looks like a random code/);
  });

  it('lets staff throw a group away, and says so', async () => {
    town.outbox.bury([point('bin-1', 0, { fill_level: 'full' })], expectsNumber('full'));
    town.outbox.bury([point('bin-2', 0, { fill_level: 'full' })], expectsNumber('full', 'bin-2'));
    const [key] = await keys();
    assert.deepEqual((await act({ action: 'discard', key })).body, 'Thrown away: 1.');
    assert.equal(town.outbox.deadLetterCount, 1);
    assert.deepEqual((await act({ action: 'discard', key })).body, 'Somebody has dealt with them already.');
  });

  it('lets staff try a group again', async () => {
    town.outbox.bury([point('bin-1', 0, { fill_level: 80 })], 'points beyond retention policy');
    const [key] = await keys();
    assert.match((await act({ action: 'retry', key })).body, /On their way to the database: 1/);
    assert.deepEqual([town.outbox.size, town.outbox.deadLetterCount], [1, 0]);
  });

  it('does nothing for bodies that ask for nothing', async () => {
    town.outbox.bury([point('bin-1', 0, { fill_level: 80 })], 'no');
    const [key] = await keys();
    for (const body of [
      undefined,
      null,
      'x',
      { key },
      { action: 'groups', key },
      { action: 'retry', key: 7 },
    ])
      assert.match((await act(body)).body, /already/);
    assert.equal(town.outbox.deadLetterCount, 1);
  });

  it('takes no change from a foreign page, and none without the right to write', async () => {
    const { changes, open } = routeOf('/aside');
    assert.deepEqual([changes, open], [true, false]);
    town.outbox.bury([point('bin-1', 0, { fill_level: 80 })], 'no');
    const [key] = await keys();
    for (const requestedWith of [undefined, '', 'XMLHttpRequest']) {
      const query = new URLSearchParams();
      const body = { action: 'discard', key };
      const answer = await routeOf('/aside').answer({
        query,
        acceptLanguage: undefined,
        requestedWith,
        body,
      });
      assert.equal(answer.status, 403);
    }
    assert.equal(town.outbox.deadLetterCount, 1);
  });

  it('shows what others wrote as text', async () => {
    town.outbox.bury([point('bin-1', 0, { fill_level: 1 })], expectsNumber('<img src=x>'));
    assert.match(await section(), /&lt;img src=x&gt;/);
  });
});
