import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ConfigurationError } from '../../../nodes/observation/errors.ts';
import { convert } from '../../../nodes/observation/units.ts';

/** [value, from, expected, to]; expected values from the definitions of the units. */
const KNOWN: [number, string, number, string][] = [
  [3014, 'mV', 3.014, 'V'],
  [2116, 'mm', 2.116, 'm'],
  [12, '[in_i]', 30.48, 'cm'],
  [1, '[ft_i]', 0.3048, 'm'],
  [0, 'Cel', 32, '[degF]'],
  [-40, '[degF]', -40, 'Cel'],
  [20.1, 'Cel', 293.25, 'K'],
  [234, 'dCel', 23.4, 'Cel'],
  [0.47, '1', 47, '%'],
  [412, '[ppm]', 0.0412, '%'],
  [1013.25, 'hPa', 1.01325, 'bar'],
  [1, 'atm', 101.325, 'kPa'],
  [100, '[psi]', 6.894757293168, 'bar'],
  [1, 'm[H2O]', 98.0665, 'mbar'],
  [2, 'L/s', 7.2, 'm3/h'],
  [60, 'L/min', 3.6, 'm3/h'],
  [90, 'km/h', 25, 'm/s'],
  [1, '[kn_i]', 1.852, 'km/h'],
  [1, 'kW.h', 3.6, 'MJ'],
  [1500, 'W.h', 1.5, 'kW.h'],
  [0.035, 'mg/m3', 35, 'ug/m3'],
  [1, '[g]', 9.80665, 'm/s2'],
  [1, 'S/m', 10_000, 'uS/cm'],
  [180, 'deg', Math.PI, 'rad'],
  [36, 'h', 1.5, 'd'],
  [500, 'g', 0.5, 'kg'],
  [1, 'm.m', 1, 'm2'],
];

describe('unit conversion', () => {
  for (const [value, from, expected, to] of KNOWN) {
    it(`${value} ${from} is ${expected} ${to}`, () => {
      const result = convert(value, from, to);
      assert.ok(Math.abs(result - expected) <= Math.abs(expected) * 1e-11, String(result));
    });
  }

  it('leaves no dust of binary arithmetic', () => {
    assert.equal(convert(3014, 'mV', 'V'), 3.014);
    assert.equal(convert(273.25, 'K', 'Cel'), 0.1);
    assert.equal(convert(273.1501, 'K', 'Cel'), 0.0001);
    assert.equal(convert(0.1 + 0.2, 'm', 'mm'), 300);
  });

  it('reads an atom before a prefix', () => {
    assert.equal(convert(1, 'min', 's'), 60);
    assert.equal(convert(1, 'd', 'h'), 24);
    assert.equal(convert(1, 'hPa', 'Pa'), 100);
  });

  const refused = (key: string, ...units: [string, string]): void => {
    assert.throws(
      () => convert(1, ...units),
      (error: unknown) => error instanceof ConfigurationError && error.key === key,
    );
  };

  it('refuses units that do not exist', () => {
    for (const unit of ['', 'C°', 'foo', 'kmin', 'm//s', 'constructor', 'm.']) {
      refused('observation.error.unknownUnit', unit, 'm');
    }
  });

  it('refuses units that measure different things', () => {
    refused('observation.error.incompatibleUnits', 'm', 's');
    refused('observation.error.incompatibleUnits', 'dB[SPL]', '1');
    refused('observation.error.incompatibleUnits', '{NTU}', '[pH]');
    refused('observation.error.incompatibleUnits', 'm3', 'm3/h');
  });

  it('comes back to where it started, for any pair of units that fit', () => {
    const groups = [
      ['Cel', 'K', '[degF]', 'mCel'],
      ['m', 'mm', 'km', '[ft_i]', '[in_i]'],
      ['Pa', 'hPa', 'kPa', 'bar', 'mbar', '[psi]', 'm[H2O]'],
      ['m3/h', 'L/s', 'L/min'],
      ['J', 'W.h', 'kW.h'],
    ];
    const pair = fc
      .constantFrom(...groups)
      .chain((units) => fc.tuple(fc.constantFrom(...units), fc.constantFrom(...units)));
    const value = fc.double({ min: -1e5, max: 1e5, noNaN: true });
    fc.assert(
      fc.property(value, pair, (start, [one, other]) => {
        const back = convert(convert(start, one, other), other, one);
        // Temperature scales are far apart, so the absolute error counts there.
        assert.ok(Math.abs(back - start) <= 1e-9 * Math.max(1e3, Math.abs(start)) + 1e-6, `${back}`);
      }),
    );
  });
});
