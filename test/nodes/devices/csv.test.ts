import assert from 'node:assert/strict';
import fc from 'fast-check';
import { exportCsv } from '../../../nodes/devices/csv-export.ts';
import { type ImportResult, importCsv } from '../../../nodes/devices/csv-import.ts';
import type { Device, DeviceKeys } from '../../../nodes/devices/device.ts';
import { type DeviceRegistry, openRegistry } from '../../../nodes/devices/registry.ts';
import { AREAS } from '../../../nodes/observation/areas.ts';
import { ConfigurationError } from '../../../nodes/observation/errors.ts';
import { device, newFolder, removeFolders, SECRET } from './folder.ts';

const utf8 = (text: string): Uint8Array => Buffer.from(text);
const newRegistry = (): DeviceRegistry => openRegistry(newFolder(), SECRET);
const imported = (text: string, registry = newRegistry()): ImportResult & { devices: Device[] } => {
  const result = importCsv(registry, utf8(text));
  return { ...result, devices: registry.list() };
};
const failsWith = (key: string) => (error: unknown) =>
  error instanceof ConfigurationError && error.key === key;
const places = ({ problems }: ImportResult): (string | number | undefined)[][] =>
  problems.map(({ row, field, key }) => [row, field, key]);

const NORWEGIAN = [
  'Navn;Område;Sted;Breddegrad;Lengdegrad;DevEUI;Sensormodell;Avstand når tom (m);Avstand når full (m)',
  'Søppelkasse torget;Avfall;Torget;59,9139;10,7522;A8-40-41-00-01-81-27-3E;milesight-em310-udl;1,8;0,3',
  'Løype;skiløyper;Start;;;;ski-trail-lht65n;;',
].join('\r\n');

const TOWN_BIN: Device = {
  id: 'soppelkasse-torget',
  name: 'Søppelkasse torget',
  area: 'waste',
  site: 'Torget',
  devEui: 'a84041000181273e',
  model: 'milesight-em310-udl',
  emptyDistance: 1.8,
  fullDistance: 0.3,
  location: { lat: 59.9139, lon: 10.7522 },
};

describe('CSV import', () => {
  after(removeFolders);

  it('reads a Norwegian spreadsheet: semicolons, decimal commas, area by its label', () => {
    const { added, problems, devices } = imported(NORWEGIAN);
    assert.deepEqual(problems, []);
    assert.equal(added, 2);
    assert.deepEqual(
      devices.find(({ id }) => id === TOWN_BIN.id),
      TOWN_BIN,
    );
  });

  it('reads it with a byte order mark, with tabs, and with unix line ends', () => {
    for (const text of [
      `\uFEFF${NORWEGIAN}`,
      NORWEGIAN.replaceAll(';', '\t'),
      NORWEGIAN.replaceAll('\r', ''),
    ]) {
      assert.deepEqual(
        imported(text).devices.find(({ id }) => id === TOWN_BIN.id),
        TOWN_BIN,
      );
    }
  });

  it('reads English headers, field names, commas and quoted decimal commas', () => {
    const text = 'Name,Area,Sensor model,lat,LON,"Interval (minutes)"\nA,waste,x,"59,5",10.25,20\n';
    assert.deepEqual(imported(text).devices, [
      { id: 'a', name: 'A', area: 'waste', model: 'x', interval: 20, location: { lat: 59.5, lon: 10.25 } },
    ]);
  });

  it('takes no delimiter from inside quotes', () => {
    const text = 'Name,Area,Sensor model,"Interval (minutes; more; or less)"\nA,waste,x,20\n';
    assert.equal(imported(text).devices[0]?.interval, 20);
  });

  it('wants the empty distance greater than the full one', () => {
    const header = 'name;area;model;emptyDistance;fullDistance';
    assert.deepEqual(places(imported(`${header}\nA;waste;x;1,5;1,5\nB;waste;x;1,5;`)), [
      [2, 'emptyDistance', 'devices.error.distanceOrder'],
      [3, 'fullDistance', 'devices.error.bothDistances'],
    ]);
  });

  it('numbers wrong rows as the spreadsheet does, and imports nothing', () => {
    const text = [
      'name;area;model;devEui;lat;lon',
      'Fine;waste;x;;;',
      ';;;;;',
      'No area;;x;;;',
      'Wrong;waste;x;A84041;95;10',
      '"Two\nlines";waste;x;;;',
      'Half;waste;x;;59;',
    ].join('\n');
    const result = imported(text);
    assert.deepEqual(places(result), [
      [4, 'area', 'devices.error.required'],
      [5, 'lat', 'devices.error.number'],
      [5, 'devEui', 'devices.error.devEui'],
      [6, 'name', 'devices.error.controlCharacter'],
      [7, 'lon', 'devices.error.bothCoordinates'],
    ]);
    assert.deepEqual([result.added, result.devices.length], [0, 0]);
  });

  it('refuses a place that would begin a new series in the database again and again; a DevEUI may be an id', () => {
    const text = [
      'id;name;area;site;model',
      'kept;Fine;waste;Storgata 1;x',
      ';Time;waste;2026-01-15 12:00;x',
      ';Random;waste;3f2504e0-4f89-41d3-9a0c-0305e82c3301;x',
      'eui-a84041000181273e;DevEUI;waste;;x',
    ].join('\n');
    assert.deepEqual(places(imported(text)), [
      [3, 'site', 'observation.error.tag_timestamp'],
      [4, 'site', 'observation.error.tag_random'],
    ]);
  });

  it('imports the right rows if asked to skip the wrong ones', () => {
    const registry = newRegistry();
    const text = 'name;area;model\nFine;waste;x\nWrong;moon;x\n';
    const { added, problems } = importCsv(registry, utf8(text), { skipInvalid: true });
    assert.deepEqual([added, problems.length, registry.list().length], [1, 1, 1]);
  });

  it('finds rows about the same device', () => {
    const registry = newRegistry();
    registry.save(device({ devEui: '0000000000000001' }));
    const text = [
      'id;name;area;model;devEui',
      'a;A;waste;x;0000000000000002',
      'a;A again;waste;x;',
      'c;C;waste;x;0000000000000002',
      'd;D;waste;x;00-00-00-00-00-00-00-01',
    ].join('\n');
    assert.deepEqual(places(imported(text, registry)), [
      [3, 'id', 'devices.csv.rowTwice'],
      [4, 'devEui', 'devices.csv.rowTwice'],
      [5, 'devEui', 'devices.error.devEuiTaken'],
    ]);
  });

  it('changes a known device by its id or DevEUI, and only in the columns that are there', () => {
    const registry = newRegistry();
    registry.save(TOWN_BIN);
    const byEui = imported('DevEUI;Navn\nA84041000181273E;Ny kasse', registry);
    assert.deepEqual([byEui.added, byEui.updated], [0, 1]);
    assert.deepEqual(byEui.devices, [{ ...TOWN_BIN, name: 'Ny kasse' }]);
    const { site: _, ...withoutSite } = TOWN_BIN;
    const byId = imported(`id;name;site\n${TOWN_BIN.id};${TOWN_BIN.name};`, registry);
    assert.deepEqual(byId.devices, [withoutSite], 'an empty cell clears the field');
  });

  it('names the columns that there are in the language of the file', () => {
    const known = (header: string): unknown => {
      try {
        return imported(`${header}\nx;y;z`);
      } catch (error) {
        return (error as ConfigurationError).parameters.known;
      }
    };
    assert.match(String(known('Navn;Område;Modell')), /^Id, Navn, .*Sensormodell, Intervall/);
    assert.match(String(known('Name;Area;Type')), /^Id, Name, /);
  });

  it('numbers ten thousand devices of one name while nobody has to wait', () => {
    const before = performance.now();
    const { devices } = imported(`name;area;model\n${'Bin;waste;any\n'.repeat(10_000)}`);
    const took = performance.now() - before;
    assert.equal(new Set(devices.map(({ id }) => id)).size, 10_000);
    assert.ok(devices.some(({ id }) => id === 'bin-10000'));
    assert.ok(took < 4000, `${took} ms`);
  });

  it('gives devices of one name different ids, none made from a DevEUI', () => {
    const { devices } = imported('name;area;model\nÅs;waste;x\nÅs;waste;x\nA84041000181273E;waste;x\n');
    assert.deepEqual(devices.map(({ id }) => id).sort(), ['as', 'as-2', 'waste-1']);
  });

  it('stores keys, and keeps those that a later file leaves empty', () => {
    const registry = newRegistry();
    const key = '2B 7E 15 16 28 AE D2 A6 AB F7 15 88 09 CF 4F 3C';
    importCsv(registry, utf8(`id;name;area;model;NwkSKey;AppSKey\na;A;waste;x;${key};${key}`));
    importCsv(
      registry,
      utf8('id;name;area;model;NwkSKey;AppSKey\na;A;waste;x;;00112233445566778899aabbccddeeff'),
    );
    assert.deepEqual(registry.keys('a'), {
      nwkSKey: '2b7e151628aed2a6abf7158809cf4f3c',
      appSKey: '00112233445566778899aabbccddeeff',
    });
  });

  it('explains a DevEUI that the spreadsheet made a number of', () => {
    const result = imported('name;area;model;devEui\nA;waste;x;7,05E+15');
    assert.deepEqual(places(result), [[2, 'devEui', 'devices.error.spreadsheetNumber']]);
  });

  it('explains a decimal comma that split a cell', () => {
    const result = imported('name,area,model,lat,lon\nA,waste,x,59,91,10,75');
    assert.deepEqual(places(result), [[2, undefined, 'devices.csv.tooManyCells']]);
  });

  const refusals: [string, Uint8Array, string][] = [
    ['UTF-16', Buffer.from(`\uFEFF${NORWEGIAN}`, 'utf16le'), 'devices.csv.utf16'],
    ['Latin-1', Buffer.from(NORWEGIAN, 'latin1'), 'devices.csv.notUtf8'],
    ['an empty file', utf8(' \r\n'), 'devices.csv.empty'],
    ['a column that is not known', utf8('name;areal\nA;waste'), 'devices.csv.unknownColumn'],
    ['a column that is there twice', utf8('name;Navn\nA;B'), 'devices.csv.columnTwice'],
    ['quotes that do not match', utf8('name;area;model\n"A;waste;x'), 'devices.csv.quotes'],
  ];
  for (const [what, content, key] of refusals) {
    it(`refuses ${what} as a whole`, () => {
      assert.throws(() => importCsv(newRegistry(), content, { skipInvalid: true }), failsWith(key));
    });
  }
});

describe('CSV export', () => {
  after(removeFolders);

  it('is what the language expects', () => {
    const norwegian = exportCsv([TOWN_BIN], { language: 'nb' });
    assert.match(norwegian, /^\uFEFFId;Navn;Område;.*\r\n/);
    assert.match(norwegian, /;59,9139;10,7522;/);
    assert.match(exportCsv([TOWN_BIN], { language: 'en-US' }), /,59\.9139,10\.7522,/);
  });

  it('has keys only if asked for', () => {
    const keysOf = (): DeviceKeys => ({ appKey: '00112233445566778899aabbccddeeff' });
    assert.ok(!/key/i.test(exportCsv([TOWN_BIN], { language: 'nb' })));
    assert.match(
      exportCsv([TOWN_BIN], { language: 'nb', keysOf }),
      /AppKey\r\n.*00112233445566778899aabbccddeeff/,
    );
  });

  it('has no cell that a spreadsheet would run', () => {
    const names = ['=HYPERLINK("x")', '+1+1', '@SUM(A1)', '-1+1', "'=1", '\uFF1D1'];
    const devices = names.map((name, index) => device({ id: `d${index}`, name, note: '\t=1' }));
    const rows = exportCsv(devices, { language: 'nb' }).split('\r\n').slice(1, -1);
    assert.equal(rows.length, names.length);
    for (const row of rows) assert.ok(!/(^|[;"])[=+\-@\uFF1D]/.test(row.replaceAll('""', '')), row);
  });

  it('comes back through the import as it was, in both languages', () => {
    const registry = newRegistry();
    const text = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
      .map((value) => value.replace(/\p{C}/gu, '').trim());
    const name = text.filter((value) => value !== '');
    const coordinate = (limit: number): fc.Arbitrary<number> =>
      fc.double({ min: -limit, max: limit, noNaN: true }).map((value) => Number(value.toFixed(7)) + 0);
    const optional = fc.record(
      {
        site: name,
        note: fc.constantFrom('a\nb', '=1+1', "it's", '"quoted"; and, more', "''=x", '-5'),
        devEui: fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 16, maxLength: 16 }),
        location: fc.record({ lat: coordinate(90), lon: coordinate(180) }, { noNullPrototype: true }),
        interval: fc.integer({ min: 1, max: 1440 }),
        frameCounter: fc.constantFrom('strict' as const, 'resets' as const),
        classC: fc.constant(true as const),
        publication: fc.constantFrom('open' as const, 'private' as const),
        sandbox: fc.constant(true as const),
        measures: fc.constant({ probe_temperature: 'snow_temperature' } as const),
      },
      { requiredKeys: [] },
    );
    const required = fc.record({ id: fc.constant('a'), name, area: fc.constantFrom(...AREAS), model: name });
    fc.assert(
      fc.property(
        required,
        optional,
        fc.constantFrom('nb' as const, 'en-US' as const),
        (must, may, language) => {
          const original: Device = { ...must, ...may };
          for (const { id } of registry.list()) registry.remove(id);
          const { problems } = importCsv(registry, utf8(exportCsv([original], { language })));
          assert.deepEqual(problems, []);
          assert.deepEqual(registry.list(), [original]);
        },
      ),
      { numRuns: 60 },
    );
  });
});
