import assert from 'node:assert/strict';
import { Portal } from '../../../../nodes/opendata/ckan/portal.ts';
import { PortalPublication } from '../../../../nodes/opendata/ckan/publication.ts';
import { ckanSettings } from '../../../../nodes/opendata/ckan/settings.ts';
import type { Style } from '../../../../nodes/opendata/ckan/styles.ts';
import { datasetFromConfig } from '../../../../nodes/opendata/dataset-form.ts';
import type { Entry } from '../../../../nodes/opendata/site.ts';
import { MemoryState } from '../../../support/memory-state.ts';
import { BASE, CONFIG, openSkiTrail, PUBLISHER, type SkiTrail, textOf } from '../ski-trail.ts';
import { StandInPortal } from './stand-in-portal.ts';

const HOUR = 3_600_000;
const END = Date.parse('2018-03-18T11:08:36+01:00');

describe('publishing at a CKAN portal', () => {
  let trail: SkiTrail;
  let portal: StandInPortal;
  let url: URL;
  let state: MemoryState;

  beforeEach(async () => {
    trail = await openSkiTrail();
    portal = new StandInPortal();
    url = await portal.listen();
    state = new MemoryState();
  });
  afterEach(async () => {
    await Promise.all([portal.close(), trail.close()]);
  });

  const publication = (settings: object = {}, token = 'token') =>
    new PortalPublication({
      portal: new Portal({ url, token }),
      settings: { organisation: 'fjellby', packageName: 'ski-trail', table: true, ...settings },
      state,
      key: 'ckan/test',
    });
  const entryOf = (config: object = {}): Entry => ({
    dataset: datasetFromConfig({ ...CONFIG, ...config }),
    publisher: PUBLISHER,
    sources: trail.sources,
  });
  const about = (config: object = {}, style: Style = 'ckan') => ({
    entry: { ...entryOf(config), sandbox: false, begin: Date.UTC(2018, 2, 1), modified: END },
    owner: PUBLISHER,
    base: BASE,
    style,
  });
  const extras = () =>
    Object.fromEntries(portal.package('ski-trail')?.extras.map(({ key, value }) => [key, value]) ?? []);
  const table = () => [...portal.tables.values()][0];
  const rows = () => [...(table()?.rows.values() ?? [])];
  const refused = (key: string, reason: RegExp) => (error: unknown) => {
    const { key: found, parameters } = error as { key: string; parameters: Record<string, string> };
    assert.equal(found, key);
    assert.match(String(parameters.reason ?? parameters.name), reason);
    return true;
  };

  it('makes the dataset with its files, and what ckanext-dcat needs for the same dataset in DCAT-AP', async () => {
    await publication().update(about());
    const made = portal.package('ski-trail');
    assert.equal(made?.title, 'Skiløypa');
    assert.equal(made.url, `${BASE}ski-trail/`);
    assert.equal(made.author_email, 'data@fjellby.example.org');
    assert.deepEqual(made.tags, [{ name: 'Snøtemperatur' }, { name: 'Snøfuktighet' }]);
    assert.partialDeepStrictEqual(extras(), {
      identifier: `${BASE}ski-trail/#dataset`,
      uri: `${BASE}ski-trail/#dataset`,
      modified: '2018-03-18',
      temporal_start: '2018-03-01',
      theme: '["http://publications.europa.eu/resource/authority/data-theme/ENVI"]',
      access_rights: 'http://publications.europa.eu/resource/authority/access-right/PUBLIC',
      contact_email: 'data@fjellby.example.org',
    });
    const csv = portal.resourcesOf('ski-trail').find(({ distribution }) => distribution === 'csv');
    assert.partialDeepStrictEqual(csv, {
      url: `${BASE}ski-trail/data.csv`,
      uri: `${BASE}ski-trail/#csv`,
      format: 'CSV',
      mimetype: 'text/csv',
      license: 'http://publications.europa.eu/resource/authority/licence/NLOD_2_0',
    });
  });

  it('names the files by addresses that our own site answers', async () => {
    await publication().update(about());
    const files = portal.resourcesOf('ski-trail').filter(({ distribution }) => distribution !== 'table');
    assert.ok(files.length >= 3);
    for (const { url: address } of files) {
      const path = String(address).replace(BASE, '/');
      assert.equal((await trail.get(path)).status, 200, path);
    }
  });

  it('changes nothing when nothing is new, and only what is', async () => {
    await publication().update(about());
    portal.actions.length = 0;
    await publication().update(about());
    assert.deepEqual(
      portal.actions.filter((action) => /package_(create|patch)|resource_|datastore_create/.test(action)),
      [],
    );
    const ids = portal.resourcesOf('ski-trail').map(({ id }) => id);
    await publication().update(about({ titleNb: 'Skisporet' }));
    assert.equal(portal.package('ski-trail')?.title, 'Skisporet');
    assert.deepEqual(
      portal.resourcesOf('ski-trail').map(({ id }) => id),
      ids,
    );
    assert.equal(portal.packages.size, 1);
  });

  it('knows its files by their addresses where a portal keeps no other name of them', async () => {
    await publication({ table: false }).update(about());
    for (const file of portal.resources.values()) delete file.distribution;
    const ids = [...portal.resources.keys()];
    await publication({ table: false }).update(about({ titleNb: 'Skisporet' }));
    assert.deepEqual([...portal.resources.keys()], ids);
  });

  it('leaves what the portal added, and finds its dataset again when its own memory is lost', async () => {
    await publication().update(about());
    portal.package('ski-trail')?.extras.push({ key: 'harvested', value: 'by somebody' });
    state = new MemoryState();
    await publication({ table: false }).update(about({ titleNb: 'Skisporet' }));
    assert.equal(portal.package('ski-trail')?.title, 'Skisporet');
    assert.equal(extras().harvested, 'by somebody');
  });

  it("does not touch another's dataset of the same name", async () => {
    await publication().update(about());
    const theirs = portal.package('ski-trail');
    if (theirs) theirs.extras = [];
    state = new MemoryState();
    await assert.rejects(publication().update(about()), refused('opendata.ckan.taken', /ski-trail/));
  });

  it('says in plain words what the portal refuses', async () => {
    await assert.rejects(publication({}, 'wrong-key').update(about()), (error: unknown) => {
      refused('opendata.ckan.denied', /Access denied: \*\*\*/)(error);
      assert.doesNotMatch(String(error), /wrong-key/);
      return true;
    });
    await assert.rejects(
      publication({ organisation: 'elsewhere' }).update(about()),
      refused('opendata.ckan.field', /owner_org: Organization does not exist/),
    );
    portal.rules.required = ['data_steward'];
    await assert.rejects(
      publication().update(about()),
      refused('opendata.ckan.field', /data_steward: Missing value/),
    );
    portal.rules.outage = 503;
    await assert.rejects(publication().update(about()), { key: 'opendata.ckan.busy' });
    portal.rules.outage = 404;
    await assert.rejects(publication().update(about()), { key: 'opendata.ckan.address' });
  });

  it('takes the licence by the name that the portal has for it', async () => {
    portal.rules.licences = ['cc-by', 'nlod'];
    await publication().update(about());
    assert.equal(portal.package('ski-trail')?.license_id, 'nlod');
    portal.rules.licences = ['cc-by', 'cc-by-4.0'];
    await publication().update(about({ licence: 'CC-BY-4.0' }));
    assert.equal(portal.package('ski-trail')?.license_id, 'cc-by-4.0');
    await publication().update(about());
    assert.equal(portal.package('ski-trail')?.license_id, 'other-open');
  });

  it('fills in the fields of Open Data DK, and those of dataportal.se', async () => {
    portal.rules.required = ['author', 'author_email', 'title_translated'];
    await publication().update(about({ licence: 'CC0' }, 'open-data-dk'));
    assert.partialDeepStrictEqual(portal.package('ski-trail'), {
      title_translated: { da: 'Skiløypa', en: 'Ski trail' },
      update_frequency: 'Frequent',
      license_id: 'cc-zero',
    });
    await publication().update(about({ licence: 'CC0' }, 'dataportal-se'));
    const [file] = portal.resourcesOf('ski-trail');
    assert.equal(file?.license, 'http://creativecommons.org/publicdomain/zero/1.0/');
    assert.equal(extras().language, '["http://publications.europa.eu/resource/authority/language/SWE"]');
  });

  it('fills the fields of a portal that has a schema for DCAT-AP', async () => {
    portal.rules.schema = [
      'identifier',
      'theme',
      'frequency',
      'access_rights',
      'modified',
      'language',
      'issued',
    ];
    await publication().update(about());
    assert.partialDeepStrictEqual(portal.package('ski-trail'), {
      title: 'Skiløypa',
      identifier: `${BASE}ski-trail/#dataset`,
      theme: ['http://publications.europa.eu/resource/authority/data-theme/ENVI'],
      publisher: [{ name: 'Fjellby kommune', url: 'https://fjellby.example.org/' }],
      contact: [{ email: 'data@fjellby.example.org' }],
      temporal_coverage: [{ start: '2018-03-01' }],
    });
    portal.package('ski-trail')?.extras.push({ key: 'harvested', value: 'by somebody' });
    state = new MemoryState();
    await publication({ table: false }).update(about({ titleNb: 'Skisporet' }));
    assert.equal(portal.package('ski-trail')?.title, 'Skisporet');
    assert.deepEqual(extras(), { harvested: 'by somebody' });
  });

  it('fills a table with every public row, known by time and place', async () => {
    await publication().update(about());
    const csv = await textOf(await trail.get('/ski-trail/data.csv'));
    assert.equal(rows().length, csv.trim().split('\n').length - 1);
    const newest = rows().find(
      ({ time, place }) => place === 'Toppen' && String(time).startsWith('2018-03-18T10:08:36'),
    );
    assert.deepEqual(Object.keys(newest ?? {}).sort(), [
      'place',
      'snow_humidity',
      'snow_temperature',
      'time',
    ]);
    assert.deepEqual(
      table()?.fields.map(({ id, type }) => `${id} ${type}`),
      ['time timestamp', 'place text', 'snow_temperature float', 'snow_humidity float'],
    );
    assert.doesNotMatch(JSON.stringify(rows()), /battery|rssi|ski-a|70b3d5/);
  });

  it('writes what is new, and takes back what was withheld after all', async () => {
    await publication().update(about());
    const before = rows().length;
    const tags = { device: 'ski-b', site: 'Toppen' };
    // Moments have parts of a second too, which portals write in their own ways.
    const wrong = { measurement: 'ski_trail', tags, time: END + HOUR + 20 };
    await trail.real.write([{ ...wrong, fields: { snow_temperature: -3, snow_humidity: 5 } }]);
    await publication().update(about());
    assert.equal(rows().length, before + 1);
    await trail.real.write([
      { ...wrong, fields: { snow_temperature: -3, snow_temperature_qc: 4, snow_humidity: 5 } },
    ]);
    await publication().update(about());
    const partly = rows().find(({ time }) => String(time) === '2018-03-18T11:08:36.02');
    assert.deepEqual([partly?.snow_temperature, partly?.snow_humidity], [null, 5]);
    await trail.real.write([
      {
        ...wrong,
        fields: { snow_temperature: -3, snow_temperature_qc: 4, snow_humidity: 5, snow_humidity_qc: 4 },
      },
    ]);
    await publication().update(about());
    assert.equal(rows().length, before);
  });

  it('takes away the rows of a place that is no longer public', async () => {
    await publication().update(about());
    trail.devices.pop();
    await publication().update(about());
    assert.deepEqual([...new Set(rows().map(({ place }) => place))], ['Start']);
  });

  it('makes the table anew when other quantities are published', async () => {
    await publication().update(about());
    const before = rows().length;
    const [id] = portal.tables.keys();
    await publication().update(about({ quantities: ['snow_temperature'] }));
    assert.ok(rows().length > 0 && rows().length <= before);
    assert.ok(rows().every((row) => !('snow_humidity' in row)));
    assert.deepEqual([...portal.tables.keys()], [id]);
  });

  it('goes on with a first filling that was interrupted', async () => {
    const ask = Portal.prototype.ask;
    let upserts = 0;
    const portalThatFails = new Portal({ url, token: 'token' });
    portalThatFails.ask = function <T>(action: string, data: object): Promise<T> {
      if (action === 'datastore_upsert' && ++upserts === 2) return Promise.reject(new Error('power cut'));
      return ask.call(this, action, data) as Promise<T>;
    };
    const settings = { organisation: 'fjellby', packageName: 'ski-trail', table: true };
    const failing = new PortalPublication({ portal: portalThatFails, settings, state, key: 'ckan/test' });
    await failing.update(about()).catch(() => undefined);
    state.restart();
    await publication().update(about());
    const csv = await textOf(await trail.get('/ski-trail/data.csv'));
    assert.equal(rows().length, csv.trim().split('\n').length - 1);
  });

  it('does without tables where the portal keeps none', async () => {
    portal.rules.tables = false;
    assert.deepEqual(await publication().update(about()), { noTables: true });
    assert.ok(portal.package('ski-trail'));
  });

  it('withdraws the dataset with its table, and can publish it again', async () => {
    await publication().update(about());
    assert.equal(await publication().withdraw(), true);
    assert.equal(portal.package('ski-trail')?.state, 'deleted');
    assert.equal(portal.tables.size, 0);
    assert.equal(await publication().withdraw(), false);
    await publication().update(about());
    assert.equal(portal.package('ski-trail')?.state, 'active');
    assert.ok(rows().length > 0);
  });
});

describe('settings of a CKAN portal', () => {
  const form = { dataset: 'ski-trail', url: 'https://portal.example', organisation: 'fjellby' };

  it('name what has to be corrected', () => {
    assert.throws(() => ckanSettings(form, {}), { key: 'opendata.ckan.token' });
    const credentials = { token: 'x' };
    assert.throws(() => ckanSettings({ ...form, url: 'portal' }, credentials), { key: 'opendata.ckan.url' });
    assert.throws(() => ckanSettings({ ...form, packageName: 'Ski Trail' }, credentials), {
      key: 'opendata.ckan.name',
    });
    assert.throws(() => ckanSettings({ ...form, organisation: ' ' }, credentials), {
      key: 'opendata.ckan.organisation',
    });
    assert.throws(() => ckanSettings({ ...form, hours: '0' }, credentials), { key: 'opendata.ckan.hours' });
    assert.equal(ckanSettings(form, credentials).packageName, 'ski-trail');
  });
});
