import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Finding } from '../../../../nodes/anomaly/faults/fault.ts';
import { faultSentence } from '../../../../nodes/anomaly/faults/fault-sentence.ts';
import { FAULT_CAUSES } from '../../../../nodes/observation/fault-cause.ts';
import { LANGUAGES } from '../../../../nodes/observation/messages.ts';

const EVENT: Finding = {
  cause: 'event',
  state: 'raised',
  time: 0,
  value: 2.1,
  difference: 0.4,
  hours: 0.5,
  usualHours: 14 * 30.44 * 24,
  neighbours: true,
};

describe('sentences on faults', () => {
  it('tells a real event by how quick it was, for how long nothing was, and what the neighbours did', () => {
    assert.equal(
      faultSentence(EVENT, 'water_level', 'Bridge', 'en-US'),
      'Water level at Bridge rose 0.4 m in 30 minutes, to 2.1 m, the fastest in 14 months; ' +
        'the sensors nearby moved too, so this is probably real',
    );
    assert.equal(
      faultSentence({ ...EVENT, difference: -0.4, usualHours: 0 }, 'water_level', 'Brua', 'nb'),
      'Vannstand ved Brua falt 0,4 m på 30 minutter, til 2,1 m; ' +
        'sensorene i nærheten gjorde det samme, så dette er trolig virkelig',
    );
  });

  it('does not say that what lasts is over, nor more digits than are known', () => {
    const leak: Finding = { ...EVENT, cause: 'leak', state: 'cleared', hours: 30 * 24 + 1 };
    assert.equal(
      faultSentence(leak, 'water_volume', 'Hall', 'en-US'),
      'Water meter reading at Hall: a leak has lasted for 30 days and counts as normal from now on',
    );
    for (const finding of [
      { ...leak, hours: 9 },
      { ...leak, cause: 'silent' as const },
    ]) {
      assert.match(faultSentence(finding, 'water_volume', 'Hall', 'en-US'), /is over after/);
    }
    const rose = { ...EVENT, difference: 1.52, value: -0.3824 };
    assert.match(faultSentence(rose, 'air_temperature', 'Hall', 'en-US'), /rose 1.5 °C .* to -0.4 °C/);
  });

  it('has one for every cause in every language, with all its places filled in', () => {
    for (const language of LANGUAGES) {
      for (const cause of FAULT_CAUSES) {
        for (const state of ['raised', 'cleared'] as const) {
          const sentence = faultSentence({ ...EVENT, cause, state }, 'fill_level', 'Torget', language);
          assert.match(sentence, /Torget/);
          assert.doesNotMatch(sentence, /__|undefined|NaN/);
        }
      }
    }
  });

  it('speaks of a quantity that the vocabulary does not have by its name', () => {
    assert.match(
      faultSentence({ ...EVENT, cause: 'shift' }, 'mood', 'Hall', 'en-US'),
      /^mood at Hall has been 0.4 above/,
    );
  });
});
