import assert from 'node:assert/strict';
import { lastingName, TAG_RULES_AS_DATA, tagFaultOf } from '../../../nodes/observation/tag-values.ts';

const GOOD = [
  'Start',
  'Storgata 1',
  'Blokk1-Etg2-Rom3-Dor4',
  'Storgata12Oppgang3',
  'Gnr 12 Bnr 345',
  '0301-208/345/0/0',
  'Bygg A, rom 1.23',
  'ski-trail-lht65n-2',
  '12',
  '10023456',
  // A metering point: long, but the same for ever.
  '707057500012345678',
  'x'.repeat(256),
];

const BAD = {
  timestamp: [
    '2026-01-15T12:00:00Z',
    'Kamp 2026-01-15 12:00',
    '2026-01-15',
    '20260115T120000Z',
    '15.01.2026',
    '15.1.2026 14:02',
    '1768435200',
    '1768435200.123',
    '1768435200000',
    'start-1768435200000',
    '1768435200000000000',
  ],
  random: [
    '3f2504e0-4f89-41d3-9a0c-0305e82c3301',
    'reading/3F2504E0-4F89-41D3-9A0C-0305E82C3301',
    'a84041000181273e',
    '507f1f77bcf86cd799439011',
    '01ARZ3NDEKTSV4RRFFQ69G5FAV',
    'V1StGXR8_Z5jdHi6B-myT',
  ],
  long: ['x'.repeat(257), 'ø'.repeat(129)],
} as const;

describe('tag values', () => {
  it('may be what people call a place or a thing', () => {
    for (const text of GOOD) assert.equal(tagFaultOf(text), undefined, text);
  });

  for (const [fault, texts] of Object.entries(BAD)) {
    it(`must not be ${fault}`, () => {
      for (const text of texts) assert.equal(tagFaultOf(text), fault, text);
    });
  }

  it('are refused with a sentence that names the beginning of the text', () => {
    assert.equal(lastingName('Start'), 'Start');
    assert.throws(() => lastingName('2026-01-15'), {
      key: 'observation.error.tag_timestamp',
      parameters: { text: '2026-01-15' },
    });
    assert.throws(() => lastingName('x'.repeat(300)), { parameters: { text: `${'x'.repeat(60)}…` } });
  });

  it('are judged alike by an editor form, which has the rules as data', () => {
    const rules = JSON.parse(JSON.stringify(TAG_RULES_AS_DATA)) as typeof TAG_RULES_AS_DATA;
    const judged = (text: string) =>
      rules.find(
        ({ pattern, flags, times, within }) =>
          new RegExp(within).test(text) && (text.match(new RegExp(pattern, flags)) ?? []).length >= times,
      )?.fault;
    for (const text of [...GOOD, ...BAD.timestamp, ...BAD.random])
      assert.equal(judged(text), tagFaultOf(text), text);
  });
});
