/** Functions and operators of `$filter` (OGC 18-088, tables 21 to 23), asked of the service. */
import assert from 'node:assert/strict';
import { openTown, type Town } from './town.ts';

/** Each holds for the container at Torget (15.22 E, 59.28 N), of which a reading of 20 was made 2026-01-01T05:00:00Z. */
const HOLDING: readonly string[] = [
  "substringof('Tor', name)",
  "contains(name, 'rge')",
  "startswith(name, 'Tor')",
  "endswith(name, 'get')",
  'length(name) eq 6',
  "indexof(name, 'get') eq 3",
  "indexof(name, 'x') eq -1",
  "substring(name, 1) eq 'orget'",
  "substring(name, 1, 3) eq 'org'",
  "tolower(name) eq 'torget'",
  "toupper(name) eq 'TORGET'",
  "trim('  Torget ') eq name",
  "concat(concat(name, ', '), 'by') eq 'Torget, by'",
  "TOLOWER(name) eq 'torget'",
  'year(@) eq 2026',
  'month(@) eq 1',
  'day(@) eq 1',
  'hour(@) eq 5',
  'minute(@) eq 0',
  'second(@) eq 0',
  'fractionalseconds(2026-01-01T00:00:00.25Z) eq 0.25',
  'date(@) eq 2026-01-01',
  'date(@) lt 2026-01-02',
  'time(@) eq 05:00:00',
  'time(@) lt 05:00:01',
  'totaloffsetminutes(@) eq 0',
  '@ lt now()',
  '@ gt mindatetime()',
  '@ lt maxdatetime()',
  "now() sub @ gt duration'PT24H59M'",
  "@ add duration'P1DT1H' eq 2026-01-02T06:00:00Z",
  "@ sub duration'PT5H' eq 2026-01-01T00:00:00Z",
  "duration'PT1H' add duration'PT30M' eq duration'PT90M'",
  "-duration'PT1H' lt duration'PT0S'",
  'round(2.5) eq 3',
  'round(-2.5) eq -3',
  'floor(2.9) eq 2',
  'ceiling(2.1) eq 3',
  'floor(-0.5) eq -1',
  "geo.distance(%, geography'POINT(15.22 59.38)') lt 0.1001",
  "geo.distance(%, geography'POINT(15.22 59.38)') gt 0.0999",
  "geo.distance(%, geography'LINESTRING(15 59, 15 60)') lt 0.2201",
  "geo.distance(%, geography'POLYGON((15 59, 16 59, 16 60, 15 59))') lt 1",
  'geo.length(%) eq 0',
  "geo.length(geography'LINESTRING(5 52, 5 53)') eq 1",
  "geo.intersects(%, geography'POLYGON((15 59, 16 59, 16 60, 15 60, 15 59))')",
  "st_intersects(%, geography'POINT(15.22 59.28)')",
  "st_equals(%, geography'POINT(15.22 59.28)')",
  "not st_equals(%, geography'POINT(15.22 59.29)')",
  "st_disjoint(%, geography'POINT(15 59)')",
  "st_within(%, geography'POLYGON((15 59, 16 59, 16 60, 15 60, 15 59))')",
  "st_contains(geography'POLYGON((15 59, 16 59, 16 60, 15 60, 15 59))', %)",
  "st_touches(%, geography'POLYGON((15.22 59.28, 16 59, 16 60, 15.22 59.28))')",
  "st_touches(geography'LINESTRING(15.22 59.28, 16 60)', %)",
  "not st_crosses(%, geography'LINESTRING(15.22 59, 15.22 60)')",
  "not st_overlaps(%, geography'POLYGON((15 59, 16 59, 16 60, 15 60, 15 59))')",
  "st_relate(geography'POLYGON((15 59, 16 59, 16 60, 15 60, 15 59))', %, 'T********')",
  "st_within(%, geography'MULTIPOLYGON(((0 0, 1 0, 1 1, 0 0)), ((15 59, 16 59, 16 60, 15 60, 15 59)))')",
  "not st_within(%, geography'POLYGON((15 59, 16 59, 16 60, 15 60, 15 59), (15.2 59.2, 15.3 59.2, 15.3 59.3, 15.2 59.3, 15.2 59.2))')",
  "st_crosses(geography'MULTIPOINT(15.22 59.28, 0 0)', geography'POLYGON((15 59, 16 59, 16 60, 15 60, 15 59))')",
  "st_overlaps(geography'MULTIPOINT((1 1), (2 2))', geography'MULTIPOINT(2 2, 3 3)')",
  'before(@, 2026-02-01T00:00:00Z)',
  'after(@, 2025-02-01T00:00:00Z)',
  'during(@, 2026-01-01T05:00:00Z/2026-01-01T06:00:00Z)',
  'not during(@, 2026-01-01T04:00:00Z/2026-01-01T05:00:00Z)',
  'meets(@, 2026-01-01T05:00:00Z/2026-01-01T06:00:00Z)',
  'starts(@, 2026-01-01T05:00:00Z/2026-01-01T06:00:00Z)',
  'finishes(@, 2026-01-01T04:00:00Z/2026-01-01T05:00:00Z)',
  'overlaps(@, 2026-01-01T04:00:00Z/2026-01-01T06:00:00Z)',
  '1 add 2 mul 3 eq 7',
  '(1 add 2) mul 3 eq 9',
  '7 div 2 eq 3.5',
  '7 mod 4 eq 3',
  '5 sub 3 sub 1 eq 1',
  '-2 lt -1',
  '1 div 0 eq null',
  'length(5) eq null',
  "'10' lt 9",
  "not ('a' gt 'b')",
  'true',
  'not false',
  'null eq null',
  'null ne 1',
  'not (null lt 1)',
  "name ne 'x' and (false or true)",
  '1e3 eq 1000',
  "'it''s' eq 'it''s'",
];

/** Each is refused with a sentence. */
const REFUSED: readonly string[] = [
  '',
  'name eq',
  'eq 1',
  "name eq 'open",
  '(name',
  'name)',
  'name eq 1 1',
  'bogus eq 1',
  'bogus(name)',
  'length()',
  'length(name, name)',
  "substring('a')",
  'Datastreams eq 1',
  'Datastreams/bogus eq 1',
  'name/first eq 1',
  'name xor name',
  "st_within(Locations/location, geography'POINT(1)')",
  "st_within(Locations/location, geography'CIRCLE(1 1)')",
  "st_within(Locations/location, geography'POLYGON((1 1, 2 2))')",
  "geography'POINT(1 1' eq 1",
  "st_equals(geography'LINESTRING(0 0, 1 1)', geography'LINESTRING(0 0, 1 1)')",
  "st_relate(Locations/location, geography'POINT(1 1)', 'XX')",
  "duration'P' eq 1",
  '2026-13-01 eq 1',
  '2026-01-01T25:00:00Z eq 1',
  `${'('.repeat(100)}true${')'.repeat(100)}`,
  `${'not '.repeat(300)}true`,
  `${'-'.repeat(300)}1 eq 1`,
  `${'Datastreams/Thing/'.repeat(10)}name eq 'x'`,
  "'\u0000' §",
  '2026-01-02T00:00:00Z/2026-01-01T00:00:00Z eq 1',
];

describe('SensorThings: functions of the filter', () => {
  let town: Town;
  before(async () => {
    town = await openTown();
  });
  after(() => town.close());

  /** `@` is the time of the reading, `%` the place. */
  async function ask(expression: string) {
    const filter = expression
      .replaceAll('@', 'Datastreams/Observations/phenomenonTime')
      .replaceAll('%', 'Locations/location');
    const only = `name eq 'Torget' and Datastreams/Observations/phenomenonTime eq 2026-01-01T05:00:00Z and `;
    return town.ask(`/Things?$select=name&$filter=${encodeURIComponent(only + filter)}`);
  }

  for (const expression of HOLDING) {
    it(`holds: ${expression}`, async () => {
      const { status, json, text } = await ask(expression);
      assert.equal(status, 200, text);
      assert.deepEqual(json.value, [{ name: 'Torget' }]);
    });
  }

  for (const expression of REFUSED) {
    it(`is refused: ${expression.slice(0, 60)}`, async () => {
      const { status, json } = await town.ask(`/Things?$filter=${encodeURIComponent(expression)}`);
      assert.equal(status, 400);
      assert.equal(json.code, 400);
      assert.match(String(json.message), /\p{L}{3}/u);
      assert.doesNotMatch(String(json.message), /__|opendata\./);
    });
  }
});
