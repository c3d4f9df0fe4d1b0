import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { handOver, type IntakeConfig } from '../../../nodes/intake/left-behind.ts';
import { takes } from '../../../nodes/intake/topic-filter.ts';
import { type DataFolder, openDataFolder } from '../../../nodes/persistence/data-folder.ts';
import { tempFolder } from '../../support/servers.ts';

const TTS: IntakeConfig = { id: 'tts', transport: 'mqtt', topics: ['v3/+/devices/+/up'], path: '' };
const ALL: IntakeConfig = { id: 'all', transport: 'mqtt', topics: [' # '], path: '' };
const HOOK: IntakeConfig = { id: 'hook', transport: 'webhook', topics: [], path: '/in' };

describe('messages of deleted intakes', () => {
  let folder: string;
  let data: DataFolder;

  beforeEach(async () => {
    folder = await tempFolder();
    data = openDataFolder(folder);
  });
  afterEach(async () => {
    data.release();
    await rm(folder, { recursive: true });
  });

  const append = (transport: string, topic: string) =>
    data.journal.append({
      transport,
      topic,
      body: Buffer.from('{}'),
      receivedTime: '2026-01-01T00:00:00.000Z',
    });
  const waiting = () => [...data.journal.unfinished()].map(({ transport, topic }) => [transport, topic]);

  it('go to every intake that receives their topic, once, at the time they came', async () => {
    await append('mqtt/gone', 'v3/a/devices/b/up');
    await Promise.all([handOver(data.journal, [TTS, ALL, HOOK]), handOver(data.journal, [TTS, ALL, HOOK])]);
    assert.deepEqual(waiting(), [
      ['mqtt/tts', 'v3/a/devices/b/up'],
      ['mqtt/all', 'v3/a/devices/b/up'],
    ]);
    assert.ok(
      [...data.journal.unfinished()].every(({ receivedTime }) => receivedTime.startsWith('2026-01-01')),
    );
    assert.equal(data.journal.counts().dropped, 1);
  });

  it('go to the webhook that has their path now', async () => {
    await append('webhook/gone', '/in');
    await handOver(data.journal, [ALL, HOOK]);
    assert.deepEqual(waiting(), [['webhook/hook', '/in']]);
  });

  it('stay with the NB-IoT intake and the LwM2M server that took them in, or go to another of the kind', async () => {
    await append('nbiot/coap', 'coap/10.64.0.7/bins');
    await append('nbiot/gone', 'udp/10.64.0.8');
    await append('lwm2m/server', 'lwm2m/bin-4');
    const here = [
      { id: 'coap', transport: 'nbiot', topics: [], path: '' },
      { id: 'server', transport: 'lwm2m', topics: [], path: '' },
    ] as const;
    await handOver(data.journal, [ALL, HOOK, ...here]);
    assert.deepEqual(waiting(), [
      ['nbiot/coap', 'coap/10.64.0.7/bins'],
      ['lwm2m/server', 'lwm2m/bin-4'],
      ['nbiot/coap', 'udp/10.64.0.8'],
    ]);
  });

  it('go to another gateway node: gateways send to whoever listens', async () => {
    await append('gateway/gone', 'gateway/0016c001f153a14c');
    await append('gateway/roof', 'gateway/0016c001f153a14c');
    await handOver(data.journal, [ALL, HOOK, { id: 'roof', transport: 'gateway', topics: [], path: '' }]);
    assert.deepEqual(waiting(), [
      ['gateway/roof', 'gateway/0016c001f153a14c'],
      ['gateway/roof', 'gateway/0016c001f153a14c'],
    ]);
  });

  it('are listed as rejected if nobody receives such messages', async () => {
    const id = await append('mqtt/gone', 'v3/a/devices/b/up');
    await handOver(data.journal, [HOOK]);
    assert.equal(data.journal.rejected()[0]?.id, id);
    assert.equal(data.journal.rejected()[0]?.reasonKey, 'intake.error.intakeGone');
  });

  it('are told from those of intakes that are there, in a subflow too', async () => {
    await append('mqtt/tts', 'v3/a/devices/b/up');
    await append('mqtt/instance-tts', 'v3/a/devices/b/up');
    await handOver(data.journal, [TTS, ALL]);
    assert.equal(waiting().length, 2);
  });
});

describe('MQTT topic filters', () => {
  const cases: [filter: string, topic: string, boolean][] = [
    ['a/+/c', 'a/b/c', true],
    ['a/+/c', 'a/b/d', false],
    ['a/+', 'a/b/c', false],
    ['a/#', 'a/b/c', true],
    ['a/#', 'a', true],
    ['#', 'a/b', true],
    ['$share/group/a/+', 'a/b', true],
  ];
  for (const [filter, topic, expected] of cases) {
    it(`${filter} ${expected ? 'takes' : 'does not take'} ${topic}`, () => {
      assert.equal(takes(filter, topic), expected);
    });
  }
});
