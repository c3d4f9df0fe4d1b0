import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import type { NodeAPI } from 'node-red';
import alarmNode from '../../../nodes/alarm/alarm.node.ts';
import type { Point } from '../../../nodes/timeseries/store.ts';
import { type RunningFlow, startFlow } from '../../support/flow.ts';
import { helper } from '../../support/node-red.ts';
import { observation } from '../../support/observations.ts';
import { tempFolder } from '../../support/servers.ts';

const MINUTE = 60_000;
const START = Date.UTC(2026, 10, 20, 8);
const FORM = {
  alarm: 'Bin is full',
  quantity: 'fill_level',
  condition: 'above',
  limit: '90',
  severity: 'critical',
};

/** Takes what the alarm node saves, in place of a database. */
function databaseNode(saved: { points: readonly Point[]; sandbox: boolean }[]): (RED: NodeAPI) => void {
  return (RED) => {
    RED.nodes.registerType('test-database', function (this: object, config) {
      RED.nodes.createNode(this as Parameters<typeof RED.nodes.createNode>[0], config);
      Object.assign(this, {
        save: (points: readonly Point[], { sandbox }: { sandbox: boolean }) =>
          saved.push({ points, sandbox }),
      });
    });
  };
}

describe('byflyt-alarm', () => {
  let folder: string;
  let flow: RunningFlow | undefined;
  const saved: { points: readonly Point[]; sandbox: boolean }[] = [];

  beforeEach(async () => {
    folder = await tempFolder();
    saved.length = 0;
  });
  afterEach(async () => {
    await flow?.stop();
    flow = undefined;
    await rm(folder, { recursive: true });
  });

  async function start(form: object = FORM): Promise<RunningFlow> {
    flow = await startFlow(
      [alarmNode, databaseNode(saved)],
      [
        { id: 'alarm', type: 'byflyt-alarm', wires: [['alarms'], ['readings']], ...form },
        { id: 'alarms', type: 'helper' },
        { id: 'readings', type: 'helper' },
        { id: 'database', type: 'test-database' },
      ],
      { byflyt: { dataFolder: folder, language: 'en-US' } },
    );
    return flow;
  }

  const reading = (minutes: number, fill_level: number): object =>
    observation(START + minutes * MINUTE, { fill_level }, { id: 'bin', area: 'waste', site: 'Torget' });

  it('sends alarms on the first output and every reading on the second', async () => {
    const running = await start();
    await running.send('alarm', { payload: reading(0, 50), topic: 'bin', mine: 1 });
    const intake = { journalId: '7' };
    await running.send('alarm', { payload: reading(20, 95), topic: 'bin', mine: 2, intake });
    await running.send('alarm', { payload: reading(40, 30), topic: 'bin', mine: 3 });
    const alarms = running.received('alarms');
    assert.deepEqual(
      alarms.map(({ topic, mine, payload }) => [topic, mine, payload.state]),
      [
        ['bin', 2, 'raised'],
        ['bin', 3, 'cleared'],
      ],
    );
    assert.equal(alarms[0]?.intake, undefined, 'its end says nothing of the reading');
    assert.deepEqual(running.received('readings')[1]?.intake, intake);
    assert.equal(alarms[0]?.payload.sentence, 'Fill level at Torget is 95 %, above the limit of 90 %');
    assert.deepEqual(
      running.received('readings').map(({ payload }) => payload.values.fill_level),
      [50, 95, 30],
    );
  });

  it('takes word that somebody has seen an alarm, and refuses quiet hours that are no times', async () => {
    const running = await start();
    await running.send('alarm', { payload: reading(0, 95), topic: 'bin' });
    await running.send('alarm', { acknowledge: 'bin' });
    assert.equal(running.received('readings').length, 1, 'it is no reading');
    assert.equal(running.received('alarms')[0]?.payload.notice, 'raised');
    await running.stop();
    const wrong = await start({ ...FORM, quietFrom: '22:00' });
    await assert.rejects(wrong.send('alarm', { payload: reading(0, 95) }), /two times of day/);
  });

  it('takes alarms that device watch has found, one per device and cause', async () => {
    const running = await start({
      ...FORM,
      condition: 'reported',
      quantity: '',
      limit: '',
      database: 'database',
    });
    const event = (cause: string, state: string, minutes: number) => ({
      payload: {
        ...{ device: 'bin', name: 'Bin 7', area: 'waste', alarm: `The ${cause} one`, cause, state },
        ...{ severity: 'warning', value: 3, sentence: `${cause} ${state}` },
        time: new Date(START + minutes * MINUTE).toISOString(),
      },
      topic: 'bin',
    });
    await running.send('alarm', event('silent', 'raised', 0));
    await running.send('alarm', event('silent', 'raised', 10));
    await running.send('alarm', event('battery', 'raised', 20));
    await running.send('alarm', event('silent', 'cleared', 30));
    await running.send('alarm', event('late', 'cleared', 40));
    await running.send('alarm', { payload: reading(50, 99) });
    assert.deepEqual(
      running.received('alarms').map(({ payload }) => payload.sentence),
      ['silent raised', 'battery raised', 'silent cleared'],
    );
    assert.equal(saved.length, 3);
    assert.equal(running.received('readings').length, 1, 'readings pass');
    await running.stop();
    const second = await start({ ...FORM, condition: 'reported' });
    assert.deepEqual(second.statuses('alarm'), ['1 open: Bin 7']);
  });

  it('remembers an open alarm after a restart and shows it', async () => {
    const first = await start();
    await first.send('alarm', { payload: reading(0, 95) });
    await first.stop();
    const second = await start();
    assert.deepEqual(second.statuses('alarm'), ['1 open: Trail sensor A']);
    await second.send('alarm', { payload: reading(20, 96) });
    assert.equal(second.received('alarms').length, 0);
    await second.send('alarm', { payload: reading(40, 5) });
    assert.equal(second.received('alarms')[0]?.payload.state, 'cleared');
  });

  it('forgets its alarms when somebody takes it out of the flow', async () => {
    const first = await start();
    await first.send('alarm', { payload: reading(0, 95) });
    await helper.setFlows([{ id: 'readings', type: 'helper' }]);
    await first.stop();
    const second = await start();
    await second.send('alarm', { payload: reading(20, 96) });
    assert.equal(second.received('alarms')[0]?.payload.state, 'raised');
  });

  it('stores events in the chosen database, sandbox devices apart', async () => {
    const running = await start({ ...FORM, database: 'database' });
    await running.send('alarm', { payload: reading(0, 95) });
    const sandbox = observation(START, { fill_level: 99 }, { id: 'toy', area: 'waste', sandbox: true });
    await running.send('alarm', { payload: sandbox });
    assert.deepEqual(
      saved.map(({ points, sandbox }) => [points[0]?.measurement, points[0]?.tags.device, sandbox]),
      [
        ['alarm', 'bin', false],
        ['alarm', 'toy', true],
      ],
    );
  });

  it('says it when the database is missing, and still sends the alarm', async () => {
    const running = await start({ ...FORM, database: 'nowhere' });
    await assert.rejects(running.send('alarm', { payload: reading(0, 95) }), /could not be stored/);
    assert.equal(running.received('alarms').length, 1);
  });

  it('refuses what is no reading, and goes on', async () => {
    const running = await start();
    await assert.rejects(running.send('alarm', { payload: 'hello' }), /no reading/);
    await running.send('alarm', { payload: reading(0, 95) });
    assert.equal(running.received('alarms').length, 1);
  });

  const wrong: [string, object, RegExp][] = [
    ['an unknown quantity', { quantity: 'happiness' }, /happiness/],
    ['a limit that is no number', { limit: 'high' }, /limit must be a number/],
    ['a negative delay', { delay: '-1' }, /not below zero/],
    ['no name', { alarm: ' ' }, /no name/],
    ['a name that changes', { alarm: 'Match 2026-01-15 12:00' }, /looks like a point in time/],
    ['an unknown severity', { severity: 'dire' }, /dire/],
  ];
  for (const [what, part, sentence] of wrong) {
    it(`fails every message with a sentence when it is set up with ${what}`, async () => {
      const running = await start({ ...FORM, ...part });
      await assert.rejects(running.send('alarm', { payload: reading(0, 95) }), sentence);
    });
  }
});
