import assert from 'node:assert/strict';
import { QUANTITIES } from '../../../nodes/observation/quantities.ts';
import { datasetFromConfig } from '../../../nodes/opendata/dataset-form.ts';
import { formChoices } from '../../../nodes/opendata/form-choices.ts';
import { inLanguage } from '../../../nodes/opendata/localized.ts';
import { publicDevices, rowGate } from '../../../nodes/opendata/privacy.ts';
import { CONFIG, START, SUMMIT } from './ski-trail.ts';

const dataset = datasetFromConfig(CONFIG);
const row = (values: Record<string, number>) => ({
  time: 0,
  tags: { device: 'ski-a', site: 'Start' },
  values,
});

describe('privacy gate', () => {
  it('names places by their site, and by the name of the device if there is none', () => {
    const { site: _site, ...nameless } = SUMMIT;
    const { places } = publicDevices(dataset, [START, nameless]);
    assert.deepEqual([...places.values()], ['Start', 'Ski trail B']);
  });

  it('withholds a device whose only name holds its DevEUI, however it is written', () => {
    for (const name of ['LHT65N 70B3D5499A2B0001', 'sensor 70:b3:d5:49:9a:2b:00:01']) {
      const { site: _site, ...stranger } = { ...START, name };
      assert.deepEqual(publicDevices(dataset, [stranger, SUMMIT]).withheld, [{ name, reason: 'unnamed' }]);
    }
  });

  it('uses the name when the site holds the DevEUI', () => {
    const { places } = publicDevices(dataset, [{ ...START, site: '70B3D5499A2B0001' }]);
    assert.deepEqual([...places.values()], ['Ski trail A']);
  });

  it('shows sandbox devices only while the area has no real one', () => {
    const sandbox = { ...SUMMIT, sandbox: true as const };
    const elsewhere = { ...START, area: 'waste' as const };
    assert.deepEqual([...publicDevices(dataset, [START, sandbox]).places.keys()], ['ski-a']);
    const alone = publicDevices(dataset, [elsewhere, sandbox]);
    assert.deepEqual([[...alone.places.keys()], alone.sandbox], [['ski-b'], true]);
  });

  it('keeps to the devices that were chosen', () => {
    const one = datasetFromConfig({ ...CONFIG, deviceIds: ['ski-b'] });
    assert.deepEqual([...publicDevices(one, [START, SUMMIT]).places.keys()], ['ski-b']);
  });

  it('lets only listed quantities through, and none that failed a check', () => {
    const places = new Map([['ski-a', 'Start']]);
    const values = {
      snow_temperature: 80,
      snow_temperature_qc: 4,
      snow_humidity: 13,
      battery_voltage: 3.4,
      rssi: -108,
    };
    assert.deepEqual(rowGate(dataset, places)(row(values))?.values, { snow_humidity: 13 });
    assert.equal(rowGate(dataset, places)(row({ battery_voltage: 3.4 })), undefined);
    assert.equal(rowGate(dataset, new Map())(row(values)), undefined);
  });

  it('publishes suspect values', () => {
    const places = new Map([['ski-a', 'Start']]);
    const suspect = row({ snow_temperature: 9, snow_temperature_qc: 3 });
    assert.deepEqual(rowGate(dataset, places)(suspect)?.values, { snow_temperature: 9 });
  });
});

describe('open-data form', () => {
  it('refuses quantities about the device and does not offer them', () => {
    const config = { ...CONFIG, quantities: ['snow_temperature', 'battery_voltage'] };
    assert.throws(() => datasetFromConfig(config), { key: 'opendata.config.private' });
    const offered = formChoices().quantities.map(({ id }) => id);
    assert.equal(offered.includes('battery_voltage'), false);
    // What a release makes of others is chosen by choosing those.
    const made = offered.filter((id) => id === 'occupied_share' || id === 'motion_share');
    assert.deepEqual(made, []);
    assert.equal(offered.length, Object.values(QUANTITIES).filter(({ health }) => !health).length - 2);
  });

  const wrong: [field: string, config: object][] = [
    ['slug', { slug: 'Ski trail' }],
    ['slug', { slug: 'catalog' }],
    ['title', { titleNb: ' ', titleEn: '' }],
    ['area', { area: 'moon' }],
    ['quantities', { quantities: [] }],
    ['licence', { licence: 'MIT' }],
    ['theme', { theme: '' }],
    ['updateMinutes', { updateMinutes: '-1' }],
    ['spatialIri', { spatialIri: 'javascript:alert(1)' }],
  ];
  for (const [field, config] of wrong) {
    it(`names the field to correct: ${field} ${JSON.stringify(config)}`, () => {
      assert.throws(() => datasetFromConfig({ ...CONFIG, ...config }), { key: `opendata.config.${field}` });
    });
  }

  it('lets a text stand for those in languages that it was not written in', () => {
    const { title } = datasetFromConfig({ ...CONFIG, titleEn: '', titleSv: ' Skidspåret ' });
    assert.deepEqual(title, { nb: 'Skiløypa', sv: 'Skidspåret' });
    const read = (['en', 'en-US', 'fi', 'nn', 'sv'] as const).map((language) => inLanguage(title, language));
    assert.deepEqual(read, ['Skiløypa', 'Skiløypa', 'Skidspåret', 'Skiløypa', 'Skidspåret']);
  });
});
