import assert from 'node:assert/strict';
import { datasetFromConfig } from '../../../nodes/opendata/dataset-form.ts';
import { type Entry, Site } from '../../../nodes/opendata/site.ts';
import { CONFIG, PUBLISHER } from './ski-trail.ts';

const SOURCES = {
  devices: () => [],
  store: () => {
    throw new Error('nothing is read here');
  },
};

function entry(slug: string): Entry {
  const dataset = datasetFromConfig({ ...CONFIG, slug });
  return { dataset, publisher: PUBLISHER, sources: SOURCES };
}

describe('site', () => {
  let site: Site;
  let made: number;
  beforeEach(() => {
    site = new Site();
    made = 0;
  });

  const ask = async (about?: Entry) => {
    const make = async () => ({ type: 'text/plain', maxAge: 0, body: String(++made) });
    return (await site.answer(about, 'page', 'page', 0, make)).body;
  };

  it('refuses a second dataset at the same address, and frees it when the first is withdrawn', () => {
    const withdraw = site.publish(entry('trail'));
    assert.throws(() => site.publish(entry('trail')), { key: 'opendata.config.taken' });
    withdraw();
    site.publish(entry('trail'));
  });

  it('does not withdraw what another node has published at the address since', () => {
    const withdraw = site.publish(entry('trail'));
    withdraw();
    const later = entry('trail');
    site.publish(later);
    withdraw();
    assert.equal(site.get('trail'), later);
  });

  it('forgets the answers about a dataset that changed and about all of them, and no other', async () => {
    const [trail, waste] = [entry('trail'), entry('waste')];
    assert.deepEqual([await ask(), await ask(trail), await ask(waste)], ['1', '2', '3']);
    site.changed('trail');
    assert.deepEqual([await ask(), await ask(trail), await ask(waste)], ['4', '5', '3']);
  });
});
