import assert from 'node:assert/strict';
import { Answers } from '../../../../nodes/opendata/sensorthings/answers.ts';
import { ALLOWANCE, type Allowance, Budget } from '../../../../nodes/opendata/sensorthings/budget.ts';
import { Collections } from '../../../../nodes/opendata/sensorthings/collections.ts';
import { currentDirectory } from '../../../../nodes/opendata/sensorthings/current-directory.ts';
import { optionsFrom } from '../../../../nodes/opendata/sensorthings/options.ts';
import { BASE } from '../ski-trail.ts';
import { openTown, ROOT, type Town } from './town.ts';

describe('SensorThings: what a request may cost', () => {
  let town: Town;
  before(async () => {
    town = await openTown();
  });
  after(() => town.close());

  /** Observations as JSON, with this allowance. */
  async function ask(query: Record<string, string>, allowance: Partial<Allowance>) {
    const now = Date.now();
    const directory = await currentDirectory(town.trail.site, BASE, now);
    const budget = new Budget({ ...ALLOWANCE, ...allowance });
    const collections = new Collections(directory, budget, now);
    const options = optionsFrom(Object.entries(query), 'Observations', true);
    const page = await collections.page({ series: directory.series() }, options);
    return new Answers(collections, budget, ROOT).collection(page, options, ROOT);
  }

  const tooMuch = { key: 'opendata.sensorthings.problem.too_much', status: 400 };

  it('is refused with how to ask for less when too much had to be looked at, or it took too long', async () => {
    await assert.rejects(ask({ $orderby: 'result' }, { looks: 150 }), tooMuch);
    await assert.rejects(ask({ $filter: 'result gt 1000' }, { looks: 150 }), tooMuch);
    await assert.rejects(ask({ $count: 'true' }, { looks: 150 }), tooMuch);
    await assert.rejects(ask({ $filter: 'result gt 1000', $count: 'true' }, { time: -1 }), tooMuch);
    await assert.rejects(ask({ $orderby: 'result', $skip: '60000' }, {}), tooMuch);
  });

  it('is one of four long histories at a time', () => {
    const readers = Array.from({ length: 5 }, () => new Budget());
    for (const reader of readers.slice(0, 4)) for (let page = 0; page < 3; page += 1) reader.startLong();
    const last = readers[4] as Budget;
    assert.throws(() => last.startLong(), { key: 'opendata.request.busy', status: 503, retryAfter: 10 });
    readers[0]?.end();
    last.startLong();
    for (const reader of readers) reader.end();
    const again = readers.slice(0, 4);
    for (const reader of again) reader.startLong();
    for (const reader of again) reader.end();
  });

  it('is that of many questions to the database, even if nothing is found', async () => {
    const inside = 'Datastream/Observations($filter=phenomenonTime lt 1999-01-01T00:00:00Z)';
    await assert.rejects(ask({ $expand: inside }, { looks: 2000 }), tooMuch);
  });

  it('is little for a page of what is stored in order', async () => {
    assert.ok(await ask({ $top: '5' }, { looks: 250 }));
    assert.ok(await ask({ $top: '5', $orderby: 'phenomenonTime desc' }, { looks: 250 }));
  });

  it('is refused when the answer would be too long', async () => {
    const tooMany = { key: 'opendata.sensorthings.problem.too_many', status: 400 };
    await assert.rejects(ask({ $expand: 'Datastream/Thing,FeatureOfInterest' }, { entities: 300 }), tooMany);
    assert.ok(await ask({ $expand: 'Datastream/Thing,FeatureOfInterest', $top: '5' }, { entities: 20 }));
  });
});
