import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { CodecError } from '../../../nodes/observation/errors.ts';
import { bytesOf, catalog, files, modelOf } from './milesight.ts';

async function encoded(name: string, data: unknown): Promise<string> {
  const { bytes = [] } = await modelOf(name).codec.encodeDownlink(data);
  return Buffer.from(bytes).toString('hex');
}

describe('Milesight commands', () => {
  const commands: [name: string, data: unknown, hex: string][] = [
    ['WS52x', { socket_status: 'on' }, '0801ffff'],
    ['WS52x', { socket_status: 'off' }, '0800ffff'],
    ['WS52x', { socket_status: 'on', delay_time: 60 }, 'ff22003c0011'],
    ['WS52x', { cancel_delay_task: 0, report_interval: 1200 }, 'ff03b004ff2300ff'],
    ['WS52x', { child_lock_config: { enable: 'enable', lock_time: 10 } }, 'ff250a80'],
    ['WS558', { switch_1: 'on', switch_3: 'off' }, '080501'],
    ['WS558', { delay_task: { delay_time: 60, switch_2: 'on' } }, 'ff32003c000202'],
    ['AM307L', { time_zone: 'UTC-2', time_sync_enable: 'enable' }, 'ff17ecffff3b02'],
    ['AM307L', { co2_calibration_settings: { mode: 'background' } }, 'ff1a03'],
    ['AM307L', { co2_calibration_settings: { mode: 'manual', calibration_value: 500 } }, 'ff1a02f401'],
    ['AM319', { screen_display_element_settings: { humidity: 'enable', hcho: 'disable' } }, 'fff002020200'],
    ['EM300-TH', { reboot: 'no' }, ''],
    ['EM300-TH', { stop_transmit: 'yes', clear_history: 'yes' }, 'fd6dffff2701'],
    ['EM300-TH', { fetch_history: { start_time: 1_609_459_200 } }, 'fd6b0066ee5f'],
    [
      'EM300-TH',
      { fetch_history: { start_time: 1_609_459_200, end_time: 1_609_545_600 } },
      'fd6c0066ee5f80b7ef5f',
    ],
    [
      'EM300-MCS',
      { temperature_alarm_config: { condition: 'outside', threshold_min: 15, threshold_max: 30 } },
      'ff060c96002c0100000000',
    ],
    [
      'EM300-MCS',
      { temperature_calibration_settings: { enable: 'enable', calibration_value: -0.3 } },
      'ffea80fdff',
    ],
    [
      'EM400-TLD',
      {
        standard_mode_alarm_config: {
          condition: 'outside',
          alarm_release_enable: 'enable',
          threshold_min: 200,
          threshold_max: 800,
        },
      },
      'ff068cc800200300000000',
    ],
    ['EM400-TLD', { working_mode: 'bin', tilt_calibration: 'yes' }, 'ff7101ffa5'],
    [
      'VS121',
      {
        reset_cumulative_schedule: [
          {
            mode: 'add',
            index: 1,
            week_cycle: {
              sun: 'enable',
              mon: 'enable',
              tue: 'enable',
              wed: 'enable',
              thu: 'enable',
              fri: 'enable',
              sat: 'enable',
            },
            time: 1200,
          },
        ],
      },
      'f99501007fb004',
    ],
    ['WS202', { light_alarm_config: { threshold_min: 300, threshold_max: 3000 } }, 'ff064c2c01b80b00000000'],
    ['CT101', { report_interval: 20, report_status: 'yes' }, 'ff8e001400ff28ff'],
  ];
  for (const [name, data, hex] of commands) {
    it(`${name} ${JSON.stringify(data)}`, async () => {
      assert.equal(await encoded(name, data), hex);
      assert.equal(modelOf(name).model.downlinkPort, 85);
      if (hex === '' || JSON.stringify(data).includes('"no"')) return;
      const back = await modelOf(name).codec.decodeDownlink({ fPort: 85, bytes: bytesOf(hex) });
      assert.deepEqual(
        back.data,
        name === 'WS558' && hex.startsWith('ff32')
          ? { delay_task: { delay_time: 60, task_id: 0, switch_2: 'on' } }
          : data,
      );
    });
  }

  const refused: [name: string, data: unknown, culprit: string][] = [
    ['EM300-TH', { report_interval: -1 }, 'report_interval'],
    ['EM300-TH', { report_interval: 70_000 }, 'report_interval'],
    ['EM300-TH', { report_interval: '600' }, 'report_interval'],
    ['EM300-TH', { report_interval: Number.NaN }, 'report_interval'],
    ['EM300-TH', { report_interval: 600, explode: 'yes' }, 'explode'],
    ['EM300-TH', { reboot: 'perhaps' }, 'reboot'],
    ['EM300-TH', { constructor: 1 }, 'constructor'],
    ['EM300-TH', { temperature: 21 }, 'temperature'],
    [
      'EM300-TH',
      { temperature_alarm_config: { threshold_min: 1 } },
      'temperature_alarm_config.threshold_min',
    ],
    ['EM300-TH', { temperature_alarm_config: {} }, 'temperature_alarm_config'],
    [
      'EM300-TH',
      { d2d_master_config: [{ mode: 'temperature_alarm', report_type: 'd2d', d2d_cmd: 'xyz' }] },
      'd2d_cmd',
    ],
    ['EM300-TH', { d2d_master_config: ['temperature_alarm'] }, 'd2d_master_config'],
    ['WS52x', { socket_status: 'dim' }, 'socket_status'],
    [
      'WS52x',
      { current_alarm_config: { enable: 'enable', threshold: 300 } },
      'current_alarm_config.threshold',
    ],
    ['EM500-PP', { d2d_key: '0102030405060708' }, 'd2d_key'],
  ];
  for (const [name, data, culprit] of refused) {
    it(`${name} refuses ${JSON.stringify(data)}`, () => {
      assert.throws(
        () => modelOf(name).codec.encodeDownlink(data),
        (error) =>
          error instanceof CodecError &&
          error.key === 'codec.error.unknownCommand' &&
          error.parameters.name === culprit &&
          error.parameters.model === modelOf(name).model.id,
      );
    });
  }

  it('switch what the quantities of a socket and of lamps stand for', async () => {
    const switched = async (name: string, on: boolean) => {
      const { model } = modelOf(name);
      const told = (model.commands ?? []).map(({ to, states }) =>
        encoded(name, { [to]: states?.[String(on)] }),
      );
      return Promise.all(told);
    };
    assert.deepEqual(await switched('WS52x', true), ['0801ffff']);
    assert.deepEqual(await switched('WS52x', false), ['0800ffff']);
    const switches = [1, 2, 4, 8, 16, 32, 64, 128].map((bit) => bit.toString(16).padStart(2, '0'));
    assert.deepEqual(
      await switched('WS558', true),
      switches.map((bit) => `08${bit}${bit}`),
    );
    assert.deepEqual(
      await switched('WS558', false),
      switches.map((bit) => `08${bit}00`),
    );
  });

  it('tell a sensor nothing that it measures', () => {
    const told = catalog
      .list()
      .filter(({ vendor, commands }) => vendor === 'Milesight' && commands?.length !== 0);
    assert.deepEqual(
      told.map(({ name }) => name),
      ['WS52x', 'WS558'],
    );
  });

  it('says what a command lacks', () => {
    const lacking: [name: string, data: unknown, missing: string][] = [
      [
        'AM307L',
        { co2_calibration_settings: { mode: 'manual' } },
        'co2_calibration_settings.calibration_value',
      ],
      ['AM307L', { child_lock_settings: { off_button: 'enable' } }, 'child_lock_settings.on_button'],
      ['WS52x', { delay_time: 60 }, 'socket_status'],
    ];
    for (const [name, data, missing] of lacking) {
      assert.throws(
        () => modelOf(name).codec.encodeDownlink(data),
        (error) =>
          error instanceof CodecError &&
          error.key === 'codec.error.incompleteCommand' &&
          error.parameters.name === missing,
      );
    }
  });

  it('refuses what is no object, and bytes that are no command', () => {
    const { codec } = modelOf('EM300-TH');
    for (const data of [null, [], 'reboot', 7]) {
      assert.throws(() => codec.encodeDownlink(data), { key: 'codec.error.badRequest' });
    }
    assert.throws(() => codec.decodeDownlink({ fPort: 85, bytes: bytesOf('c0ffee') }), {
      key: 'codec.error.unknownLayout',
    });
  });

  it('are what their answers say, for all settings of all models', () => {
    const settings = files.flatMap(({ id, records }) =>
      Object.values(records).flatMap(({ command, length, lengths }) =>
        command?.length === 4 && length !== 'counted'
          ? [{ id, command, length: Math.max(length, ...Object.values(lengths ?? {})) }]
          : [],
      ),
    );
    assert.ok(settings.length > 300, `${settings.length} settings`);
    const answered = fc.constantFrom(...settings).chain(({ id, command, length }) =>
      fc.record({
        id: fc.constant(id),
        bytes: fc
          .uint8Array({ minLength: length, maxLength: length })
          .map((content) => Buffer.concat([Buffer.from(command, 'hex'), content])),
      }),
    );
    let encodable = 0;
    fc.assert(
      fc.property(answered, ({ id, bytes }) => {
        const model = catalog.get(id);
        assert.ok(model);
        const codec = catalog.codecFor(model);
        const read = (payload: Uint8Array) => codec.decodeDownlink({ fPort: 85, bytes: payload });
        try {
          const answer = read(bytes) as { data: unknown };
          const { bytes: again = [] } = codec.encodeDownlink(answer.data) as { bytes?: number[] };
          encodable++;
          assert.deepEqual(read(Uint8Array.from(again)), answer);
        } catch (error) {
          // Codes that the user guide does not name cannot be sent.
          if (!(error instanceof CodecError)) throw error;
        }
      }),
      { numRuns: 3000 },
    );
    assert.ok(encodable > 800, `${encodable} of 3000 could be sent`);
  });
});
