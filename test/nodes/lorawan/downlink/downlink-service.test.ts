import assert from 'node:assert/strict';
import { ModelCatalog } from '../../../../nodes/codec/models.ts';
import { type CommandValues, commandData } from '../../../../nodes/lorawan/downlink/command-data.ts';
import type { DownlinkReport } from '../../../../nodes/lorawan/downlink/downlink-service.ts';
import { readSettings } from '../../../../nodes/lorawan/downlink/settings.ts';
import { readDownlink } from '../../../../nodes/lorawan/gateway/downlink-message.ts';
import type { NetworkEvent } from '../../../../nodes/lorawan/network-message.ts';
import { readNetworkMessage } from '../../../../nodes/lorawan/network-server.ts';
import { type ByflytError, ConfigurationError, problemOf } from '../../../../nodes/observation/errors.ts';
import { describeError, LANGUAGES } from '../../../../nodes/observation/messages.ts';
import { MemoryState } from '../../../support/memory-state.ts';
import { DEV_EUI, FORM, LAMP, lampService, MODEL } from './lamps.ts';

const MINUTE = 60_000;

function event(type: string, fields: Partial<NetworkEvent> = {}): NetworkEvent {
  return { kind: 'event', network: 'chirpstack-v4', devEui: DEV_EUI, type, ...fields };
}

/** States, in order. */
const states = (reports: readonly DownlinkReport[]) => reports.map(({ state }) => state);

function refusedAs(key: string, parameters: Record<string, unknown> = {}) {
  return (error: unknown): boolean => {
    assert.equal(problemOf(error).key, `lorawan.error.${key}`);
    for (const [name, value] of Object.entries(parameters)) {
      assert.equal((error as ByflytError).parameters[name], value);
    }
    for (const language of LANGUAGES) assert.doesNotMatch(describeError(error, language), /__/);
    return true;
  };
}

describe('command on quantities', () => {
  it('is turned into what the codec takes by the reverse of the model’s mappings', () => {
    assert.deepEqual(commandData(MODEL, { dimming_level: 40, lamp_on: true, battery_voltage: 3.3 }), {
      dim: 40,
      lamp: 'on',
      volts: { mV: 3300 },
    });
  });

  it('gives a code back as the number that it was', () => {
    const relay = { from: 'relay', quantity: 'lamp_on', states: { 1: true, 0: false } } as const;
    assert.deepEqual(commandData({ ...MODEL, mappings: [relay] }, { lamp_on: true }), { relay: 1 });
  });

  it('follows what the model says of commands, where it says something', () => {
    const model = {
      ...MODEL,
      commands: [
        { quantity: 'dimming_level', to: 'set.level', unit: '1', whole: true, with: { cmd: 'dim' } },
        { quantity: 'lamp_on', to: 'set.relay', states: { true: 1, false: 0 } },
      ] as const,
    };
    assert.deepEqual(commandData(model, { lamp_on: false, dimming_level: 49.9 }), {
      cmd: 'dim',
      set: { relay: 0, level: 0 },
    });
    assert.throws(() => commandData(model, { battery_voltage: 3 }), refusedAs('noCommand'));
  });

  const BUILT_IN: [model: string, values: CommandValues, fPort: number, bytes: string][] = [
    ['milesight-ws52x', { switched_on: true }, 85, '0801ffff'],
    ['milesight-ws558', { switched_on_3: false }, 85, '080400'],
    ['mclimate-vicki', { setpoint_temperature: 21.5 }, 1, '5100d7'],
  ];
  for (const [id, values, fPort, bytes] of BUILT_IN) {
    it(`works for ${id}`, async () => {
      const models = ModelCatalog.open();
      const model = models.get(id);
      assert.ok(model);
      const world = { model, devices: [{ ...LAMP, model: id }], codec: models.codecFor(model) };
      const allowed = Object.keys(values).map((quantity) => ({ quantity }));
      const { report } = await lampService({ ...world, form: { allowed } }).command(values);
      assert.deepEqual([report?.fPort, report?.payloadHex], [fPort, bytes]);
    });
  }

  it('is refused where the way back is not known', () => {
    assert.throws(() => commandData(MODEL, { tilt: true }), refusedAs('noCommand', { quantity: 'tilt' }));
    assert.throws(() => commandData(MODEL, { snow_depth: 1 }), refusedAs('noCommand'));
    const [, lamp] = MODEL.mappings;
    const oneWord = {
      ...MODEL,
      mappings: [{ ...lamp, from: 'lamp', quantity: 'lamp_on', states: { on: true } } as const],
    };
    assert.throws(() => commandData(oneWord, { lamp_on: false }), refusedAs('noWord', { value: 'false' }));
  });
});

describe('downlink service', () => {
  it('gives bytes, a message for the network and a state', async () => {
    const { send, report } = await lampService().command({ dimming_level: 40 });
    assert.ok(report);
    const { reference, time, ...rest } = report;
    assert.deepEqual(rest, {
      kind: 'downlink-state',
      device: { id: 'lamp-7', name: 'Lamp 7' },
      state: 'queued',
      values: { dimming_level: 40 },
      fPort: 2,
      payloadHex: '0128',
      confirmed: true,
    });
    assert.equal(time, '2026-11-20T12:00:00.000Z');
    assert.deepEqual(send, {
      topic: `application/app-1/device/${DEV_EUI}/command/down`,
      payload: { id: reference, devEui: DEV_EUI, confirmed: true, fPort: 2, data: 'ASg=' },
      qos: 1,
      retain: false,
    });
  });

  const MESSAGES: [form: object, message: (reference: string) => object][] = [
    [
      { network: 'tts-v3' },
      (reference) => ({
        topic: `v3/app-1@ttn/devices/eui-${DEV_EUI}/down/push`,
        payload: {
          downlinks: [
            {
              f_port: 2,
              frm_payload: 'ASg=',
              priority: 'NORMAL',
              confirmed: true,
              correlation_ids: [`byflyt:${reference}`],
            },
          ],
        },
        qos: 0,
        retain: false,
      }),
    ],
    [
      { network: 'tts-v3', transport: 'http', deviceId: '{id}' },
      (reference) => ({
        url: 'https://server.example.org/api/v3/as/applications/app-1/webhooks/byflyt/devices/lamp-7/down/push',
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        payload: {
          downlinks: [
            {
              f_port: 2,
              frm_payload: 'ASg=',
              priority: 'NORMAL',
              confirmed: true,
              correlation_ids: [`byflyt:${reference}`],
            },
          ],
        },
      }),
    ],
    [
      { transport: 'http' },
      () => ({
        url: `https://server.example.org/api/devices/${DEV_EUI}/queue`,
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        payload: { queueItem: { confirmed: true, fPort: 2, data: 'ASg=' } },
      }),
    ],
    [
      { network: 'chirpstack-v3' },
      () => ({
        topic: `application/app-1/device/${DEV_EUI}/command/down`,
        payload: { confirmed: true, fPort: 2, data: 'ASg=' },
        qos: 1,
        retain: false,
      }),
    ],
    [
      { network: 'chirpstack-v3', transport: 'http', confirmed: false },
      () => ({
        url: `https://server.example.org/api/devices/${DEV_EUI}/queue`,
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        payload: { deviceQueueItem: { confirmed: false, fPort: 2, data: 'ASg=' } },
      }),
    ],
    [
      { network: 'gateway', application: '' },
      (reference) => ({
        topic: 'lamp-7',
        payload: {
          kind: 'downlink',
          devEui: DEV_EUI,
          device: 'lamp-7',
          fPort: 2,
          payloadHex: '0128',
          confirmed: true,
          reference,
        },
      }),
    ],
  ];
  for (const [form, message] of MESSAGES) {
    it(`speaks to ${JSON.stringify(form)}`, async () => {
      const { send, report } = await lampService({ form }).command({ dimming_level: 40 });
      assert.deepEqual(send, message(report?.reference ?? ''));
    });
  }

  it('leaves the tenant out of the topic where there is none', async () => {
    const { send } = await lampService({ form: { network: 'tts-v3', tenant: '' } }).command({
      dimming_level: 40,
    });
    assert.equal(send && 'topic' in send && send.topic, `v3/app-1/devices/eui-${DEV_EUI}/down/push`);
  });

  it('finds the device by id, DevEUI or name, or takes the one of the form', async () => {
    for (const topic of ['lamp-7', DEV_EUI.toUpperCase(), ' Lamp 7 ']) {
      assert.ok((await lampService().command({ dimming_level: 40 }, topic)).send, topic);
    }
    const { command } = lampService({ form: { device: 'lamp-7' } });
    assert.ok((await command({ dimming_level: 40 }, 'anything')).send);
    await assert.rejects(
      lampService().command({ dimming_level: 40 }, 'lamp-8'),
      refusedAs('unknownCommandDevice'),
    );
    await assert.rejects(lampService().command({ dimming_level: 40 }, ''), refusedAs('noCommandDevice'));
    const twin = { ...LAMP, id: 'lamp-8', devEui: '70b3d57ed0050004' };
    const twins = lampService({ devices: [LAMP, twin] });
    await assert.rejects(twins.command({ dimming_level: 40 }, 'Lamp 7'), refusedAs('ambiguousDevice'));
  });

  describe('safety', () => {
    it('sends nothing that is not on the list, and nothing out of its range', async () => {
      const encode = () => assert.fail('the codec was asked');
      const closed = lampService({ form: { allowed: [] }, encode });
      await assert.rejects(
        closed.command({ dimming_level: 40 }),
        refusedAs('notAllowed', { quantity: 'dimming_level' }),
      );
      const { command } = lampService();
      for (const value of [19.9, 100.1, -1]) {
        await assert.rejects(
          command({ dimming_level: value }),
          refusedAs('outOfRange', { value, lowest: 20 }),
        );
      }
      await assert.rejects(command({ dimming_level: 40, valve_position: 10 }), refusedAs('notAllowed'));
      assert.ok((await command({ lamp_on: false })).send);
    });

    it('lets a row for one device go before that for all, in both directions', async () => {
      const allowed = [
        { quantity: 'dimming_level', lowest: '0', highest: '100' },
        { quantity: 'dimming_level', device: 'lamp-7', lowest: '60' },
        { quantity: 'lamp_on', device: 'lamp-8' },
      ];
      const { command } = lampService({ form: { allowed } });
      await assert.rejects(
        command({ dimming_level: 40 }),
        refusedAs('outOfRange', { lowest: 60, highest: 100 }),
      );
      await assert.rejects(command({ lamp_on: true }), refusedAs('notAllowed'));
    });

    it('names the device in what it refuses', async () => {
      await assert.rejects(
        lampService().command({ dimming_level: 1 }),
        (error) => problemOf(error).device === 'Lamp 7',
      );
      const encode = () => ({ errors: ['no such mode'] });
      await assert.rejects(lampService({ encode }).command({ dimming_level: 40 }), (error) => {
        assert.equal(
          describeError(error, 'en-US'),
          'Lamp 7: The codec lamp.js cannot encode the command: no such mode',
        );
        return true;
      });
    });

    const NO_COMMANDS: [payload: unknown, key: string][] = [
      [undefined, 'noCommandValues'],
      [40, 'noCommandValues'],
      [[40], 'noCommandValues'],
      [{}, 'noCommandValues'],
      [{ brightness: 40 }, 'unknownQuantity'],
      [{ toString: 40 }, 'unknownQuantity'],
      [{ dimming_level: '40' }, 'numberWanted'],
      [{ dimming_level: Number.NaN }, 'numberWanted'],
      [{ lamp_on: 1 }, 'booleanWanted'],
    ];
    for (const [payload, key] of NO_COMMANDS) {
      it(`refuses ${JSON.stringify(payload)}`, () =>
        assert.rejects(lampService().command(payload), refusedAs(key)));
    }

    it('refuses what a codec should not give', async () => {
      const outputs = [
        {},
        { bytes: [] },
        { bytes: [256] },
        { bytes: [1.5] },
        { bytes: new Array(243).fill(0) },
      ];
      for (const output of outputs) {
        const encode = () => ({ fPort: 2, ...output });
        await assert.rejects(
          lampService({ encode }).command({ dimming_level: 40 }),
          refusedAs('noCommandBytes'),
        );
      }
      for (const fPort of [0, 224, undefined]) {
        const encode = () => ({ bytes: [1], ...(fPort !== undefined && { fPort }) });
        await assert.rejects(
          lampService({ encode }).command({ dimming_level: 40 }),
          refusedAs('noCommandPort'),
        );
      }
    });

    it('takes the port from the codec, the model or the form, in this order', async () => {
      const encode = () => ({ bytes: [1] });
      const form = { fPort: '7' };
      assert.equal((await lampService({ form }).command({ dimming_level: 40 })).report?.fPort, 2);
      assert.equal((await lampService({ form, encode }).command({ dimming_level: 40 })).report?.fPort, 7);
      const model = { ...MODEL, downlinkPort: 85 };
      assert.equal(
        (await lampService({ form, encode, model }).command({ dimming_level: 40 })).report?.fPort,
        85,
      );
    });

    it('keeps to the limits per hour and day, and says when the next one is possible', async () => {
      const { command, clock } = lampService({ form: { perHour: '2', perDay: '3' } });
      await command({ dimming_level: 40 });
      clock.now += 20 * MINUTE;
      await command({ dimming_level: 50 });
      await assert.rejects(command({ dimming_level: 60 }), refusedAs('hourLimit', { most: 2, minutes: 40 }));
      clock.now += 40 * MINUTE;
      await command({ dimming_level: 60 });
      clock.now += 20 * MINUTE;
      await assert.rejects(command({ dimming_level: 70 }), refusedAs('dayLimit', { most: 3, minutes: 1360 }));
      clock.now += 1360 * MINUTE;
      assert.ok((await command({ dimming_level: 70 })).send);
    });

    it('counts what other nodes send to the device, too', async () => {
      const state = new MemoryState();
      const [hall, yard] = ['hall', 'yard'].map((scope) =>
        lampService({ form: { perHour: '1' }, state, scope }),
      );
      const { reference = '' } = (await hall?.command({ dimming_level: 40 }))?.report ?? {};
      await assert.rejects(yard?.command({ dimming_level: 40 }) ?? Promise.resolve(), refusedAs('hourLimit'));
      assert.deepEqual(yard?.service.event(event('txack', { reference })), []);
      assert.deepEqual(states(hall?.service.event(event('txack', { reference })) ?? []), ['sent']);
    });

    it('counts per device', async () => {
      const other = { ...LAMP, id: 'lamp-8', name: 'Lamp 8', devEui: '70b3d57ed0050004' };
      const { command } = lampService({ form: { perHour: '1' }, devices: [LAMP, other] });
      await command({ dimming_level: 40 });
      assert.ok((await command({ dimming_level: 40 }, 'lamp-8')).send);
    });

    it('only shows what it would send in a dry run, and for a simulated device', async () => {
      for (const world of [{ form: { dryRun: true } }, { devices: [{ ...LAMP, sandbox: true as const }] }]) {
        const { command, service, clock } = lampService(world);
        const { send, report } = await command({ dimming_level: 40 });
        assert.equal(send, undefined);
        assert.deepEqual([report?.state, report?.payloadHex, report?.fPort], ['dry-run', '0128', 2]);
        assert.match(JSON.stringify(report?.wouldSend), /command\/down.*"data":"ASg="/);
        clock.now += 24 * 60 * MINUTE;
        assert.deepEqual(service.expire(), []);
      }
    });

    it('sends a command once, also when the journal repeats its message', async () => {
      const { service } = lampService();
      const message = {
        topic: 'lamp-7',
        payload: { dimming_level: 40 },
        intake: { journalId: 'j1', receivedTime: '2026-11-20T12:00:00Z', transport: 'mqtt' },
      };
      assert.ok((await service.command(message)).send);
      assert.deepEqual(await service.command(message), {});
      assert.ok((await service.command({ ...message, payload: { dimming_level: 50 } })).send);
    });

    it('speaks so that our gateway understands it, also for a device without a DevEUI', async () => {
      const { devEui: _devEui, ...nameless } = LAMP;
      for (const devices of [[LAMP], [nameless]]) {
        const { send } = await lampService({ form: { network: 'gateway' }, devices }).command({
          dimming_level: 40,
        });
        assert.ok(send);
        assert.deepEqual(readDownlink(send.payload), send.payload);
      }
    });

    it('needs a DevEUI for network servers', async () => {
      const { devEui: _devEui, ...nameless } = LAMP;
      await assert.rejects(
        lampService({ devices: [nameless] }).command({ dimming_level: 40 }),
        refusedAs('commandWithoutDevEui'),
      );
    });
  });

  describe('following', () => {
    it('goes from queued over sent to acked, by the reference', async () => {
      const { command, service } = lampService();
      const first = (await command({ dimming_level: 40 })).report?.reference ?? '';
      const second = (await command({ dimming_level: 60 })).report?.reference ?? '';
      const news = [
        event('txack', { reference: second, fCntDown: 8 }),
        event('txack', { reference: first, fCntDown: 9 }),
        event('ack', { reference: second, acknowledged: true }),
        event('ack', { reference: first, acknowledged: false }),
      ].flatMap((one) => service.event(one));
      assert.deepEqual(states(news), ['sent', 'sent', 'acked', 'failed']);
      assert.deepEqual(
        news.map(({ values }) => values.dimming_level),
        [60, 40, 60, 40],
      );
    });

    it('takes nothing back, but for an acknowledgement that comes late', async () => {
      const { command, service, clock } = lampService({ form: { timeout: '30' } });
      const { reference } = (await command({ dimming_level: 40 })).report ?? {};
      const named = (type: string) => event(type, reference === undefined ? {} : { reference });
      assert.deepEqual(service.event(named('queued')), []);
      assert.deepEqual(states(service.event(named('txack'))), ['sent']);
      assert.deepEqual(service.event(named('txack')), []);
      clock.now += 29 * MINUTE;
      assert.deepEqual(service.expire(), []);
      clock.now += MINUTE;
      assert.deepEqual(states(service.expire()), ['no-answer']);
      assert.deepEqual(service.expire(), []);
      assert.deepEqual(states(service.event(named('ack'))), ['acked']);
      for (const type of ['txack', 'nack', 'failed', 'ack'])
        assert.deepEqual(service.event(named(type)), [], type);
    });

    it('waits three intervals of the device for an answer, ten minutes at least', async () => {
      for (const [interval, minutes] of [
        [undefined, 30],
        [60, 180],
        [1, 10],
      ] as const) {
        const devices = [{ ...LAMP, ...(interval !== undefined && { interval }) }];
        const { command, service, clock } = lampService({ devices });
        await command({ dimming_level: 40 });
        clock.now += minutes * MINUTE - 1;
        assert.deepEqual(service.expire(), []);
        clock.now += 1;
        assert.deepEqual(states(service.expire()), ['no-answer']);
      }
    });

    it('is done with one that needs no acknowledgement when it is sent', async () => {
      const { command, service, clock } = lampService({ form: { confirmed: false } });
      const { reference = '' } = (await command({ dimming_level: 40 })).report ?? {};
      assert.deepEqual(states(service.event(event('txack', { reference }))), ['sent']);
      clock.now += 24 * 60 * MINUTE;
      assert.deepEqual(service.expire(), []);
    });

    it('goes on after a restart, with the limits', async () => {
      const before = lampService({ form: { perHour: '1' } });
      const { reference = '' } = (await before.command({ dimming_level: 40 })).report ?? {};
      before.state.restart();
      const { service, command } = lampService({ form: { perHour: '1' }, state: before.state });
      await assert.rejects(command({ dimming_level: 50 }), refusedAs('hourLimit'));
      assert.deepEqual(states(service.event(event('ack', { reference }))), ['acked']);
    });

    it('says why the network gave up', async () => {
      const { command, service } = lampService();
      const { reference = '' } = (await command({ dimming_level: 40 })).report ?? {};
      const line = { level: 'ERROR', code: 'DOWNLINK_PAYLOAD_SIZE', description: 'Payload exceeds size' };
      assert.deepEqual(service.event(event('log', { ...line, reference, level: 'INFO' })), []);
      assert.deepEqual(service.event(event('log', line)), []);
      const [report] = service.event(event('log', { ...line, reference }));
      assert.deepEqual([report?.state, report?.reason], ['failed', 'Payload exceeds size']);
    });

    it('leaves downlinks of others, and events that are no news of a downlink, alone', async () => {
      const { command, service } = lampService({ form: { network: 'tts-v3' } });
      await command({ dimming_level: 40 });
      for (const other of [
        event('ack', { reference: 'somebody-else' }),
        event('ack'),
        event('join'),
        event('status', { margin: 7 }),
        event('toString'),
        event('txack', { devEui: '0000000000000000' }),
      ]) {
        assert.deepEqual(service.event(other), [], other.type);
      }
    });

    it('is not misled by events with odd names', async () => {
      const { command, service } = lampService({ form: { network: 'chirpstack-v3' } });
      await command({ dimming_level: 40 });
      for (const type of ['toString', '__proto__', 'hasOwnProperty'])
        assert.deepEqual(service.event(event(type)), []);
    });

    it('tells downlinks of ChirpStack v3 apart by counter, port and order', async () => {
      const { command, service } = lampService({ form: { network: 'chirpstack-v3' } });
      await command({ dimming_level: 40 });
      await command({ dimming_level: 60 });
      const news = [
        event('txack', { fCntDown: 4 }),
        event('txack', { fCntDown: 5 }),
        event('ack', { fCntDown: 5, acknowledged: true }),
        event('ack', { fCntDown: 6, acknowledged: true }),
        event('ack', { fCntDown: 4, fPort: 3, acknowledged: true }),
        event('ack', { fCntDown: 4, acknowledged: true }),
      ].flatMap((one) => service.event(one));
      assert.deepEqual(
        news.map(({ state, values }) => [state, values.dimming_level]),
        [
          ['sent', 40],
          ['sent', 60],
          ['acked', 60],
          ['acked', 40],
        ],
      );
    });

    it('takes over the id that ChirpStack answers over HTTP', async () => {
      const { command, service } = lampService({ form: { transport: 'http' } });
      const [first = '', second = ''] = [
        (await command({ dimming_level: 40 })).report?.reference,
        (await command({ dimming_level: 60 })).report?.reference,
      ];
      assert.deepEqual(service.answer(first, 200, { id: 'q-1' }), []);
      assert.deepEqual(service.answer(second, 200, { id: 'q-2' }), []);
      const [report] = service.event(event('ack', { reference: 'q-2', acknowledged: true }));
      assert.equal(report?.values.dimming_level, 60);
    });

    it('fails when the server refuses, or cannot be reached', async () => {
      for (const [status, reason] of [
        [401, 'HTTP 401'],
        ['ECONNREFUSED', 'HTTP ECONNREFUSED'],
      ] as const) {
        const { command, service } = lampService({ form: { transport: 'http' } });
        const { reference = '' } = (await command({ dimming_level: 40 })).report ?? {};
        const [report] = service.answer(reference, status, 'no');
        assert.deepEqual([report?.state, report?.reason], ['failed', reason]);
        assert.deepEqual(service.answer('unknown', status, 'no'), []);
      }
    });

    it('is found again in the events of The Things Stack', async () => {
      const { command, service } = lampService({ form: { network: 'tts-v3' } });
      const { reference = '' } = (await command({ dimming_level: 40 })).report ?? {};
      const correlation_ids = ['as:downlink:01E84EAR5B4NM229NDKE0004J6', `byflyt:${reference}`];
      const end_device_ids = {
        device_id: 'lamp',
        application_ids: { application_id: 'app-1' },
        dev_eui: DEV_EUI,
      };
      const told = [
        { downlink_queued: { f_port: 2, frm_payload: 'ASg=' }, correlation_ids },
        { downlink_sent: { f_port: 2, f_cnt: 7, frm_payload: 'ASg=', correlation_ids } },
        { downlink_failed: { downlink: { f_port: 2, correlation_ids }, error: { name: 'no_session' } } },
        { downlink_ack: { f_port: 2, f_cnt: 7, correlation_ids } },
      ].map((message) => readNetworkMessage({ end_device_ids, ...message }));
      const news = told.flatMap((one) => service.event(one as NetworkEvent));
      assert.deepEqual(
        news.map(({ state, reason }) => [state, reason]),
        [
          ['sent', undefined],
          ['failed', 'no_session'],
          ['acked', undefined],
        ],
      );
    });

    it('learns how The Things Stack calls a device', async () => {
      const { command, service } = lampService({ form: { network: 'tts-v3' } });
      service.event(event('join', { network: 'tts-v3', deviceId: 'harbour-lamp' }));
      service.event(event('join', { network: 'tts-v3', deviceId: 'x/#' }));
      const { send } = await command({ dimming_level: 40 });
      assert.equal(send && 'topic' in send && send.topic, 'v3/app-1@ttn/devices/harbour-lamp/down/push');
    });
  });
});

describe('settings of the downlink node', () => {
  const WRONG: [form: object, field: string][] = [
    [{ network: 'ttn-v2' }, 'network'],
    [{ application: ' ' }, 'application'],
    [{ application: 'a/b' }, 'application'],
    [{ network: 'tts-v3', application: '#' }, 'application'],
    [{ network: 'tts-v3', tenant: 'a b' }, 'tenant'],
    [{ network: 'tts-v3', deviceId: '' }, 'deviceId'],
    [{ network: 'tts-v3', transport: 'http', webhook: '' }, 'webhook'],
    [{ transport: 'http', server: 'server.example.org' }, 'server'],
    [{ transport: 'http', server: 'ftp://server.example.org' }, 'server'],
    [{ transport: 'http', server: 'https://user:secret@server.example.org' }, 'server'],
    [{ fPort: '224' }, 'fPort'],
    [{ timeout: '0' }, 'timeout'],
    [{ perHour: '0' }, 'perHour'],
    [{ perDay: 'many' }, 'perDay'],
    [{ allowed: [{ quantity: 'brightness' }] }, 'allowed'],
    [{ allowed: [{ quantity: 'dimming_level', lowest: 'x' }] }, 'allowed'],
  ];
  for (const [form, field] of WRONG) {
    it(`refuses ${JSON.stringify(form)}`, () =>
      assert.throws(
        () => readSettings({ ...FORM, ...form }),
        (error) => {
          assert.ok(error instanceof ConfigurationError);
          assert.equal(error.key, `lorawan.downlink.wrong.${field}`);
          for (const language of LANGUAGES) assert.ok(describeError(error, language));
          return true;
        },
      ));
  }

  it('asks for nothing that a network does not need', () => {
    assert.ok(readSettings({ ...FORM, network: 'gateway', application: '', server: '', deviceId: '' }));
    assert.deepEqual(readSettings({ network: 'gateway' }).allowed, []);
    assert.ok(readSettings({ ...FORM, transport: 'http', application: '' }));
  });
});
