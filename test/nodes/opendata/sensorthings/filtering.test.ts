/** Conformance class A.2 of OGC 18-088, filtering: expected results are computed from what the service itself returns. */
import assert from 'node:assert/strict';
import { MODEL, SETS, type SetName } from '../../../../nodes/opendata/sensorthings/model.ts';
import { MANDATORY } from './mandatory.ts';
import { BEGIN, HOURS, idsOf, inside, type Json, openTown, type Town } from './town.ts';

/** Properties that can be put in order, without those that are objects. */
const PLAIN: Readonly<Record<SetName, readonly string[]>> = {
  ...MANDATORY,
  Datastreams: ['name', 'description', 'observationType', 'phenomenonTime', 'resultTime'],
};

/** Operator, the one that means the same with the sides changed, and what it means. */
const OPERATORS: readonly [string, string, (difference: number) => boolean][] = [
  ['lt', 'gt', (difference) => difference < 0],
  ['le', 'ge', (difference) => difference <= 0],
  ['eq', 'eq', (difference) => difference === 0],
  ['ne', 'ne', (difference) => difference !== 0],
  ['ge', 'le', (difference) => difference >= 0],
  ['gt', 'lt', (difference) => difference > 0],
];

describe('SensorThings: filtering', () => {
  let town: Town;
  before(async () => {
    town = await openTown();
  });
  after(() => town.close());

  /** The collections of a set: all of it, and those to which the first entity of each set leads. */
  async function collections(): Promise<{ set: SetName; address: string }[]> {
    const found: { set: SetName; address: string }[] = [];
    for (const set of SETS) {
      found.push({ set, address: `/${set}` });
      const [entity] = await town.list(`/${set}?$top=1`);
      for (const [name, navigation] of Object.entries(MODEL[set].navigation)) {
        const address = `/${set}(${entity?.['@iot.id']})/${name}`;
        if (navigation.many) found.push({ set: navigation.set, address });
      }
    }
    return found;
  }

  async function all(address: string): Promise<Json[]> {
    return town.list(`${address}${address.includes('?') ? '&' : '?'}$top=1000`);
  }

  async function assertSelected(set: SetName, address: string, selected: string[]): Promise<void> {
    const [entity] = await town.list(`${address}?$select=${selected}`);
    const given = Object.keys(entity ?? {}).map((name) => name.replace('@iot.navigationLink', ''));
    assert.ok(
      given.every((name) => selected.includes(name)),
      `${address} ${selected}: ${given}`,
    );
    for (const name of [...MANDATORY[set], ...Object.keys(MODEL[set].navigation)])
      assert.equal(given.includes(name), selected.includes(name), name);
  }

  it('req/request-data/select: only what is selected, properties and relations', async () => {
    for (const { set, address } of await collections()) {
      const names = [...Object.keys(MODEL[set].properties), ...Object.keys(MODEL[set].navigation)];
      for (let count = 1; count <= names.length; count += 1) {
        await assertSelected(set, address, names.slice(0, count));
        await assertSelected(set, address, names.slice(count - 1, count));
      }
    }
    const [entity] = await town.list('/Things?$select=id,name');
    assert.deepEqual(Object.keys(entity ?? {}), ['@iot.id', 'name']);
  });

  it('req/request-data/expand: one relation, several, over two steps, with the same entities as the links', async () => {
    for (const { set, address } of await collections()) {
      for (const [name, navigation] of Object.entries(MODEL[set].navigation)) {
        const [entity] = await town.list(`${address}?$expand=${name}`);
        await assertSame(entity?.[name], `/${set}(${entity?.['@iot.id']})/${name}`, navigation.many);
        assert.equal(entity?.[`${name}@iot.navigationLink`], undefined);
        for (const [below, further] of Object.entries(MODEL[navigation.set].navigation)) {
          const [owner] = await town.list(`${address}?$expand=${name}/${below}`);
          const [inner] = [inside(owner)[name]].flat() as Json[];
          await assertSame(
            inner?.[below],
            `/${navigation.set}(${inner?.['@iot.id']})/${below}`,
            further.many,
          );
        }
      }
      const names = Object.keys(MODEL[set].navigation);
      const below = names.flatMap((name) =>
        Object.keys(MODEL[MODEL[set].navigation[name]?.set ?? set].navigation).map(
          (inner) => `${name}/${inner}`,
        ),
      );
      const [entity] = await town.list(`${address}?$expand=${below}`);
      for (const name of names) assert.ok(entity?.[name], `${address} lacks ${name}`);
    }
  });

  async function assertSame(expanded: unknown, address: string, many: boolean): Promise<void> {
    const { json } = await town.ask(address);
    const isLong = address.endsWith('/Observations');
    assert.deepEqual(expanded, many ? (json.value as Json[]).slice(0, isLong ? 25 : 100) : json, address);
  }

  it('req/request-data/expand: options inside, to any depth', async () => {
    const [thing] = await town.list(
      "/Things?$filter=name eq 'Torget'&$expand=Datastreams($select=name;$orderby=name desc;$expand=Observations($filter=result ge 50;$orderby=phenomenonTime desc;$top=2;$count=true;$select=result,phenomenonTime),ObservedProperty($select=definition)),Locations($select=location)",
    );
    const datastreams = inside(thing).Datastreams as Json[];
    assert.deepEqual(
      datastreams.map(({ name }) => name),
      ['Veltet, Torget', 'Fyllingsgrad, Torget'],
    );
    const [tilt = {}, fill = {}] = datastreams;
    assert.deepEqual(tilt?.Observations, []);
    assert.equal(fill?.['Observations@iot.count'], 10);
    assert.deepEqual(fill?.Observations, [
      { phenomenonTime: '2026-01-02T05:00:00.000Z', result: 68 },
      { phenomenonTime: '2026-01-02T04:00:00.000Z', result: 66 },
    ]);
    const next = await town.list(String(fill?.['Observations@iot.nextLink']));
    assert.deepEqual(
      next.map(({ result }) => result),
      [64, 62],
    );
    assert.deepEqual(Object.keys(fill?.ObservedProperty as Json), ['definition']);
  });

  it('req/request-data/orderby: each property, both ways, and several of them', async () => {
    for (const { set, address } of await collections()) {
      for (const name of PLAIN[set]) {
        const ascending = await all(`${address}?$orderby=${name}`);
        assert.deepEqual(await all(`${address}?$orderby=${name} asc`), ascending);
        const descending = await all(`${address}?$orderby=${name} desc`);
        for (let at = 1; at < ascending.length; at += 1) {
          assert.ok(compared(ascending[at - 1]?.[name], ascending[at]?.[name]) <= 0, `${address} ${name}`);
          assert.ok(compared(descending[at - 1]?.[name], descending[at]?.[name]) >= 0, `${address} ${name}`);
        }
        assert.deepEqual(idsOf(ascending).sort(), idsOf(descending).sort());
      }
      const by = PLAIN[set].map((name, at) => `${name} ${at % 2 ? 'desc' : 'asc'}`);
      const entities = await all(`${address}?$orderby=${by}`);
      for (let at = 1; at < entities.length; at += 1) {
        const differences = PLAIN[set].map((name, place) => {
          const difference = compared(entities[at - 1]?.[name], entities[at]?.[name]);
          return place % 2 ? -difference : difference;
        });
        assert.ok((differences.find((difference) => difference !== 0) ?? 0) <= 0, `${address} ${by}`);
      }
    }
  });

  /** As the OGC test suite compares: numbers as such, all else by its text. */
  function compared(one: unknown, other: unknown): number {
    if (typeof one === 'number' && typeof other === 'number') return one - other;
    const [a, b] = [one, other].map((value) =>
      typeof value === 'object' ? JSON.stringify(value) : String(value),
    );
    return a === b ? 0 : String(a) < String(b) ? -1 : 1;
  }

  it('req/request-data/orderby: ids also within a second', async () => {
    const own = await openTown();
    const second = BEGIN + HOURS * 3_600_000;
    const devices = [
      ['waste-1', 'Storgata 1'],
      ['waste-2', 'Torget'],
      ['waste-3', "Ole's plass"],
    ];
    await own.trail.real.write(
      devices.flatMap(([device = '', site = ''], at) =>
        [0, 500].map((ms) => ({
          measurement: 'waste',
          tags: { device, site },
          fields: { fill_level: at + ms },
          time: second + ms + at * 100,
        })),
      ),
    );
    const filter = '$filter=phenomenonTime ge 2026-01-02T06:00:00Z';
    const ids = idsOf(await own.list(`/Observations?${filter}&$orderby=id`));
    assert.equal(ids.length, 6);
    assert.deepEqual(
      ids,
      [...ids].sort((one, other) => one - other),
    );
    assert.deepEqual(idsOf(await own.list(`/Observations?${filter}&$orderby=id desc`)), [...ids].reverse());
    const times = (await own.list(`/Observations?${filter}`)).map(({ phenomenonTime }) =>
      String(phenomenonTime),
    );
    assert.deepEqual(times, [...times].sort());
    for (const id of ids) assert.equal((await own.ask(`/Observations(${id})`)).status, 200);
    await own.close();
  });

  it('req/request-data/orderby: over relations and by expressions', async () => {
    const byPlace = await town.list('/Datastreams?$orderby=Thing/name desc,ObservedProperty/name');
    assert.deepEqual(
      byPlace.map(({ name }) => name),
      [
        'Fyllingsgrad, Torget',
        'Veltet, Torget',
        'Snøfuktighet, Toppen',
        'Snøtemperatur, Toppen',
        'Fyllingsgrad, Storgata 1',
        'Veltet, Storgata 1',
        'Snøfuktighet, Start',
        'Snøtemperatur, Start',
        "Fyllingsgrad, Ole's plass",
        "Veltet, Ole's plass",
      ],
    );
    const byDistance = await town.list(
      "/Locations?$filter=location/coordinates ne null&$orderby=geo.distance(location, geography'POINT(15.2 59.3)')",
    );
    assert.equal(byDistance[0]?.name, 'Torget');
    const [hottest] = await town.list(
      "/Observations?$filter=Datastream/ObservedProperty/properties/quantity eq 'fill_level'&$orderby=result desc,Datastream/Thing/name&$top=1",
    );
    assert.equal(hottest?.result, 20 + 2 * (HOURS - 1));
  });

  it('req/request-data/top, skip, pagination: pages have all entities once and in order, and an end', async () => {
    for (const { address } of await collections()) {
      for (const order of ['', '$orderby=id desc&']) {
        const whole = idsOf(await all(`${address}?${order}`));
        for (const top of [1, 3, 7, whole.length, whole.length + 1].filter(
          (size) => whole.length / size < 30,
        )) {
          const paged: number[] = [];
          let link: string | undefined = `${address}?${order}$top=${top}`;
          for (let pages = 0; link && pages < 100; pages += 1) {
            const { json } = await town.ask(link);
            const ids = idsOf(json.value as Json[]);
            assert.ok(ids.length <= top);
            paged.push(...ids);
            link = json['@iot.nextLink'] as string | undefined;
            assert.equal(link !== undefined, paged.length < whole.length, `${address} ${top}`);
          }
          assert.deepEqual(paged, whole, `${address} ${top}`);
        }
        for (const skip of [1, 2, 3, 4, 12, whole.length])
          assert.deepEqual(idsOf(await all(`${address}?${order}$skip=${skip}`)), whole.slice(skip));
      }
    }
  });

  it('req/request-data/skip: behind the link of a page without the token, too', async () => {
    const { json } = await town.ask('/Observations?$top=5&$skip=2');
    const link = String(json['@iot.nextLink']);
    assert.match(link, /\$skip=7/);
    const withToken = await town.list(link);
    assert.deepEqual(await town.list(link.replace(/&\$skiptoken=.*/, '')), withToken);
    assert.deepEqual(withToken, (await town.list('/Observations?$top=12')).slice(7));
  });

  it('req/request-data/count: of all that fit, whatever the page', async () => {
    for (const { address } of await collections()) {
      const count = (await all(address)).length;
      for (const options of ['', '&$top=1', '&$skip=1', '&$top=0', '&$orderby=id desc&$top=2']) {
        const { json } = await town.ask(`${address}?$count=true${options}`);
        assert.equal(json['@iot.count'], count, address + options);
      }
      const { json } = await town.ask(`${address}?$count=false`);
      assert.equal(json['@iot.count'], undefined);
    }
  });

  /** Compares a property with a value on either side, and what is found with what a comparison here finds. */
  async function assertFilters(
    address: string,
    entities: readonly Json[],
    name: string,
    value: unknown,
  ): Promise<void> {
    const literal = typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(value);
    for (const [operator, mirrored, fits] of OPERATORS) {
      const expected = entities.filter((entity) =>
        typeof entity[name] === typeof value ? fits(compared(entity[name], value)) : operator === 'ne',
      );
      for (const filter of [`${name} ${operator} ${literal}`, `${literal} ${mirrored} ${name}`]) {
        const found = await all(`${address}?$filter=${encodeURIComponent(filter)}`);
        assert.deepEqual(idsOf(found).sort(), idsOf(expected).sort(), `${address} ${filter}`);
      }
    }
  }

  it('req/request-data/filter: comparisons of every property with a value of its own, from both sides', async () => {
    for (const { set, address } of await collections()) {
      const entities = await all(address);
      const middle = entities[Math.floor(entities.length / 2)] ?? {};
      // Periods are not compared as text; there is a test of their own for them.
      const names = PLAIN[set].filter(
        (name) => typeof middle[name] !== 'object' && !String(middle[name]).includes('/20'),
      );
      for (const name of names) await assertFilters(address, entities, name, middle[name]);
    }
  });

  it('req/request-data: options are evaluated in the order of the standard', async () => {
    const filter =
      "result gt 3 and Datastream/unitOfMeasurement/name eq '%25' and Datastream/Thing/name eq 'Torget'";
    const { json } = await town.ask(
      `/Observations?$count=true&$top=1&$skip=2&$orderby=phenomenonTime asc&$filter=${filter}`,
    );
    assert.equal(json['@iot.count'], HOURS);
    assert.deepEqual(
      (json.value as Json[]).map(({ result }) => result),
      [14],
    );
  });

  it('req/request-data/filter: a number is compared with text as text, as the OGC test suite expects', async () => {
    const address =
      "/Observations?$orderby=result&$select=result&$filter=Datastream/name eq 'Fyllingsgrad, Torget' and ";
    const found = (await town.list(`${address}result gt '5'`)).map(({ result }) => result);
    assert.deepEqual(found, [50, 52, 54, 56, 58, 60, 62, 64, 66, 68]);
    assert.deepEqual(await town.list(`${address}result eq '12'`), [{ result: 12 }]);
  });

  const cases: [
    about: string,
    address: string,
    expected: (string | number | boolean)[],
    property?: string,
  ][] = [
    [
      'over a relation to one',
      "/Datastreams?$filter=Thing/name eq 'Torget'&$orderby=name",
      ['Fyllingsgrad, Torget', 'Veltet, Torget'],
    ],
    [
      'over a relation to many',
      "/Things?$filter=Locations/location/type eq 'Point'&$orderby=name",
      ['Start', 'Storgata 1', 'Toppen', 'Torget'],
    ],
    ['over many to observations', '/Things?$filter=Datastreams/Observations/result eq 78', ["Ole's plass"]],
    [
      'the same entity is meant every time',
      "/Things?$filter=Datastreams/ObservedProperty/properties/quantity eq 'tilt' and Datastreams/Observations/result eq true",
      ['Torget'],
    ],
    [
      'there and back',
      "/ObservedProperties?$filter=Datastreams/Thing/Datastreams/ObservedProperty/properties/quantity eq 'tilt'&$orderby=name",
      ['Fyllingsgrad', 'Veltet'],
    ],
    [
      'nothing at the other end',
      '/Things?$filter=Datastreams/Observations/phenomenonTime lt 1999-01-01T00:00:00Z',
      [],
    ],
    ['nothing in a property', '/Things?$filter=Locations/location/coordinates eq null', ["Ole's plass"]],
    [
      'something in a property',
      '/Things?$filter=Locations/location/coordinates ne null&$orderby=name',
      ['Start', 'Storgata 1', 'Toppen', 'Torget'],
    ],
    ['what is not there', '/Things?$filter=properties/bogus eq null&$top=1&$orderby=name', ["Ole's plass"]],
    [
      'truth',
      "/Observations?$filter=result eq true and Datastream/name eq 'Veltet, Torget'&$select=result",
      [true, true, true, true, true],
      'result',
    ],
    [
      'not binds comparisons',
      "/Things?$filter=not name eq 'Torget' and not (name eq 'Start')&$orderby=name",
      ["Ole's plass", 'Storgata 1', 'Toppen'],
    ],
    ['and before or', "/Things?$filter=name eq 'Start' or name eq 'Torget' and name eq 'Toppen'", ['Start']],
    ['brackets', "/Things?$filter=(name eq 'Start' or name eq 'Torget') and name ne 'Start'", ['Torget']],
    [
      'mul before add before gt',
      "/Observations?$filter=Datastream/name eq 'Fyllingsgrad, Torget' and result add 2 mul 10 gt 85&$select=result",
      [66, 68],
      'result',
    ],
    [
      'rest and difference',
      "/Observations?$filter=Datastream/name eq 'Fyllingsgrad, Torget' and result mod 20 eq 0 and result sub 1 gt -10 &$select=result",
      [20, 40, 60],
      'result',
    ],
    [
      'quotient',
      "/Observations?$filter=Datastream/name eq 'Fyllingsgrad, Torget' and result div 4 eq 6.5&$select=result",
      [26],
      'result',
    ],
    [
      'an instant',
      "/Observations?$filter=phenomenonTime eq 2026-01-01T03:00:00Z and Datastream/unitOfMeasurement/symbol eq '%25'&$orderby=result&$select=result",
      [6, 16, 26],
      'result',
    ],
    [
      'an instant with its offset',
      "/Observations?$filter=resultTime eq 2026-01-01T04:00:00%2B01:00 and Datastream/unitOfMeasurement/symbol eq '%25'&$orderby=result&$select=result",
      [6, 16, 26],
      'result',
    ],
    [
      'time minus a length of time',
      "/Observations?$filter=phenomenonTime ge now() sub duration'PT2H' and Datastream/Thing/name eq 'Torget' and Datastream/unitOfMeasurement/symbol eq '%25'&$select=result",
      [66, 68],
      'result',
    ],
    [
      'parts of time',
      "/Observations?$filter=Datastream/name eq 'Fyllingsgrad, Torget' and hour(phenomenonTime) eq 5 and day(phenomenonTime) eq 2&$select=result",
      [68],
      'result',
    ],
    [
      'a period is before an instant',
      '/Datastreams?$filter=phenomenonTime lt 2019-01-01T00:00:00Z&$orderby=name&$top=1',
      ['Snøfuktighet, Start'],
    ],
    [
      'shapes',
      "/Locations?$filter=st_within(location, geography'POLYGON((15 59, 16 59, 16 60, 15 60, 15 59))')&$orderby=name",
      ['Storgata 1', 'Torget'],
    ],
    [
      'shapes of observations',
      "/Observations?$filter=geo.distance(FeatureOfInterest/feature, geography'POINT(15.21 59.27)') lt 0.001 and result gt 50&$select=result",
      [52, 54, 56, 58],
      'result',
    ],
  ];
  for (const [about, address, expected, property = 'name'] of cases) {
    it(`req/request-data/filter: ${about}`, async () => {
      assert.deepEqual(
        (await town.list(address)).map((entity) => entity[property]),
        expected,
      );
    });
  }

  it('req/request-data/filter: a span of time is all that is read of the database', async () => {
    const asked: { from?: number; to?: number }[] = [];
    const { real } = town.trail;
    const query = real.query.bind(real);
    real.query = (question) => {
      asked.push(question);
      return query(question);
    };
    const filter = 'phenomenonTime ge 2026-01-01T10:00:00Z and phenomenonTime lt 2026-01-01T12:00:00Z';
    await town.list('/Observations');
    asked.length = 0;
    assert.equal((await town.list(`/Observations?$filter=${filter}`)).length, 12);
    assert.equal(
      (await town.list(`/Things?$filter=Datastreams/Observations/phenomenonTime eq 2026-01-01T10:00:00Z`))
        .length,
      3,
    );
    real.query = query;
    const begin = BEGIN + 10 * 3_600_000;
    assert.deepEqual(
      asked.slice(0, 2).map(({ from, to }) => [from, to]),
      Array(2).fill([begin, begin + 2 * 3_600_000]),
    );
    assert.ok(asked.slice(2).every(({ from, to }) => from === begin && to === begin + 1000));
  });

  it('req/data-array: Observations as one table per Datastream', async () => {
    for (const option of ['$resultFormat=dataArray', 'resultFormat=dataArray']) {
      const { json } = await town.ask(`/Observations?$count=true&$top=3&${option}`);
      assert.ok(json['@iot.count']);
      const tables = json.value as Json[];
      const plain = await town.list('/Observations?$top=3&$expand=Datastream');
      const rows = tables.flatMap((table) => {
        assert.deepEqual(table.components, [
          'id',
          'phenomenonTime',
          'result',
          'resultTime',
          'resultQuality',
          'validTime',
          'parameters',
        ]);
        const data = table.dataArray as unknown[][];
        assert.equal(table['dataArray@iot.count'], data.length);
        return data.map((row) => [table['Datastream@iot.navigationLink'], ...row]);
      });
      const expected = plain.map((entity) => [
        (entity.Datastream as Json)['@iot.selfLink'],
        entity['@iot.id'],
        entity.phenomenonTime,
        entity.result,
        entity.resultTime,
        null,
        null,
        null,
      ]);
      assert.deepEqual(rows.sort(), expected.sort());
      const next = await town.ask(String(json['@iot.nextLink']));
      assert.ok((next.json.value as Json[])[0]?.dataArray);
    }
    const { json } = await town.ask('/Observations?$top=1&$resultFormat=dataArray&$select=result');
    assert.deepEqual((json.value as Json[])[0]?.components, ['result']);
  });
});
