/** Whatever is asked, the service answers with a sentence and never fails. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { openTown, type Town } from './town.ts';

const WORDS = [
  'name',
  'result',
  'phenomenonTime',
  'Datastreams',
  'Datastream',
  'Observations',
  'Thing',
  'Things',
  '/',
  '(',
  ')',
  ',',
  ';',
  "'",
  "'a'",
  '1',
  '-1',
  '0',
  '1e999',
  'eq',
  'ne',
  'gt',
  'and',
  'or',
  'not',
  'add',
  'div',
  'null',
  'true',
  '$filter=',
  '$top=',
  '$expand=',
  '$orderby=',
  '$select=',
  '$skip=',
  '$count=',
  'asc',
  'desc',
  "geography'POINT(1 1)'",
  "duration'PT1H'",
  '2026-01-01T00:00:00Z',
  '2026-01-01',
  'st_within(',
  'substring(',
  'length(',
  'now()',
  '@iot.id',
  '$skiptoken=',
  '&',
  '%',
  '%zz',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '$ref',
  '$value',
  '\u0000',
  '🙂',
  '$resultFormat=dataArray',
  ' ',
  '*',
];
const OPTIONS = [
  '$filter',
  '$expand',
  '$orderby',
  '$select',
  '$top',
  '$skip',
  '$count',
  '$skiptoken',
  '$resultFormat',
  '$bogus',
];
const SETS = ['Things', 'Datastreams', 'Observations', 'FeaturesOfInterest', 'Things(1)', 'Observations(1)'];

describe('SensorThings: fuzzed requests', () => {
  let town: Town;
  before(async () => {
    town = await openTown();
  });
  after(() => town.close());

  /** Any answer but one of an error inside, which `ask` would throw. */
  async function assertAnswered(address: string): Promise<void> {
    const { status, json, text } = await town.ask(address);
    assert.ok([200, 204, 400, 404].includes(status), `${status} ${address}`);
    // Questions are repeated in the sentences about them.
    assert.doesNotMatch(text.replaceAll('__proto__', ''), /\bat .*\.ts:|TypeError|__\w+__/, address);
    if (status >= 400) assert.ok(String(json.message).length > 10, address);
  }

  const phrase = fc
    .array(fc.constantFrom(...WORDS), { maxLength: 14 })
    .chain((words) => fc.constantFrom(words.join(' '), words.join('')));

  it('options of words of the language in any order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...SETS),
        fc.array(fc.tuple(fc.constantFrom(...OPTIONS), phrase), { maxLength: 3 }),
        async (set, options) => {
          const query = options.map(([name, text]) => `${name}=${encodeURIComponent(text)}`).join('&');
          await assertAnswered(`/${set}?${query}`);
        },
      ),
      { numRuns: 300 },
    );
  });

  const letter = fc.integer({ min: 0, max: 0x10ffff }).map((code) => String.fromCodePoint(code));

  it('options of any text', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...SETS),
        fc.constantFrom(...OPTIONS),
        fc.string({ unit: letter, maxLength: 60 }),
        async (set, name, text) => {
          await assertAnswered(`/${set}?${name}=${encodeURIComponent(text.toWellFormed())}`);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('addresses of words in any order', async () => {
    const word = fc.constantFrom(
      ...WORDS.filter((entry) => !/[?#&]/.test(entry)),
      ...SETS,
      'Things(999)',
      "Things('x')",
    );
    await fc.assert(
      fc.asyncProperty(fc.array(word, { minLength: 1, maxLength: 6 }), async (words) => {
        await assertAnswered(
          `/${words.map((entry) => (entry === '%zz' ? entry : encodeURIComponent(entry))).join('/')}`,
        );
      }),
      { numRuns: 200 },
    );
  });

  it('filters that make sense, from a grammar of them', async () => {
    const { filter } = fc.letrec<{ filter: string; value: string }>((tie) => ({
      filter: fc.oneof(
        { maxDepth: 4 },
        fc
          .tuple(tie('value'), fc.constantFrom('eq', 'ne', 'lt', 'le', 'gt', 'ge'), tie('value'))
          .map((parts) => parts.join(' ')),
        fc
          .tuple(tie('filter'), fc.constantFrom('and', 'or'), tie('filter'))
          .map(([one, word, other]) => `(${one} ${word} ${other})`),
        tie('filter').map((inner) => `not ${inner}`),
      ),
      value: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom(
          'name',
          'id',
          'Thing/name',
          'Observations/result',
          'Thing/Locations/location',
          'phenomenonTime',
          '1',
          "'a'",
          'null',
          'now()',
          "duration'PT1H'",
          "geography'POINT(15.2 59.3)'",
          '2026-01-01T00:00:00Z',
          'properties/sandbox',
        ),
        fc
          .tuple(tie('value'), fc.constantFrom('add', 'sub', 'mul', 'div', 'mod'), tie('value'))
          .map(([one, word, other]) => `(${one} ${word} ${other})`),
        fc
          .tuple(fc.constantFrom('length', 'tolower', 'year', 'date', 'round', 'geo.length'), tie('value'))
          .map(([name, inner]) => `${name}(${inner})`),
        fc
          .tuple(
            fc.constantFrom('concat', 'indexof', 'geo.distance', 'st_within', 'before'),
            tie('value'),
            tie('value'),
          )
          .map(([name, one, other]) => `${name}(${one}, ${other})`),
      ),
    }));
    await fc.assert(
      fc.asyncProperty(filter, async (text) => {
        const { status } = await town.ask(`/Datastreams?$filter=${encodeURIComponent(text)}`);
        assert.ok(status === 200 || status === 400, text);
      }),
      { numRuns: 150 },
    );
  });
});
