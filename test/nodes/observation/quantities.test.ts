import assert from 'node:assert/strict';
import { AREAS } from '../../../nodes/observation/areas.ts';
import { formatQuantity, quantityLabel, unitSymbol } from '../../../nodes/observation/labels.ts';
import { LANGUAGES, translate } from '../../../nodes/observation/messages.ts';
import { isQuantity, QUANTITIES } from '../../../nodes/observation/quantities.ts';
import { convert } from '../../../nodes/observation/units.ts';

const entries = Object.entries(QUANTITIES);

describe('quantity vocabulary', () => {
  it('has at least sixty quantities with snake_case ids', () => {
    assert.ok(entries.length >= 60, `${entries.length} quantities`);
    assert.deepEqual(
      entries.map(([id]) => id).filter((id) => !/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/.test(id)),
      [],
    );
  });

  it('gives every quantity a unit that can be converted', () => {
    for (const [id, { unit }] of entries) assert.equal(convert(1.5, unit, unit), 1.5, id);
  });

  it('gives every number a range, and only numbers', () => {
    for (const [id, { valueType, range }] of entries) {
      assert.equal(range !== undefined, valueType === 'number', id);
      if (range) assert.ok(range[0] < range[1], id);
    }
  });

  it('labels every quantity in six languages, no two alike in one language', () => {
    for (const language of ['en', 'nb', 'nn', 'sv', 'da', 'fi'] as const) {
      const labels = entries.map(([, quantity]) => quantity.labels[language]);
      assert.ok(labels.every((label) => label.trim() !== ''));
      const repeated = labels.filter((label, index) => labels.indexOf(label) !== index);
      assert.deepEqual(repeated, [], language);
    }
  });

  it('keeps only what tells about the device out of the areas', () => {
    const health = entries.filter(([, { health }]) => health).map(([id]) => id);
    assert.deepEqual(health.sort(), ['battery_level', 'battery_voltage', 'internal_temperature']);
  });

  it('knows its own ids and nothing inherited', () => {
    assert.ok(isQuantity('snow_temperature'));
    assert.ok(!isQuantity('toString'));
  });

  it('has a label for every area in every language', () => {
    for (const language of LANGUAGES) {
      for (const area of [...AREAS, 'unassigned']) assert.ok(translate(language, `observation.area.${area}`));
    }
  });
});

describe('labels', () => {
  it('writes units as people do', () => {
    const symbols: [string, string][] = [
      ['Cel', '°C'],
      ['ug/m3', 'µg/m³'],
      ['kW.h', 'kWh'],
      ['m3/h', 'm³/h'],
      ['[ppm]', 'ppm'],
      ['uS/cm', 'µS/cm'],
      ['{NTU}', 'NTU'],
      ['[g]', 'g'],
      ['1', ''],
      ['%', '%'],
    ];
    for (const [ucum, symbol] of symbols) assert.equal(unitSymbol(ucum), symbol);
  });

  it('formats a value in the language of the reader', () => {
    assert.equal(formatQuantity(21.44, 'air_temperature', 'en-US'), '21.44 °C');
    assert.equal(formatQuantity(-3.5, 'snow_temperature', 'nb'), '−3,5 °C');
    assert.equal(formatQuantity(7.1, 'ph', 'en-US'), '7.1');
    assert.equal(quantityLabel('fill_level', 'nb'), 'Fyllingsgrad');
  });
});
