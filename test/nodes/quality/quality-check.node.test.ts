import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import qualityCheck from '../../../nodes/quality/quality-check.node.ts';
import { type RunningFlow, startFlow } from '../../support/flow.ts';
import { observation } from '../../support/observations.ts';
import { tempFolder } from '../../support/servers.ts';

const MINUTE = 60_000;
const START = Date.UTC(2026, 0, 6, 8);

describe('byflyt-quality-check', () => {
  let folder: string;
  let flow: RunningFlow | undefined;

  beforeEach(async () => {
    folder = await tempFolder();
  });
  afterEach(async () => {
    await flow?.stop();
    flow = undefined;
    await rm(folder, { recursive: true });
  });

  async function start(form: object = {}, language = 'en-US'): Promise<RunningFlow> {
    flow = await startFlow(
      [qualityCheck],
      [
        { id: 'check', type: 'byflyt-quality-check', wires: [['out']], ...form },
        { id: 'out', type: 'helper' },
      ],
      { byflyt: { dataFolder: folder, language } },
    );
    return flow;
  }

  const flags = (running: RunningFlow): number[] =>
    running
      .received('out')
      .filter(({ payload }) => 'air_temperature' in payload.values)
      .map(({ payload }) => payload.quality.air_temperature.flag);

  it('adds flags and keeps everything else of the message', async () => {
    const running = await start();
    const payload = observation(START, { air_temperature: 327.67, occupancy: true });
    await running.send('check', { payload, topic: 'start', intake: { journalId: '7' } });
    const [message] = running.received('out');
    assert.equal(message?.topic, 'start');
    assert.deepEqual(message?.intake, { journalId: '7' });
    assert.deepEqual(message?.payload.values, payload.values);
    assert.equal(message?.payload.quality.air_temperature.flag, 4);
    assert.equal(message?.payload.quality.occupancy.flag, 2);
    assert.equal(payload.quality, undefined);
  });

  it('goes on after a restart where it was', async () => {
    const first = await start();
    await first.send('check', { payload: observation(START, { air_temperature: 1 }) });
    await first.stop();
    const second = await start();
    await second.send('check', { payload: observation(START + 20 * MINUTE, { air_temperature: 25 }) });
    assert.deepEqual(flags(second), [3]);
  });

  it('sends the flag of a spike again when the next reading has shown it, without a journal entry', async () => {
    const running = await start();
    for (const [at, air_temperature] of [1, 31, 1.2].entries()) {
      const payload = observation(START + at * 10 * MINUTE, { air_temperature });
      await running.send('check', { payload, topic: 'start', intake: { journalId: String(at) } });
    }
    const messages = running.received('out').map(({ payload, topic, intake }) => ({
      topic,
      intake: intake?.journalId,
      time: Date.parse(payload.phenomenonTime) - START,
      values: payload.values,
      flag: payload.quality.air_temperature.flag,
    }));
    const topic = 'start';
    assert.deepEqual(messages, [
      { topic, intake: '0', time: 0, values: { air_temperature: 1 }, flag: 1 },
      { topic, intake: '1', time: 10 * MINUTE, values: { air_temperature: 31 }, flag: 3 },
      { topic, intake: undefined, time: 10 * MINUTE, values: {}, flag: 4 },
      { topic, intake: '2', time: 20 * MINUTE, values: { air_temperature: 1.2 }, flag: 1 },
    ]);
  });

  it('adds the rate of a meter to its reading', async () => {
    const running = await start();
    for (const [at, water_volume] of [100, 100.5].entries())
      await running.send('check', { payload: observation(START + at * 30 * MINUTE, { water_volume }) });
    const [, { payload } = { payload: undefined }] = running.received('out');
    assert.deepEqual(payload.values, { water_volume: 100.5, water_volume_rate: 1 });
    assert.equal(payload.quality.water_volume_rate.flag, 1);
  });

  it('has limits for one device, one season and a preset', async () => {
    const running = await start({
      preset: 'outdoors',
      rateOfChange: false,
      overrides: [
        { quantity: 'air_temperature', when: 'month', from: 12, to: 2, suspectLow: -20, suspectHigh: 5 },
        { quantity: 'air_temperature', device: 'Cold store', failHigh: '-10' },
      ],
    });
    const send = (time: number, air_temperature: number, device = {}): Promise<void> =>
      running.send('check', { payload: observation(time, { air_temperature }, device) });
    await send(START, 8);
    await send(Date.UTC(2026, 6, 1), 8);
    await send(START, 4, { id: 'cold', name: 'Cold store' });
    assert.deepEqual(flags(running), [3, 1, 4]);
  });

  it('follows its form: tests and limits, decimal comma included', async () => {
    const running = await start({
      rateOfChange: false,
      overrides: [{ quantity: 'air_temperature', suspectLow: '-2,5', failHigh: '40' }],
    });
    const values = [0, 30, -2.6, -70, 41];
    for (const [at, air_temperature] of values.entries()) {
      await running.send('check', { payload: observation(START + at * 10 * MINUTE, { air_temperature }) });
    }
    assert.deepEqual(flags(running), [1, 1, 3, 3, 4]);
  });

  it('counts in its status, in the language of Byflyt', async () => {
    const running = await start({}, 'nb');
    await running.send('check', { payload: observation(START, { air_temperature: 99 }) });
    assert.ok(running.statuses('check').includes('1 kontrollert, 1 mistenkelige'));
  });

  it('fails what is no reading and every message of a wrong set-up, with a sentence', async () => {
    const running = await start();
    await assert.rejects(running.send('check', { payload: { temperature: 3 } }), /no reading/);
    await running.stop();
    const wrong = await start({ overrides: [{ quantity: 'air_temperature', failLow: '5', failHigh: '1' }] });
    await assert.rejects(wrong.send('check', { payload: observation(START, {}) }), /contradict/);
  });
});
