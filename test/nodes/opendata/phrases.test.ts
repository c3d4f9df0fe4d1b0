import assert from 'node:assert/strict';
import { AREAS } from '../../../nodes/observation/areas.ts';
import { PUBLIC_LANGUAGES } from '../../../nodes/observation/messages.ts';
import { isQuantity, QUANTITIES, type QuantityId } from '../../../nodes/observation/quantities.ts';
import { builtInPhrases } from '../../../nodes/opendata/built-in-phrases.ts';
import { phraseFor, phrasesFromConfig } from '../../../nodes/opendata/phrases.ts';

const SKI = ['snow_temperature', 'snow_humidity'] as const;
const ALL = Object.keys(QUANTITIES) as QuantityId[];

describe('phrases of values', () => {
  const built = (values: object, language: 'nb' | 'fi' | 'en' = 'en') =>
    phraseFor(builtInPhrases('ski_trail', SKI), values, language);

  it('say the built-in one that fits, in the language of the page', () => {
    assert.equal(built({ snow_temperature: -4 }), 'Snow -4.0 °C, dry: blue grip wax');
    assert.equal(built({ snow_temperature: -4 }, 'nb'), 'Snø −4,0 °C, tørr: blå festevoks');
    assert.equal(built({ snow_temperature: -4 }, 'fi'), 'Lumi −4,0 °C, kuiva: sininen pitovoide');
    assert.equal(built({}), undefined);
  });

  it('have an exact end: what is from a limit on is no longer below it', () => {
    assert.match(built({ snow_temperature: -8 }) ?? '', /blue/);
    assert.match(built({ snow_temperature: -8.01 }) ?? '', /green/);
    assert.match(built({ snow_temperature: 0 }) ?? '', /klister/);
  });

  it('cover every value of the quantities that they are about, in all languages, without a gap in the text', () => {
    const rules = AREAS.flatMap((area) => builtInPhrases(area, ALL));
    const texts = rules.flatMap(({ text }) => PUBLIC_LANGUAGES.map((language) => text[language]));
    assert.ok(rules.length > 30 && texts.every(Boolean));
    const spoken = texts.flatMap((text = '') => [...text.matchAll(/\{(\w*)\}/g)].map(([, id = '']) => id));
    assert.deepEqual(
      spoken.filter((id) => !isQuantity(id)),
      [],
    );
    for (let value = -40; value < 30; value += 0.5)
      assert.ok(built({ snow_temperature: value }), String(value));
  });

  it('speak of nothing that is not published', () => {
    assert.deepEqual(builtInPhrases('ski_trail', ['snow_humidity']), []);
    assert.throws(
      () => phrasesFromConfig([{ quantity: 'air_temperature', below: '0', nb: 'Kaldt' }], SKI),
      /opendata\.config\.phrase/,
    );
    assert.throws(
      () => phrasesFromConfig([{ quantity: 'snow_temperature', nb: '{battery_voltage}' }], SKI),
      /opendata\.config\.phrase/,
    );
  });

  it('come from the rows of the form: two conditions, a comma as people type it, the first that fits', () => {
    const rules = phrasesFromConfig(
      [
        {
          quantity: 'snow_temperature',
          from: '-7,5',
          below: '-1',
          quantity2: 'snow_humidity',
          below2: 10,
          nb: 'Blå {snow_temperature}',
        },
        { quantity: 'snow_temperature', nb: 'Annet', en: 'Other' },
        {},
      ],
      SKI,
    );
    assert.equal(rules.length, 2);
    assert.equal(phraseFor(rules, { snow_temperature: -7.5, snow_humidity: 9 }, 'sv'), 'Blå −7,5 °C');
    assert.equal(phraseFor(rules, { snow_temperature: -7.5, snow_humidity: 10 }, 'en'), 'Other');
    assert.equal(phraseFor(rules, { snow_humidity: 1 }, 'en'), undefined);
  });

  it('fit yes and no', () => {
    const rules = phrasesFromConfig(
      [
        { quantity: 'occupancy', is: 'false', en: 'Free' },
        { quantity: 'occupancy', is: 'true', en: 'Taken' },
      ],
      ['occupancy'],
    );
    assert.equal(phraseFor(rules, { occupancy: true }, 'en'), 'Taken');
    assert.equal(phraseFor(rules, { occupancy: false }, 'en'), 'Free');
    assert.equal(phraseFor(rules, { occupancy: 1 }, 'en'), undefined);
  });

  it('refuse a row without a text or a condition, and name it', () => {
    for (const row of [{ quantity: 'snow_temperature', below: 0 }, { nb: 'Alltid' }]) {
      assert.throws(
        () => phrasesFromConfig([{}, row], SKI),
        (error: { problem?: { parameters?: object } }) => JSON.stringify(error).includes('"row":2'),
      );
    }
  });
});
