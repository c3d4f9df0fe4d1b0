/** Conformance class A.1 of OGC 18-088, sensing core: each test names the requirement that it is about. */
import assert from 'node:assert/strict';
import { datasetFromConfig } from '../../../../nodes/opendata/dataset-form.ts';
import { MODEL, SETS, type SetName } from '../../../../nodes/opendata/sensorthings/model.ts';
import { PUBLISHER } from '../ski-trail.ts';
import { MANDATORY } from './mandatory.ts';
import { BEGIN, idsOf, inside, type Json, openTown, ROOT, type Town, WASTE } from './town.ts';

describe('SensorThings: sensing core', () => {
  let town: Town;
  before(async () => {
    town = await openTown();
  });
  after(() => town.close());

  async function first(set: SetName): Promise<Json> {
    const [entity] = await town.list(`/${set}`);
    assert.ok(entity, `no ${set}`);
    return entity;
  }

  it('req/resource-path: the service root lists all sets and what the service can do', async () => {
    for (const address of ['', '/']) {
      const { status, json } = await town.ask(address);
      assert.equal(status, 200);
      assert.deepEqual(
        json.value,
        SETS.map((name) => ({ name, url: `${ROOT}/${name}` })),
      );
      const { conformance } = json.serverSettings as { conformance: string[] };
      for (const name of [
        'datamodel',
        'resource-path/resource-path-to-entities',
        'request-data',
        'data-array/data-array',
      ])
        assert.ok(conformance.includes(`http://www.opengis.net/spec/iot_sensing/1.1/req/${name}`), name);
    }
  });

  for (const set of SETS) {
    it(`req/datamodel: ${set} have control information, mandatory properties and relations`, async () => {
      const entities = await town.list(`/${set}`);
      assert.ok(entities.length > 0);
      for (const entity of entities) {
        const id = entity['@iot.id'];
        assert.ok(Number.isSafeInteger(id));
        assert.equal(entity['@iot.selfLink'], `${ROOT}/${set}(${id})`);
        for (const name of MANDATORY[set]) assert.ok(entity[name] !== undefined, `${set} lack ${name}`);
        for (const name of Object.keys(MODEL[set].navigation))
          assert.equal(entity[`${name}@iot.navigationLink`], `${ROOT}/${set}(${id})/${name}`);
      }
      assert.equal(new Set(idsOf(entities)).size, entities.length);
    });

    it(`req/resource-path: one of ${set} by its id is the same entity`, async () => {
      const entity = await first(set);
      const { status, json } = await town.ask(String(entity['@iot.selfLink']));
      assert.equal(status, 200);
      assert.deepEqual(json, entity);
    });

    it(`req/resource-path: no such one of ${set} is 404`, async () => {
      for (const id of ['9223372036854775807', '1', "'no-such-id'"])
        assert.equal((await town.ask(`/${set}(${id})`)).status, 404, id);
      assert.equal((await town.ask(`/${set}(x)`)).status, 400);
    });

    it(`req/resource-path: properties of ${set} and their values`, async () => {
      const entity = await first(set);
      const self = entity['@iot.selfLink'];
      for (const name of MANDATORY[set]) {
        const property = await town.ask(`${self}/${name}`);
        assert.equal(property.status, 200, name);
        assert.deepEqual(property.json, { [name]: entity[name] });
        const value = await town.ask(`${self}/${name}/$value`);
        assert.equal(value.status, 200);
        const isObject = typeof entity[name] === 'object';
        assert.equal(value.text, isObject ? JSON.stringify(entity[name]) : String(entity[name]));
      }
    });

    it(`req/resource-path: every way from ${set} over four addresses leads somewhere, and as references`, async () => {
      await walk([set], `/${set}`, set, true);
    });
  }

  /** Follows all relations four addresses deep, as the OGC test suite does. */
  async function walk(names: string[], address: string, set: SetName, many: boolean): Promise<void> {
    const { status, json } = await town.ask(address);
    assert.equal(status, 200, address);
    const entities = many ? (json.value as Json[]) : [json];
    assert.ok(entities.length > 0, `${address} is empty`);
    const references = await town.ask(`${address}/$ref`);
    assert.equal(references.status, 200);
    assert.deepEqual(
      many ? references.json.value : [references.json],
      entities.map((entity) => ({ '@iot.selfLink': entity['@iot.selfLink'] })),
    );
    if (names.length === 4) return;
    const place = many ? `${address}(${entities[0]?.['@iot.id']})` : address;
    for (const [name, navigation] of Object.entries(MODEL[set].navigation))
      await walk([...names, name], `${place}/${name}`, navigation.set, navigation.many);
  }

  it('req/datamodel/entity-control-information: every self link and navigation link can be followed', async () => {
    for (const set of SETS) {
      const entity = await first(set);
      for (const [name, link] of Object.entries(entity)) {
        if (name.endsWith('Link')) assert.equal((await town.ask(String(link))).status, 200, `${set} ${name}`);
      }
    }
  });

  it('req/resource-path: what is known of no entity is no content, what no entity has does not exist', async () => {
    const self = (await first('Observations'))['@iot.selfLink'];
    for (const name of ['validTime', 'parameters', 'validTime/$value'])
      assert.equal((await town.ask(`${self}/${name}`)).status, 204, name);
    for (const name of ['bogus', 'bogus/$value', 'Things', 'result/$ref'])
      assert.ok([400, 404].includes((await town.ask(`${self}/${name}`)).status), name);
  });

  it('req/resource-path: parts of a property', async () => {
    const self = (await first('Datastreams'))['@iot.selfLink'];
    const { json } = await town.ask(`${self}/unitOfMeasurement/symbol`);
    assert.deepEqual(Object.keys(json), ['symbol']);
    assert.equal((await town.ask(`${self}/unitOfMeasurement/bogus`)).status, 204);
  });

  it('an Observation is found below its own Datastream only', async () => {
    const [one, other] = await town.list('/Datastreams');
    const [observation] = await town.list(`/Datastreams(${one?.['@iot.id']})/Observations`);
    const id = observation?.['@iot.id'];
    assert.equal((await town.ask(`/Datastreams(${one?.['@iot.id']})/Observations(${id})`)).status, 200);
    assert.equal((await town.ask(`/Datastreams(${other?.['@iot.id']})/Observations(${id})`)).status, 404);
    assert.equal(
      (await town.ask(`/Things(${one?.['@iot.id']})/Datastreams(${other?.['@iot.id']})`)).status,
      404,
    );
  });

  it('is only to be read', async () => {
    for (const method of ['POST', 'PATCH', 'PUT', 'DELETE'])
      assert.equal((await town.ask('/Things', method)).status, 405, method);
  });

  it('says what was measured in which unit, of what and where', async () => {
    const [datastream] = await town.list(
      "/Datastreams?$filter=ObservedProperty/properties/quantity eq 'snow_temperature'&$expand=ObservedProperty,Thing/Locations&$orderby=name",
    );
    assert.equal(datastream?.name, 'Snøtemperatur, Start');
    assert.deepEqual(datastream?.unitOfMeasurement, {
      name: 'Cel',
      symbol: '°C',
      definition: 'https://w3id.org/uom/Cel',
    });
    assert.equal(datastream?.phenomenonTime, '2018-03-18T07:57:27.000Z/2018-03-18T09:17:26.000Z');
    assert.deepEqual(datastream?.observedArea, { type: 'Point', coordinates: [20.95, 64.75] });
    const [location] = inside(datastream, 'Thing').Locations as Json[];
    assert.deepEqual(location?.location, { type: 'Point', coordinates: [20.95, 64.75] });
    assert.equal(location?.encodingType, 'application/geo+json');
    const [fill] = await town.list("/ObservedProperties?$filter=properties/quantity eq 'snow_temperature'");
    assert.equal(fill?.definition, 'http://vocab.nerc.ac.uk/standard_name/temperature_in_surface_snow/');
  });

  it('what has no unit has one of nulls, what has no published position a feature without coordinates', async () => {
    const [tilt] = await town.list(
      "/Datastreams?$filter=ObservedProperty/properties/quantity eq 'tilt' and Thing/name eq 'Ole''s plass'&$expand=Observations/FeatureOfInterest,Thing/Locations",
    );
    assert.deepEqual(tilt?.unitOfMeasurement, { name: null, symbol: null, definition: null });
    assert.equal(
      tilt?.observationType,
      'http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_TruthObservation',
    );
    const [location] = inside(tilt, 'Thing').Locations as Json[];
    const [observation] = inside(tilt).Observations as Json[];
    const unlocated = { type: 'Feature', geometry: null, properties: { name: "Ole's plass" } };
    assert.deepEqual(location?.location, unlocated);
    assert.deepEqual(inside(observation, 'FeatureOfInterest').feature, unlocated);
    assert.equal(inside(tilt).observedArea, undefined);
  });

  it('no position comes out of a dataset that publishes none, or more exactly than it does', async () => {
    const own = await openTown();
    own.trail.site.publish({
      dataset: datasetFromConfig({ ...WASTE, slug: 'near', location: 'rounded' }),
      publisher: PUBLISHER,
      sources: own.trail.sources,
    });
    own.trail.site.publish({
      dataset: datasetFromConfig({ ...WASTE, slug: 'nowhere', location: 'none' }),
      publisher: PUBLISHER,
      sources: own.trail.sources,
    });
    const of = async (dataset: string) =>
      (await own.ask(`/Locations?$orderby=name&$filter=properties/dataset eq '${dataset}'`)).text;
    assert.match(await of('near'), /\[15.21,59.27\]/);
    assert.doesNotMatch(await of('nowhere'), /coordinates/);
    await own.close();
  });

  it('a sensor is named by brand and type of models that everybody knows, by nothing else', async () => {
    const sensors = await town.list("/Sensors?$filter=properties/dataset eq 'waste'&$orderby=name");
    assert.deepEqual(
      sensors.map(({ name }) => name),
      ['Dragino LDDS75', 'Sensor'],
    );
    assert.equal(sensors[0]?.metadata, 'https://data.example.org/opendata/waste/');
  });

  it('no identifier, model file, battery or radio value comes out', async () => {
    for (const set of SETS) {
      const { text } = await town.ask(`/${set}?$top=1000`);
      for (const secret of ['70b3d5', 'ski-a', 'waste-1', 'secret-model', 'rssi', 'battery', 'Container 1'])
        assert.ok(!text.includes(secret), `${secret} in ${set}`);
    }
  });

  it('what is no longer published is gone at once, with all that was measured there', async () => {
    const own = await openTown();
    const names = async () => (await own.list('/Things?$orderby=name')).map(({ name }) => name);
    const [observation] = await own.list("/Observations?$top=1&$filter=Datastream/Thing/name eq 'Torget'");
    const link = String(observation?.['@iot.selfLink']);
    assert.equal((await own.ask(link)).status, 200);
    const container = own.trail.devices.findIndex(({ site }) => site === 'Torget');
    own.trail.devices.splice(container, 1);
    assert.deepEqual(await names(), ["Ole's plass", 'Start', 'Storgata 1', 'Toppen']);
    assert.equal((await own.ask(link)).status, 404);
    own.trail.devices.splice(0, own.trail.devices.length);
    for (const set of SETS) assert.deepEqual(await own.list(`/${set}`), []);
    await own.close();
  });

  it('a series begins with its first good value, also where it came long after the others of its place', async () => {
    const own = await openTown();
    const device = { device: 'waste-1', site: 'Storgata 1' };
    const bad = Array.from({ length: 2500 }, (_, at) => ({
      measurement: 'waste',
      tags: device,
      fields: { fill_level: 200, fill_level_qc: 4 },
      time: BEGIN - 1_000_000 - at * 1000,
    }));
    await own.trail.real.write(bad);
    const [datastream] = await own.list("/Datastreams?$filter=name eq 'Fyllingsgrad, Storgata 1'");
    assert.match(String(datastream?.phenomenonTime), /^2026-01-01T00:00:00.000Z\//);
    await own.close();
  });
});
