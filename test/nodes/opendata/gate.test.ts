import assert from 'node:assert/strict';
import { QUANTITIES, type QuantityId } from '../../../nodes/observation/quantities.ts';
import type { DatasetConfig } from '../../../nodes/opendata/dataset-form.ts';
import { historyFile } from '../../../nodes/opendata/files.ts';
import { revealsIdentity } from '../../../nodes/opendata/identity-words.ts';
import { previewOf } from '../../../nodes/opendata/preview.ts';
import { blocksOf, publicDevices } from '../../../nodes/opendata/privacy.ts';
import { readHistory, readLatest, readPlaces } from '../../../nodes/opendata/reader.ts';
import { ReleaseBook } from '../../../nodes/opendata/release-book.ts';
import { sensitivityOf } from '../../../nodes/opendata/sensitivity.ts';
import { PUBLISHER } from './ski-trail.ts';
import { datasetOf, device, HOUR, openTown, START, type Town } from './town.ts';

const TOGETHER = { releaseEvery: 'hour', releaseBy: 'area' };
const LOCALE = { language: 'en-US', timeZone: 'UTC' } as const;

describe('publication gate: what is blocked', () => {
  const cases: [name: string, form: DatasetConfig, reasons: string[]][] = [
    ['nothing of the air', { quantities: ['air_temperature', 'co2_concentration'] }, []],
    ['counts of people', { quantities: ['people_in'] }, []],
    ['presence', { quantities: ['occupancy'] }, ['presence']],
    ['presence per place', { quantities: ['motion'], releaseEvery: 'day', releaseBy: 'place' }, ['presence']],
    ['a household meter', { quantities: ['water_volume_rate'] }, ['meter']],
    ['readings of a counter', { quantities: ['people_in_total'] }, ['total']],
    ['readings of a counter together', { quantities: ['energy'], ...TOGETHER }, ['total']],
    ['people per hour', { quantities: ['people_in_total_rate'] }, ['people_rate']],
    ['a state together', { quantities: ['door_open'], ...TOGETHER }, ['not_together']],
    ['a mean of four homes', { quantities: ['energy_rate'], ...TOGETHER, fewestDevices: 4 }, ['fewest']],
    ['what homes measure', { quantities: ['air_temperature'], area: 'citizen' }, ['private_area']],
    [
      'a number from a sticker',
      { quantities: ['illuminance'], titleNb: 'Sensor 70B3D5499A2B0001' },
      ['identifier'],
    ],
    [
      'a number from a sticker in the address',
      { quantities: ['illuminance'], slug: 'sensor-70b3d5499a2b0001' },
      ['identifier'],
    ],
    ['the unapproved', { quantities: ['illuminance'], sensitive: true }, ['approval']],
    ['counts of two', { quantities: ['people_in'], fewestPeople: 2 }, ['approval']],
    ['a mean of homes', { quantities: ['energy_rate'], ...TOGETHER }, ['approval']],
    ['meters of the works', { quantities: ['energy_rate', 'energy'], area: 'streetlight' }, []],
    ['a public parking space', { quantities: ['occupancy'], area: 'parking' }, []],
  ];
  for (const [name, form, reasons] of cases) {
    it(`${name}: ${reasons.join(', ') || 'free'}`, () => {
      const keys = blocksOf(datasetOf(form), false).map(({ key }) => key);
      assert.deepEqual(
        keys,
        reasons.map((reason) => `opendata.gate.${reason}`),
      );
      const everyone = ['device-1'];
      const area = form.area ?? 'building';
      const { places } = publicDevices(datasetOf(form), [device(1, { area: area as 'building' })]);
      assert.equal(places.size, reasons.length === 0 ? 1 : 0);
      if (reasons[0] === 'approval') {
        assert.deepEqual(blocksOf(datasetOf(form), true), []);
        assert.equal(publicDevices(datasetOf(form), [device(1)], everyone).places.size, 1);
        assert.equal(publicDevices(datasetOf(form), [device(2)], everyone).places.size, 0);
      }
    });
  }

  it('knows every quantity that tells of people by its name', () => {
    const word = /people|pedestrian|bicycle|occup|motion|door|button/;
    const telling = (Object.keys(QUANTITIES) as QuantityId[]).filter((id) => word.test(id));
    const unknown = telling.filter((id) => sensitivityOf(id, 'building') === undefined);
    assert.deepEqual(unknown, ['parking_occupied']);
  });
});

describe('publication gate: devices', () => {
  const dataset = datasetOf({ quantities: ['illuminance'] });

  it('leaves out what nobody marked, what is private, and what has no name but its number, and says why', () => {
    const { publication: _publication, ...unmarked } = device(1);
    const imei = '356938035643809';
    const devices = [
      unmarked,
      device(2, { publication: 'private' }),
      device(3, { name: `Meter ${imei}`, site: '35-693803-564380-9', imei }),
      device(4),
    ];
    const { places, withheld } = publicDevices(dataset, devices);
    assert.deepEqual([...places.values()], ['Place 4']);
    assert.deepEqual(
      withheld.map(({ reason }) => reason),
      ['unmarked', 'private', 'unnamed'],
    );
  });

  const texts: [text: string, reveals: boolean][] = [
    ['70B3D5499A2B0001', true],
    ['sensor 70:b3:d5:49:9a:2b:00:01 at the school', true],
    ['modem 356938035643809', true],
    ['SIM 24201 1234567890', true],
    ['modem ３５６９３８０３５６４３８０９', true],
    ['70B3D549\u200b9A2B0001', true],
    ['3569_3803_5643_809', true],
    ['host 10.40.0.17', true],
    ['urn:imei:x', false],
    ['unit-X77-12', true],
    ['Bad Ebba, Façade 12, added 2026-01-31', false],
    ['Storgata 1, 0155 Oslo, tel. +47 12 34 56 78', false],
  ];
  for (const [text, reveals] of texts) {
    it(`${reveals ? 'finds' : 'finds no'} identifier in "${text}"`, () => {
      const own = device(1, { address: '10.40.0.17', endpoint: 'unit-x77-12' });
      assert.equal(revealsIdentity(text, [own]), reveals);
    });
  }

  it('shows places as exactly as staff chose', () => {
    const location = { lat: 63.430512, lon: 10.395053 };
    const sources = { devices: () => [device(1, { location })], store: () => assert.fail() };
    const placesWith = (precision: string) =>
      readPlaces(datasetOf({ quantities: ['illuminance'], location: precision }), sources)[0]?.location;
    assert.deepEqual(placesWith('exact'), location);
    assert.deepEqual(placesWith('rounded'), { lat: 63.43, lon: 10.4 });
    assert.equal(placesWith(''), undefined);
  });
});

describe('publication gate: values', () => {
  let town: Town;
  afterEach(() => town.close());

  it('shows values only after the delay, in history and as the latest', async () => {
    town = openTown([device(1)]);
    await town.write('device-1', [
      [START, { illuminance: 1 }],
      [START + HOUR, { illuminance: 2 }],
    ]);
    const dataset = datasetOf({ quantities: ['illuminance'], delayMinutes: 90 });
    for (const [minutes, shown] of [
      [89, []],
      [91, [1]],
      [151, [1, 2]],
    ] as const) {
      town.now = START + minutes * 60_000;
      assert.deepEqual(
        (await town.all(dataset)).map(({ values }) => values.illuminance),
        shown,
      );
      const { places } = await readLatest(dataset, town.sources);
      assert.equal(places[0]?.values.illuminance?.value, shown.at(-1));
    }
  });

  it('marks what failed a check, if the dataset says so', async () => {
    town = openTown([device(1)]);
    await town.write('device-1', [[START, { illuminance: 1, illuminance_qc: 4 }]]);
    assert.deepEqual(await town.all(datasetOf({ quantities: ['illuminance'] })), []);
    const [row] = await town.all(datasetOf({ quantities: ['illuminance'], failed: 'mark' }));
    assert.deepEqual([row?.values, row?.quality], [{ illuminance: 1 }, { illuminance: 4 }]);
  });

  it('puts homes together: a mean of the devices in the hour, none of fewer than five, none of one that outweighs all', async () => {
    const homes = [1, 2, 3, 4, 5];
    town = openTown(homes.map((index) => device(index, { publication: 'private' })));
    for (const index of homes) {
      await town.write(`device-${index}`, [
        [START, { energy_rate: index }],
        [START + 60_000, { energy_rate: index + 1 }],
        ...(index === 5 ? [] : [[START + HOUR, { energy_rate: 1 }] as [number, Record<string, number>]]),
        [START + 2 * HOUR, { energy_rate: index === 1 ? 100 : 1 }],
      ]);
    }
    const dataset = datasetOf({ quantities: ['energy_rate'], ...TOGETHER });
    assert.deepEqual(await town.all(dataset), [{ time: START, place: 'Town', values: { energy_rate: 3.5 } }]);
    assert.deepEqual(readPlaces(dataset, town.sources), [{ id: 'town', name: 'Town' }]);
    town.approved = undefined;
    assert.deepEqual(await town.all(dataset), []);
    assert.deepEqual((await readLatest(dataset, town.sources)).places, []);
    assert.deepEqual((await readHistory(dataset, town.sources, { limit: 9 })).rows, []);
  });

  it('counts homes without the open sensors beside them, whose values everybody knows', async () => {
    town = openTown(
      [1, 2, 3, 4, 5, 6].map((index) => device(index, index === 1 ? { publication: 'private' } : {})),
    );
    for (const index of [1, 2, 3, 4, 5, 6])
      await town.write(`device-${index}`, [[START, { air_temperature: index }]]);
    const dataset = datasetOf({ quantities: ['air_temperature'], ...TOGETHER });
    assert.deepEqual(await town.all(dataset), []);
    town.book = new ReleaseBook();
    town.devices = town.devices.map((each) => ({ ...each, publication: 'private' }));
    assert.deepEqual((await town.all(dataset))[0]?.values, { air_temperature: 3.5 });
  });

  it('shows the share of places in place of who is there', async () => {
    const desks = [1, 2, 3, 4, 5, 6, 7, 8];
    town = openTown(desks.map((index) => device(index)));
    for (const index of desks) await town.write(`device-${index}`, [[START, { occupancy: index <= 2 }]]);
    const dataset = datasetOf({ quantities: ['occupancy'], ...TOGETHER });
    assert.deepEqual(dataset.quantities, ['occupied_share']);
    assert.deepEqual(
      (await town.all(dataset)).map(({ values }) => values),
      [{ occupied_share: 25 }],
    );
  });

  it('turns pages of values over time, forwards and backwards', async () => {
    town = openTown([device(1), device(2)]);
    for (const index of [1, 2]) {
      const values = Array.from({ length: 40 }, (_, hour): [number, Record<string, number>] => [
        START + hour * HOUR,
        { illuminance: hour },
      ]);
      await town.write(`device-${index}`, values);
    }
    town.now = START + 40 * HOUR;
    const dataset = datasetOf({ quantities: ['illuminance'], releaseEvery: 'hour', releaseBy: 'place' });
    for (const order of ['ascending', 'descending'] as const) {
      const expected = (await town.all(dataset, { order })).map(({ time, place }) => `${time} ${place}`);
      assert.equal(expected.length, 80);
      const found: string[] = [];
      let page = await readHistory(dataset, town.sources, { order, limit: 7 });
      for (;;) {
        found.push(...page.rows.map(({ time, place }) => `${time} ${place}`));
        if (!page.next) break;
        page = await readHistory(dataset, town.sources, { order, limit: 7, cursor: page.next });
      }
      assert.deepEqual(found, expected, order);
    }
  });

  it('ends no page among counts that are withheld, so that the next one does not tell when they were', async () => {
    town = openTown([device(0), device(1)]);
    const counts = [3, 10, 4, 2, 1, 3, 20, 4];
    for (const index of [0, 1]) {
      await town.write(
        `device-${index}`,
        counts.map((count, hour) => [START + hour * HOUR, { people_in: count + 5 * index * (hour % 2) }]),
      );
    }
    const dataset = datasetOf({ quantities: ['people_in'] });
    for (const order of ['ascending', 'descending'] as const) {
      const all = await town.all(dataset, { order });
      assert.equal(all.length, 7);
      for (const limit of [1, 2, 3]) {
        const pages: unknown[] = [];
        let cursor: { time: number; skip: number } | undefined;
        do {
          const range = { limit, order, ...(cursor && { cursor }) };
          const { rows, next } = await readHistory(dataset, town.sources, range);
          assert.ok(rows.length === limit || !next);
          if (next) assert.equal(next.time, rows.at(-1)?.time);
          pages.push(...rows);
          cursor = next;
        } while (cursor);
        assert.deepEqual(pages, all);
      }
    }
  });

  it('sends nothing more of a file once its dataset is withdrawn', async () => {
    town = openTown([device(0)]);
    const minutes = Array.from({ length: 60_000 }, (_, index) => START + index * 1000);
    await town.write(
      'device-0',
      minutes.map((time) => [time, { illuminance: 1 }]),
    );
    const entry = {
      dataset: datasetOf({ quantities: ['illuminance'] }),
      publisher: PUBLISHER,
      sources: town.sources,
    };
    let reason: Error | undefined;
    const file = { entry, language: 'en', timeZone: 'UTC', gone: () => reason } as const;
    const { body } = await historyFile('csv', file, {}, new URLSearchParams());
    let chunks = 0;
    const sent = (async () => {
      for await (const _chunk of body as AsyncIterable<unknown>)
        if (++chunks === 2) reason = new Error('withdrawn');
    })();
    await assert.rejects(sent, /withdrawn/);
    assert.equal(chunks, 2);
  });

  it('shows staff row by row what is shown, withheld or shown later, and why', async () => {
    town = openTown([device(1)]);
    await town.write('device-1', [
      [START, { people_in: 12, air_temperature: 3, air_temperature_qc: 4 }],
      [START + HOUR, { people_in: 3, air_temperature: 4 }],
    ]);
    const dataset = datasetOf({ quantities: ['people_in', 'air_temperature'], delayMinutes: 30 });
    const preview = await previewOf(dataset, town.sources, LOCALE, START + HOUR + 600_000);
    assert.deepEqual(preview.rows, [
      ['Place 1', '01:00 (shown 01:30)', 'left out: fewer than 5', '4.0 °C'],
      ['Place 1', '00:00', '10', 'left out: failed a check'],
    ]);
    assert.deepEqual(preview.notes, ['Values are shown 30 minutes after they were measured.']);
    const blocked = await previewOf(datasetOf({ quantities: ['occupancy'] }), town.sources, LOCALE, START);
    assert.deepEqual(blocked.rows, []);
    assert.match(
      blocked.blocks.join(),
      /^Occupied tells when somebody is there\. .* choose that under Privacy/,
    );
  });

  it('names a few of many sensors that are left out', async () => {
    const { publication: _publication, ...unmarked } = device(0);
    town = openTown(
      Array.from({ length: 50 }, (_, index) => ({ ...unmarked, id: `d-${index}`, name: `D ${index}` })),
    );
    const { notes } = await previewOf(
      datasetOf({ quantities: ['illuminance'] }),
      town.sources,
      LOCALE,
      START,
    );
    assert.deepEqual([notes.length, notes[3]], [5, '47 more are left out for the same reason.']);
    assert.match(notes[0] ?? '', /^D 0 is left out: nobody has marked it for open data\./);
  });

  it('shows staff before anybody approved it what a mean would be, and decides nothing by that', async () => {
    const homes = [1, 2, 3, 4, 5];
    town = openTown(homes.map((index) => device(index, { publication: 'private' })));
    town.approved = undefined;
    for (const index of homes) await town.write(`device-${index}`, [[START, { energy_rate: index }]]);
    const dataset = datasetOf({ quantities: ['energy_rate'], ...TOGETHER });
    const { rows, blocks } = await previewOf(dataset, town.sources, LOCALE, START + 2 * HOUR);
    assert.deepEqual([rows, blocks], [[['Town', '00:00', '3 kW']], []]);
    assert.equal(town.book.until, undefined);
  });
});
