import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import type { NodeAPI } from 'node-red';
import deviceWatch from '../../../nodes/quality/device-watch.node.ts';
import type { Point } from '../../../nodes/timeseries/store.ts';
import { type RunningFlow, startFlow } from '../../support/flow.ts';
import { observation } from '../../support/observations.ts';
import { tempFolder } from '../../support/servers.ts';

const START = Date.UTC(2026, 0, 6, 8);

/** Takes what the node saves, in place of a database. */
function databaseNode(saved: Point[]): (RED: NodeAPI) => void {
  return (RED) => {
    RED.nodes.registerType('test-database', function (this: object, config) {
      RED.nodes.createNode(this as Parameters<typeof RED.nodes.createNode>[0], config);
      Object.assign(this, { save: (points: readonly Point[]) => void saved.push(...points) });
    });
  };
}

describe('byflyt-device-watch', () => {
  let folder: string;
  let flow: RunningFlow | undefined;
  const saved: Point[] = [];

  beforeEach(async () => {
    folder = await tempFolder();
    saved.length = 0;
  });
  afterEach(async () => {
    await flow?.stop();
    flow = undefined;
    await rm(folder, { recursive: true });
  });

  async function start(form: object = {}, language = 'en-US'): Promise<RunningFlow> {
    flow = await startFlow(
      [deviceWatch, databaseNode(saved)],
      [
        { id: 'watch', type: 'byflyt-device-watch', wires: [['events'], ['readings']], ...form },
        { id: 'events', type: 'helper' },
        { id: 'readings', type: 'helper' },
        { id: 'database', type: 'test-database' },
      ],
      { byflyt: { dataFolder: folder, language } },
    );
    return flow;
  }

  it('passes readings on and sends what is wrong with the device beside them', async () => {
    const running = await start({ database: 'database' });
    const payload = observation(START, { battery_level: 7 });
    const intake = { journalId: '7' };
    await running.send('watch', { payload, topic: 'start', intake, mine: 1 });
    const [reading] = running.received('readings');
    assert.deepEqual([reading?.payload, reading?.intake], [payload, intake]);
    const [event] = running.received('events');
    assert.deepEqual([event?.topic, event?.intake, event?.mine], ['start', undefined, 1]);
    assert.equal(event?.payload.cause, 'battery');
    assert.equal(event?.payload.sentence, 'The battery at Start is at 7 %. Replace it soon.');
    assert.deepEqual(
      saved.map(({ measurement, tags }) => [measurement, tags.alarm]),
      [['alarm', 'Weak battery']],
    );
    await running.send('watch', { payload, topic: 'start', intake });
    assert.equal(running.received('events').length, 1, 'one open alarm per device and cause');
  });

  it('shows after a restart what is open', async () => {
    const first = await start();
    await first.send('watch', { payload: observation(START, { battery_level: 7 }) });
    await first.stop();
    const second = await start({}, 'nb');
    assert.ok(second.statuses('watch').includes('Weak battery: Trail sensor A'));
    await second.send('watch', { payload: observation(START + 3_600_000, { battery_level: 100 }) });
    const [event] = second.received('events');
    assert.equal(event?.payload.sentence, 'Batteriet på Start er bra igjen: 100 %.');
  });

  it('fails what is no reading and every message of a wrong set-up, with a sentence', async () => {
    const running = await start();
    await assert.rejects(running.send('watch', { payload: { temperature: 3 } }), /no reading/);
    await running.stop();
    const wrong = await start({ intervals: '-1' });
    await assert.rejects(wrong.send('watch', { payload: observation(START, {}) }), /above zero/);
  });
});
