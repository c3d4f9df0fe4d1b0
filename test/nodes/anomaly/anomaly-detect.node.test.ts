import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import anomalyDetect from '../../../nodes/anomaly/anomaly-detect.node.ts';
import forecast from '../../../nodes/anomaly/forecast.node.ts';
import { type RunningFlow, startFlow } from '../../support/flow.ts';
import { observation } from '../../support/observations.ts';
import { tempFolder } from '../../support/servers.ts';
import { HOUR, MINUTE, START, temperatures } from './series.ts';

describe('nodes of the room anomaly', () => {
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

  async function start(node: object): Promise<RunningFlow> {
    flow = await startFlow(
      [anomalyDetect, forecast],
      [
        { id: 'node', type: 'byflyt-anomaly-detect', wires: [['out']], ...node },
        { id: 'out', type: 'helper' },
      ],
      { byflyt: { dataFolder: folder, language: 'en-US', timeZone: 'UTC' } },
    );
    return flow;
  }

  it('byflyt-anomaly-detect finds a leap, also right after a restart', async () => {
    const samples = temperatures(3);
    const first = await start({ sensitivity: 50 });
    for (const [time, value] of samples) {
      await first.send('node', { payload: observation(time, { snow_temperature: value }), topic: 'start' });
    }
    assert.ok(first.received('out').every(({ payload, topic }) => payload.anomalies && topic === 'start'));
    await first.stop();

    const second = await start({ sensitivity: 50 });
    const [newest = START] = samples.at(-1) ?? [];
    const leap = observation(newest + 20 * MINUTE, { snow_temperature: 60, battery_voltage: 3.6 });
    await second.send('node', { payload: leap });
    const { anomalies } = second.received('out')[0]?.payload ?? {};
    assert.deepEqual(Object.keys(anomalies), ['snow_temperature']);
    assert.match(anomalies.snow_temperature.sentence, /^Snow temperature at Start /);
    assert.ok(anomalies.snow_temperature.score > 0.9 && anomalies.snow_temperature.score <= 1);
    assert.ok(second.statuses('node').includes('1 watched, 1 unusual'));
  });

  it('byflyt-anomaly-detect refuses a quantity that does not exist', async () => {
    const running = await start({ chosen: true, quantities: ['happiness'] });
    await assert.rejects(running.send('node', { payload: observation(START, {}) }), /happiness/);
  });

  it('byflyt-anomaly-detect takes the holidays of a country, and refuses one whose holidays it does not know', async () => {
    const running = await start({ holidays: 'NO' });
    await running.send('node', { payload: observation(START, { air_temperature: 3 }) });
    assert.equal(running.received('out').length, 1);
    await running.stop();
    const refused = await start({ holidays: 'XX' });
    await assert.rejects(refused.send('node', { payload: observation(START, {}) }), /XX/);
  });

  it('byflyt-forecast adds the days until a bin is full and the sentence', async () => {
    const running = await start({
      type: 'byflyt-forecast',
      quantity: 'fill_level',
      target: 100,
      resetDrop: 20,
    });
    const bin = { id: 'bin', name: 'Bin 7', area: 'waste', site: 'Torget' } as const;
    for (let hour = 0; hour <= 48; hour += 6) {
      const payload = observation(START + hour * HOUR, { fill_level: 20 + hour }, bin);
      await running.send('node', { payload, forecast: 'of another node' });
    }
    const [early] = running.received('out');
    assert.equal(early?.forecast, undefined);
    assert.equal(early?.payload.values.time_until_full, undefined);
    const last = running.received('out').at(-1);
    assert.ok(Math.abs(last?.payload.values.time_until_full - 32 / 24) < 1e-6);
    assert.equal(last?.forecast.at, new Date(START + 80 * HOUR).toISOString());
    assert.match(last?.forecast.sentence, /^Full on Thursday,? 8 January$/);
  });

  it('byflyt-forecast leaves other readings and quantities alone', async () => {
    const running = await start({
      type: 'byflyt-forecast',
      quantity: 'water_level',
      target: 3,
      resetDrop: 1,
    });
    const other = observation(START, { air_temperature: 3 });
    await running.send('node', { payload: other, topic: 'start' });
    assert.deepEqual(running.received('out')[0]?.payload, other);
    for (let hour = 1; hour <= 48; hour++) {
      const payload = observation(START + hour * HOUR, { water_level: 1 + hour / 100 });
      await running.send('node', { payload });
    }
    const last = running.received('out').at(-1);
    assert.ok(last?.forecast.days > 0);
    assert.deepEqual(Object.keys(last?.payload.values), ['water_level']);
  });

  it('byflyt-forecast refuses a drop that is no number above zero', async () => {
    const running = await start({ type: 'byflyt-forecast', resetDrop: '0' });
    await assert.rejects(running.send('node', { payload: observation(START, {}) }), /above zero/);
  });
});
