import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { CodecError } from '../../../nodes/observation/errors.ts';
import { modelOf } from './built-in.ts';

const COMMANDS: [id: string, request: object, hex: string, fPort: number][] = [
  ['mclimate-vicki', { setTargetTemperature: 20 }, '0e14', 1],
  ['mclimate-vicki', { setTargetTemperatureFloat: 21.5 }, '5100d7', 1],
  ['mclimate-vicki', { setExternalTemperatureFloat: 21.3 }, '3c00d5', 1],
  ['mclimate-vicki', { setChildLock: true, getKeepAliveTime: true }, '070112', 1],
  [
    'mclimate-vicki',
    { setOpenWindow: { enabled: true, closeTime: 20, motorPosition: 540, delta: 3 } },
    '0601041c23',
    1,
  ],
  ['mclimate-vicki', { setInternalAlgoParams: { period: 20, pFirstLast: 17, pNext: 17 } }, '0c141111', 1],
  ['mclimate-vicki', { setOpenWindowPrecisely: { enabled: true, duration: 20, delta: 1.3 } }, '4501040d', 1],
  ['mclimate-vicki', { setTempHysteresis: 0.3, setJoinRetryPeriod: 10 }, '43031078', 1],
  ['netvox-r311a', { Cmd: 'ReadConfigReportReq', Device: 'R730F' }, '027d000000000000000000', 7],
  [
    'netvox-ra02a',
    { Cmd: 'ConfigReportReq', Device: 'RA02A', MinTime: 60, MaxTime: 65535, BatteryChange: 0.3 },
    '010a003cffff0300000000',
    7,
  ],
  ['netvox-ra02a', { Cmd: 'GetAlarmThresholdReq', Device: 'RA02C' }, '0411000000000000000000', 7],
];

const REFUSED: [why: string, id: string, request: unknown, key: string, name: string][] = [
  [
    'half a degree in whole degrees',
    'mclimate-vicki',
    { setTargetTemperature: 21.5 },
    'unknownCommand',
    'setTargetTemperature',
  ],
  ['more than a byte', 'mclimate-vicki', { setKeepAlive: 256 }, 'unknownCommand', 'setKeepAlive'],
  [
    'more than twelve bits',
    'mclimate-vicki',
    { setOpenWindow: { enabled: true, closeTime: 20, motorPosition: 4096, delta: 3 } },
    'unknownCommand',
    'setOpenWindow.motorPosition',
  ],
  [
    'a missing parameter',
    'mclimate-vicki',
    { setTemperatureRange: { min: 5 } },
    'unknownCommand',
    'setTemperatureRange.max',
  ],
  [
    'one number for two parameters',
    'mclimate-vicki',
    { setTemperatureRange: 5 },
    'unknownCommand',
    'setTemperatureRange.min',
  ],
  [
    'a name that only every object has',
    'mclimate-vicki',
    { constructor: 1 },
    'unknownCommand',
    'constructor',
  ],
  ['an unknown command', 'netvox-ra02a', { Cmd: 'Explode', Device: 'RA02C' }, 'unknownCommand', 'Cmd'],
  [
    'another device',
    'netvox-ra02a',
    { Cmd: 'ReadConfigReportReq', Device: 'R311A' },
    'unknownCommand',
    'Device',
  ],
  [
    'a missing value',
    'netvox-ra02a',
    { Cmd: 'SetAlarmThresholdReq', Device: 'RA02C' },
    'unknownCommand',
    'AlarmThreshold',
  ],
  [
    'no time at all',
    'netvox-r311a',
    { Cmd: 'ConfigReportReq', Device: 'R311A', MinTime: -1, MaxTime: 1, BatteryChange: 0 },
    'unknownCommand',
    'MinTime',
  ],
  ['no object', 'mclimate-vicki', 'on', 'badRequest', ''],
  ['nothing', 'netvox-r311a', null, 'badRequest', ''],
];

describe('commands of built-in models', () => {
  for (const [id, request, hex, fPort] of COMMANDS) {
    it(`${id} ${JSON.stringify(request)}`, async () => {
      const { codec } = modelOf(id);
      const bytes = Buffer.from(hex, 'hex');
      assert.deepEqual(await codec.encodeDownlink(request), { fPort, bytes: [...bytes] });
      assert.deepEqual(await codec.decodeDownlink({ fPort, bytes }), { data: request });
    });
  }

  it('leave out what is not wanted', async () => {
    const output = await modelOf('mclimate-vicki').codec.encodeDownlink({ forceClose: false });
    assert.deepEqual(output, { fPort: 1, bytes: [] });
  });

  describe('refuse', () => {
    for (const [why, id, request, key, name] of REFUSED) {
      it(why, () => {
        assert.throws(
          () => modelOf(id).codec.encodeDownlink(request),
          (error) =>
            error instanceof CodecError &&
            error.key === `codec.error.${key}` &&
            (name === '' || error.parameters.name === name),
        );
      });
    }
  });

  it('are not read on another port, nor from other bytes', async () => {
    for (const id of ['mclimate-vicki', 'netvox-r311a']) {
      const { codec } = modelOf(id);
      const bytes = Uint8Array.of(0xfe);
      assert.deepEqual(await codec.decodeDownlink({ fPort: 99, bytes }), { errors: ['invalid FPort'] });
      const fPort = id === 'mclimate-vicki' ? 1 : 7;
      assert.deepEqual(await codec.decodeDownlink({ fPort, bytes }), { errors: ['invalid command'] });
    }
  });

  it('are cut off', () => {
    const { codec } = modelOf('mclimate-vicki');
    assert.throws(() => codec.decodeDownlink({ fPort: 1, bytes: Uint8Array.of(0x51, 0) }), {
      key: 'codec.error.truncated',
    });
  });
});
