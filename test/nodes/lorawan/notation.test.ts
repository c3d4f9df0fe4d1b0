import assert from 'node:assert/strict';
import { timeOf } from '../../../nodes/lorawan/json-fields.ts';
import {
  bandwidthOf,
  batteryPercentOf,
  bytesOfHex,
  dataRateOf,
  devAddrOf,
  euiOf,
  eventNamed,
  frequencyOf,
  gatewayIdOf,
  momentOf,
  nameOf,
} from '../../../nodes/lorawan/servers/notation.ts';

type Cases = readonly (readonly [given: unknown, expected: unknown])[];

function check(what: string, read: (value: unknown) => unknown, cases: Cases): void {
  describe(what, () => {
    for (const [given, expected] of cases) {
      it(`of ${JSON.stringify(given)} is ${JSON.stringify(expected)}`, () =>
        assert.deepEqual(read(given), expected));
    }
  });
}

const EUI = 'a81758fffe03cfe0';

check('EUI', euiOf, [
  ['A81758FFFE03CFE0', EUI],
  ['a8-17-58-ff-fe-03-cf-e0', EUI],
  ['A817:58FF:FE03:CFE0', EUI],
  ['ELSYS-A81758FFFE03CFE0', EUI],
  ['urn:lo:nsid:lora:A81758FFFE03CFE0', EUI],
  ['000000000F1D8693</DevEUI', '000000000f1d8693'],
  ['qBdY//4Dz+A=', EUI],
  ['A81758FFFE03CFE', undefined],
  ['A81758FFFE03CFE0A', undefined],
  ['xxxxxxxxxxxxxxxx', undefined],
  ['', undefined],
  [null, undefined],
  [1234567890123456, undefined],
]);

check('gateway', gatewayIdOf, [
  ['A81758FFFE03CFE0', EUI],
  ['FF0103E7', 'FF0103E7'],
  ['AwMDAwMDAwM=', '0303030303030303'],
  [881, '881'],
  ['', undefined],
]);

check('address', devAddrOf, [
  ['0405F519', '0405f519'],
  ['04-05-F5-19', '0405f519'],
  [1653878, '00193c76'],
  [-1, 'ffffffff'],
  ['AFE5Qg==', '00513942'],
  ['405F519', undefined],
  [2 ** 32, undefined],
  [1.5, undefined],
]);

check('time', momentOf, [
  ['2019-10-10T03:38:42.123456789Z', '2019-10-10T03:38:42.123Z'],
  ['2019-10-10T05:38:42+02:00', '2019-10-10T03:38:42.000Z'],
  ['2019-10-10T05:38:42.5+0200', '2019-10-10T03:38:42.500Z'],
  ['20191010T033842Z', '2019-10-10T03:38:42.000Z'],
  ['2019-10-10T03:38:42.932188', '2019-10-10T03:38:42.932Z'],
  ['2019-10-10 03:38:42', '2019-10-10T03:38:42.000Z'],
  ['2014-01-12 08:59:28 GMT', '2014-01-12T08:59:28.000Z'],
  [1551278360, '2019-02-27T14:39:20.000Z'],
  ['1551278360', '2019-02-27T14:39:20.000Z'],
  [1729559555.431, '2024-10-22T01:12:35.431Z'],
  [1729220139.7787297, '2024-10-18T02:55:39.778Z'],
  [1570782946959, '2019-10-11T08:35:46.959Z'],
  ['1646480468954', '2022-03-05T11:41:08.954Z'],
  [1567086092891409, '2019-08-29T13:41:32.891Z'],
  ['1980-01-21T23:17:20.234Z', '1980-01-21T23:17:20.234Z'],
  [15868685461234, undefined],
  ['0001-01-01T00:00:00Z', undefined],
  ['2020-0327T12:39:05.547336Z', undefined],
  ['2015-01-27T10:00.123:46+01:00', undefined],
  ['2019-02-30T25:00:00Z', undefined],
  ['', undefined],
  [null, undefined],
  [-1, undefined],
]);

check('frequency', frequencyOf, [
  [868.1, 868_100_000],
  ['868.3', 868_300_000],
  [866.349812, 866_349_812],
  [868_100, 868_100_000],
  [868_100_000, 868_100_000],
  ['868100000', 868_100_000],
  [2403, 2_403_000_000],
  [0, undefined],
  ['', undefined],
]);

check('bandwidth', bandwidthOf, [
  [125, 125_000],
  [125_000, 125_000],
  [812, 812_000],
  [0, undefined],
]);

check('data rate', dataRateOf, [
  ['SF12BW125', { sf: 12, bandwidthHz: 125_000 }],
  ['SF7 BW125 4/5', { sf: 7, bandwidthHz: 125_000 }],
  ['SF8', { sf: 8 }],
  [50_000, { bitRate: 50_000 }],
  [0, {}],
  ['M0CW125', {}],
  [undefined, {}],
]);

check('name', nameOf, [
  [' a ', 'a'],
  [7, '7'],
  [2 ** 53, undefined],
  ['9007199254740993', '9007199254740993'],
  ['', undefined],
  [{}, undefined],
]);

check('bytes', (value) => bytesOfHex(value)?.toString('hex'), [
  ['0027BD00', '0027bd00'],
  ['0x00 27-bd:00', '0027bd00'],
  [[0, 39, 189], '0027bd'],
  [{ type: 'Buffer', data: [1, 2] }, '0102'],
  [[256], undefined],
  ['002', undefined],
  ['YnVt', undefined],
  [7, undefined],
]);

check('battery', (value) => batteryPercentOf(value as number), [
  [1, 0],
  [98, 38.3],
  [254, 100],
  [0, undefined],
  [255, undefined],
  [undefined, undefined],
]);

check('event', (word) => eventNamed({ known: 'join' }, word), [
  ['known', 'join'],
  ['Some_Thing', 'some-thing'],
  ['constructor', 'constructor'],
  ['<b>', 'other'],
  ['a'.repeat(60), 'other'],
]);

describe('a time of a message', () => {
  it('that is plain is taken as it is', () => {
    assert.equal(timeOf('2026-01-02T03:04:05.678Z'), '2026-01-02T03:04:05.678Z');
  });
});
