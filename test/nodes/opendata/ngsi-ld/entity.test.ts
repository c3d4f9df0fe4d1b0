import assert from 'node:assert/strict';
import { QUANTITIES, type QuantityId } from '../../../../nodes/observation/quantities.ts';
import { datasetFromConfig } from '../../../../nodes/opendata/dataset-form.ts';
import { entitiesOf } from '../../../../nodes/opendata/ngsi-ld/entity.ts';
import { attributeNames, attributeOf, modelOf } from '../../../../nodes/opendata/ngsi-ld/models.ts';
import { unitCodeOf } from '../../../../nodes/opendata/ngsi-ld/unit-codes.ts';

const TIME = Date.UTC(2026, 0, 6, 8);
const EARLIER = TIME - 600_000;
const PUBLISHER = { name: 'Fjellby kommune', language: 'nb', country: 'NO' } as const;
const AIR = {
  slug: 'air',
  titleNb: 'Luft',
  descriptionNb: 'Luften i byen.',
  licence: 'NLOD-2.0',
  theme: 'ENVI',
  updateMinutes: 20,
  area: 'air_quality',
  quantities: ['air_temperature', 'relative_humidity', 'pm2p5', 'wind_direction', 'water_temperature'],
};

describe('NGSI-LD entities', () => {
  const dataset = datasetFromConfig(AIR);
  const place = { id: 'torget', name: 'Torget', location: { lat: 59.13, lon: 10.22 } };
  const values = {
    air_temperature: { value: -3.2, time: TIME },
    relative_humidity: { value: 81, time: EARLIER },
    wind_direction: { value: 270, time: TIME },
  };
  const latest = [{ place: 'Torget', time: TIME, values }];
  const source = { dataset, publisher: PUBLISHER, places: [place], page: 'https://x.example/opendata/air/' };

  it('are of the Smart Data Model, with units and the time of each value', () => {
    const [entity] = entitiesOf(latest, source);
    assert.equal(entity?.id, 'urn:ngsi-ld:AirQualityObserved:air:torget');
    assert.equal(entity.type, 'AirQualityObserved');
    const observedAt = '2026-01-06T08:00:00.000Z';
    assert.deepEqual(entity.temperature, { type: 'Property', value: -3.2, unitCode: 'CEL', observedAt });
    assert.deepEqual(entity.dateObserved, {
      type: 'Property',
      value: { '@type': 'DateTime', '@value': observedAt },
    });
    assert.deepEqual(entity.location, {
      type: 'GeoProperty',
      value: { type: 'Point', coordinates: [10.22, 59.13] },
    });
    assert.deepEqual(entity['@context'], [
      'https://raw.githubusercontent.com/smart-data-models/dataModel.Environment/master/context.jsonld',
      'https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.6.jsonld',
    ]);
  });

  it('have shares from 0 to 1 and wind from -180 to 180 degrees, as the models ask', () => {
    const [entity] = entitiesOf(latest, source);
    const observedAt = '2026-01-06T07:50:00.000Z';
    assert.deepEqual(entity?.relativeHumidity, {
      type: 'Property',
      value: 0.81,
      unitCode: 'C62',
      observedAt,
    });
    assert.partialDeepStrictEqual(entity?.windDirection, { value: -90, unitCode: 'DD' });
  });

  it('have no position that the gate did not give, and nothing that was not measured', () => {
    const [entity] = entitiesOf(latest, { ...source, places: [{ id: 'torget', name: 'Torget' }] });
    assert.ok(entity && !('location' in entity) && !('pm25' in entity));
    assert.deepEqual(entitiesOf([{ place: 'Torget', time: undefined, values: {} }], source), []);
  });

  it('are none for a place that the gate does not name', () => {
    assert.deepEqual(entitiesOf(latest, { ...source, places: [] }), []);
  });

  it('call two quantities of one name differently', () => {
    const names = attributeNames(dataset.quantities, 'AirQualityObserved');
    assert.equal(names.get('air_temperature'), 'temperature');
    assert.equal(names.get('water_temperature'), 'waterTemperature');
  });

  it('say states in the words of the model', () => {
    const { type } = modelOf('parking');
    const name = attributeNames(['parking_occupied'], type).get('parking_occupied') ?? '';
    assert.deepEqual(attributeOf('parking_occupied', name, true), { name: 'status', value: 'occupied' });
    assert.deepEqual(attributeOf('parking_occupied', name, false), { name: 'status', value: 'free' });
  });

  it('have a unit code for every unit of the vocabulary that UN/ECE has one for', () => {
    const ids = Object.keys(QUANTITIES) as QuantityId[];
    const without = ids.filter((id) => !QUANTITIES[id].health && !unitCodeOf(QUANTITIES[id].unit));
    assert.deepEqual(
      without.map((id) => QUANTITIES[id].unit),
      ['{NTU}'],
    );
  });
});
