import assert from 'node:assert/strict';
import { Point as ClientPoint } from '@influxdata/influxdb-client';
import { lineOf } from '../../../nodes/timeseries/line-protocol.ts';

const TIME = Date.UTC(2026, 0, 15, 12);
const NAMES = ['plain', 'a b', 'a,b', 'a=b', 'a"b', 'a\\b', 'blåbær'];
const MILLISECONDS = { convertTime: String };

describe('line protocol', () => {
  it('escapes names, tags and texts exactly as the client does', () => {
    for (const name of NAMES) {
      for (const text of NAMES) {
        const point = { measurement: name, tags: { [name]: text }, fields: { [name]: text }, time: TIME };
        const client = new ClientPoint(name).tag(name, text).stringField(name, text).timestamp(TIME);
        assert.equal(lineOf(point), client.toLineProtocol(MILLISECONDS));
      }
    }
  });

  it('writes whole and broken numbers as floats, flags as integers, and booleans', () => {
    const fields = { air_temperature: -0.5, air_temperature_qc: 1, co2_concentration: 600, motion: true };
    const line = lineOf({ measurement: 'city', tags: { device: 'a' }, fields, time: TIME });
    const values = 'air_temperature=-0.5,air_temperature_qc=1i,co2_concentration=600,motion=T';
    assert.equal(line, `city,device=a ${values} ${TIME}`);
  });

  it('leaves out an empty tag, and says why a point cannot be written', () => {
    const point = {
      measurement: 'city',
      tags: { device: 'a', site: '' },
      fields: { motion: false },
      time: TIME,
    };
    assert.equal(lineOf(point), `city,device=a motion=F ${TIME}`);
    assert.throws(() => lineOf({ ...point, fields: {} }), /no fields/);
    assert.throws(() => lineOf({ ...point, fields: { noise: Number.NaN } }), /noise/);
    assert.throws(() => lineOf({ ...point, time: 0.5 }), /milliseconds/);
  });
});
