import assert from 'node:assert/strict';
import { Sandbox } from '../../../../nodes/codec/sandbox.ts';
import { ConfigurationError, ConnectionError } from '../../../../nodes/observation/errors.ts';
import { viewReplay } from '../../../../nodes/operator/replay/replay-view.ts';
import type { DatabaseTarget } from '../../../../nodes/timeseries/database-settings.ts';
import { eventually } from '../../../support/eventually.ts';
import { freePort, startInfluxdb } from '../../../support/servers.ts';
import { History, NEIGHBOUR, RIGHT, START, THERMOMETER } from './history.ts';

/** It forgets that the byte has tenths, and takes the humidity from the wrong byte. */
const WRONG = 'data: { t: bytes[0], h: bytes[1] / 2, v: bytes[2] / 10 }';
const HOUR = 3_600_000;

describe('replay after a codec fix', () => {
  let history: History;

  afterEach(() => history.end());
  after(() => Sandbox.shared().close());

  function totals() {
    const { job } = history.service;
    assert.ok(job);
    return viewReplay(job, history.registry, 'en-US').totals;
  }

  async function corrects(target?: DatabaseTarget): Promise<void> {
    history = await History.begin(WRONG, target);
    await history.receive(0, 'd2501e');
    await history.receive(1, 'd3521e');
    await history.receive(1, 'd3521e', { device: NEIGHBOUR });
    const before = await history.saved();
    assert.deepEqual(before[0]?.air_temperature, 210);
    await history.correct(RIGHT);

    const preview = await history.replay();
    assert.equal(preview?.state, 'done');
    assert.deepEqual(await history.saved(), before);
    const [device] = viewReplay(preview, history.registry, 'en-US').devices;
    assert.deepEqual([device?.name, device?.messages, device?.failures], ['Thermometer', 2, 0]);
    assert.deepEqual(
      device?.quantities.map(({ label, counts, examples }) => [
        label,
        counts.changed,
        examples[0]?.old,
        examples[0]?.now,
      ]),
      [
        ['Air temperature', 2, '210 °C', '21 °C'],
        ['Relative humidity', 2, '40 %', '80 %'],
      ],
    );

    await history.replay({ write: true });
    const good = { air_temperature_qc: 1, relative_humidity_qc: 1 };
    assert.deepEqual(await history.saved(), {
      0: { air_temperature: 21, relative_humidity: 80, ...good },
      1: { air_temperature: 21.1, relative_humidity: 82, ...good },
    });
    assert.equal((await history.saved('building', NEIGHBOUR))[1]?.air_temperature, 211);
    await history.replay();
    assert.deepEqual(totals(), { changed: 0, added: 0, gone: 0, flag: 0, messages: 2, failures: 0 });
  }

  it('shows old and new values, writes them to the original times, and has nothing left to do', () =>
    corrects());

  it('does the same in InfluxDB', async () => {
    const server = await startInfluxdb();
    try {
      await corrects({ kind: 'influxdb', url: server.url, bucket: 'byflyt' });
    } finally {
      await server.stop();
    }
  });

  it('makes readings of messages that the codec could not read, and leaves the journal as it was', async () => {
    history = await History.begin('data: nothing.at');
    const id = await history.receive(0, 'd2501e');
    assert.equal(history.folder.journal.read(id)?.state, 'rejected');
    await history.replay();
    assert.equal(totals().failures, 1);
    const { job } = history.service;
    assert.match(
      job ? (viewReplay(job, history.registry, 'nb').devices[0]?.failure ?? '') : '',
      /Kodeken own\.js stoppet/,
    );
    await history.correct(RIGHT);
    const counts = history.folder.journal.counts();
    await history.replay({ write: true });
    assert.deepEqual((await history.saved())[0]?.air_temperature, 21);
    assert.deepEqual((await history.saved('device_health'))[0]?.battery_voltage, 3);
    assert.deepEqual(history.folder.journal.counts(), counts);
    assert.equal(history.folder.journal.read(id)?.state, 'rejected');
  });

  it('does not bring back what a filter of the flow left out', async () => {
    history = await History.begin(WRONG);
    await history.receive(0, 'd2501e', { leavesOut: true });
    await history.receive(1, 'd2501e');
    await history.correct(RIGHT);
    await history.replay({ write: true });
    assert.deepEqual(Object.keys(await history.saved()), ['1']);
  });

  it('keeps to the period and to the registered place of then, also in another area', async () => {
    history = await History.begin(WRONG);
    await history.receive(0, 'd2501e');
    await history.receive(2, 'd2501e');
    await history.database.flush();
    history.registry.save({ ...THERMOMETER, site: 'Library', area: 'air_quality' });
    await history.correct(RIGHT);
    await history.replay({ write: true, from: START + HOUR });
    const rows = await history.database
      .store(false)
      .query({ measurement: 'building', fields: ['air_temperature'], where: { device: THERMOMETER.id } });
    assert.deepEqual(
      rows.map(({ tags, values }) => [tags.site, values.air_temperature]),
      [
        ['School', 210],
        ['School', 21],
      ],
    );
    assert.deepEqual(await history.saved('air_quality'), {});
  });

  it('fails values that no longer come, so that nobody uses them, and forgives them when they come again', async () => {
    history = await History.begin(RIGHT);
    await history.receive(0, 'd2501e');
    await history.correct('data: { t: bytes[0] / 10, v: bytes[2] / 10 }');
    await history.replay({ write: true, marksGone: false });
    assert.equal(totals().gone, 1);
    assert.equal((await history.saved())[0]?.relative_humidity_qc, 1);
    await history.replay({ write: true });
    assert.deepEqual((await history.saved())[0], {
      air_temperature: 21,
      air_temperature_qc: 1,
      relative_humidity: 80,
      relative_humidity_qc: 4,
    });
    await history.replay();
    assert.equal(totals().gone, 0);
    await history.correct(RIGHT);
    await history.replay({ write: true });
    assert.equal(totals().flag, 1);
    assert.equal((await history.saved())[0]?.relative_humidity_qc, 1);
  });

  it('repeats the quality check with the values as they are now, from a day before the period', async () => {
    history = await History.begin(RIGHT);
    await history.receive(0, 'd2501e');
    // 20.5 in truth; the codec of then made 55 of it.
    await history.correct('data: { t: bytes[0] === 50 ? 55 : bytes[0] / 10, h: bytes[1], v: bytes[2] / 10 }');
    await history.receive(1, '32501e');
    await history.receive(2, '32501e');
    await history.receive(3, 'd2501e');
    const before = await history.saved();
    assert.deepEqual(
      [1, 2, 3].map((hour) => before[hour]?.air_temperature_qc),
      [3, 1, 3],
    );
    await history.correct(
      'data: { t: bytes[0] === 50 ? 20.5 : bytes[0] / 10, h: bytes[1], v: bytes[2] / 10 }',
    );
    await history.replay({ write: true, from: START + HOUR / 2 });
    const after = await history.saved();
    assert.deepEqual(
      [0, 1, 2, 3].map((hour) => after[hour]?.air_temperature_qc),
      [1, 1, 1, 1],
    );
    assert.equal(totals().flag, 1);
  });

  it('judges a spike by the reading after it, also where a portion of readings ends', async () => {
    history = await History.begin(RIGHT);
    const spikes = [250, 499];
    for (let number = 0; number < 502; number++) {
      const degrees = spikes.includes(number) ? 255 : number % 2;
      await history.receive(number / 100, Buffer.from([degrees, 80, 30]).toString('hex'));
    }
    await history.replay();
    const { job } = history.service;
    const [device] = job ? viewReplay(job, history.registry, 'en-US').devices : [];
    const examples = device?.quantities[0]?.examples.map(({ time }) => (Date.parse(time) - START) / HOUR);
    assert.deepEqual(
      examples,
      spikes.map((number) => number / 100),
    );
  });

  it('takes verdicts about other values away where the flow has no quality check', async () => {
    history = await History.begin(WRONG);
    await history.receive(0, 'd2501e');
    history.hasCheck = false;
    await history.correct(RIGHT);
    await history.replay({ write: true });
    assert.equal((await history.saved())[0]?.air_temperature_qc, 2);
  });

  it('keeps sandbox data apart', async () => {
    history = await History.begin(WRONG);
    const device = { ...NEIGHBOUR, sandbox: true as const };
    history.registry.save(device);
    await history.receive(0, 'd2501e', { device });
    await history.correct(RIGHT);
    await history.replay({ write: true, devices: [device.id] });
    assert.equal((await history.saved('building', device))[0]?.air_temperature, 21);
    assert.deepEqual(await history.saved('building', NEIGHBOUR), {});
  });

  it('fails with the reason while the database is away, and works when it is back', async () => {
    const port = await freePort();
    let server = await startInfluxdb({ port });
    try {
      history = await History.begin(WRONG, { kind: 'influxdb', url: server.url, bucket: 'byflyt' });
      await history.receive(0, 'd2501e');
      await history.saved();
      await history.correct(RIGHT);
      await server.stop();
      const job = await history.replay();
      assert.equal(job?.state, 'failed');
      assert.ok(job.problem instanceof ConnectionError, String(job.problem));
      server = await startInfluxdb({ port });
      await eventually(async () => assert.equal((await history.replay({ write: true }))?.state, 'done'));
      assert.equal((await history.saved())[0]?.air_temperature, 21);
    } finally {
      await server.stop();
    }
  });

  it('leaves live state alone: counters, quality checks, unknown devices', async () => {
    history = await History.begin(WRONG);
    await history.receive(0, 'd2501e');
    await history.receive(1, 'd2501e', { device: NEIGHBOUR });
    const { state } = history.folder;
    const snapshot = () => JSON.stringify(state.keys('').map((key) => [key, state.get(key)]));
    const before = snapshot();
    history.registry.remove(NEIGHBOUR.id);
    await history.correct(RIGHT);
    await history.replay({ write: true });
    assert.equal(snapshot(), before);
    assert.deepEqual(history.registry.unknown.list(), []);
  });

  it('refuses to write what nobody has seen, or what has changed since', async () => {
    history = await History.begin(WRONG);
    await history.receive(0, 'd2501e');
    assert.throws(() => history.service.write({ marksGone: true }), ConfigurationError);
    await history.correct(RIGHT);
    await history.replay();
    await history.correct('data: { t: 1 }');
    assert.throws(() => history.service.write({ marksGone: true }), { key: 'operator.replay.changed' });
    assert.throws(() => history.service.preview({ devices: ['nobody'], from: START, to: START + 1 }), {
      key: 'devices.error.gone',
    });
  });

  it('can be cancelled and done again; only one runs at a time', async () => {
    history = await History.begin(WRONG);
    for (let hour = 0; hour < 5; hour++) await history.receive(hour, 'd2501e');
    await history.correct(RIGHT);
    await history.replay();
    history.service.write({ marksGone: true });
    assert.throws(() => history.service.preview({ devices: [THERMOMETER.id], from: START, to: Date.now() }), {
      key: 'operator.replay.running',
    });
    await history.service.cancel();
    assert.equal(history.service.job?.state, 'cancelled');
    await history.replay({ write: true });
    const temperatures = Object.values(await history.saved()).map(({ air_temperature: value }) => value);
    assert.deepEqual(temperatures, [21, 21, 21, 21, 21]);
  });

  it('says why it ended early when flows are deployed meanwhile', async () => {
    history = await History.begin(WRONG);
    await history.receive(0, 'd2501e');
    history.service.preview({ devices: [THERMOMETER.id], from: START - HOUR, to: Date.now() });
    await history.service.cancel(new ConfigurationError({ key: 'operator.replay.deployed' }));
    const { job } = history.service;
    assert.equal(job?.state, 'failed');
    assert.match(
      job ? (viewReplay(job, history.registry, 'nb').problem ?? '') : '',
      /tatt i bruk på nytt eller stoppet/,
    );
  });
});
