import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { Intake } from '../../../nodes/intake/intake.ts';
import type { FlowMessage } from '../../../nodes/observation/flow-node.ts';
import { type DataFolder, openDataFolder } from '../../../nodes/persistence/data-folder.ts';
import { tempFolder } from '../../support/servers.ts';

const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);

describe('intake', () => {
  let folder: string;
  let data: DataFolder;
  let emitted: FlowMessage[];

  const intake = (id = 'node') =>
    new Intake({ id, transport: 'mqtt', journal: data.journal, emit: (message) => emitted.push(message) });
  const accept = (body: string, id?: string) =>
    intake(id).accept({ topic: 'a/topic', body: Buffer.from(body) });
  const restart = () => {
    data.release();
    data = openDataFolder(folder);
    emitted = [];
  };

  beforeEach(async () => {
    folder = await tempFolder();
    data = openDataFolder(folder);
    emitted = [];
  });
  afterEach(async () => {
    data.release();
    await rm(folder, { recursive: true });
  });

  it('emits the object, the topic and the journal entry, whose body is as it came', async () => {
    await accept(' {"a":1} ');
    const [message] = emitted;
    assert.deepEqual([message?.payload, message?.topic], [{ a: 1 }, 'a/topic']);
    const entry = data.journal.read(message?.intake?.journalId ?? '');
    assert.equal(entry?.body.toString(), ' {"a":1} ');
    assert.equal(entry?.receivedTime, message?.intake?.receivedTime);
    assert.equal(entry?.state, 'inFlow');
  });

  it('keeps a key that a message carries neither on disk nor in the flow', async () => {
    await accept('{"DevEUI_uplink":{"AppSKey":"34216a533ceb98b5c811a9acf72e6822"}}');
    const [message] = emitted;
    assert.deepEqual(message?.payload, { DevEUI_uplink: { AppSKey: '***' } });
    const entry = data.journal.read(message?.intake?.journalId ?? '');
    assert.equal(entry?.body.toString(), '{"DevEUI_uplink":{"AppSKey":"***"}}');
  });

  const bodies: [string, string, unknown][] = [
    ['a list', '[1]', [1]],
    ['broken JSON', '{"a":', Buffer.from('{"a":')],
    ['a bare nan', '{"a": nan}', Buffer.from('{"a": nan}')],
    ['a number', '12', Buffer.from('12')],
    ['nothing', '', Buffer.from('')],
    ['many levels', nested(64), JSON.parse(nested(64))],
    ['brackets in a text', `["${'['.repeat(99)}\\\\"]`, [`${'['.repeat(99)}\\`]],
    ['a quote in a text', `["\\"${'['.repeat(99)}"]`, [`"${'['.repeat(99)}`]],
    ['far too many levels, unread', nested(65), Buffer.from(nested(65))],
    ['levels without an end, unread', '['.repeat(500_000), Buffer.from('['.repeat(500_000))],
  ];
  for (const [what, body, payload] of bodies) {
    it(`hands on ${what}`, async () => {
      await accept(body);
      assert.deepEqual(emitted[0]?.payload, payload);
    });
  }

  it('takes up after a restart what was not settled, in order and only its own', async () => {
    for (const body of ['{"n":1}', '{"n":2}', '{"n":3}']) await accept(body);
    await accept('{"n":9}', 'other');
    data.journal.settle(emitted[1]?.intake?.journalId ?? '', 'stored');
    const first = emitted[0]?.intake;
    restart();
    assert.equal(await intake().redeliver(), 2);
    assert.deepEqual(
      emitted.map(({ payload }) => payload),
      [{ n: 1 }, { n: 3 }],
    );
    assert.deepEqual(emitted[0]?.intake, first);
  });

  it('takes up what a redeploy interrupted', async () => {
    await accept('{"n":1}');
    await accept('{"n":2}');
    data.journal.settle(emitted[0]?.intake?.journalId ?? '', 'stored');
    emitted = [];
    assert.equal(await intake().redeliver(), 1);
    assert.deepEqual(emitted[0]?.payload, { n: 2 });
  });

  it('sends messages that came to nothing twice through the flow one by one', async () => {
    await accept('{"n":1}');
    await accept('{"n":2}');
    for (let attempt = 0; attempt < 2; attempt++) {
      restart();
      assert.equal([...data.journal.pending()].length, 2);
    }
    restart();
    const unfinished: number[] = [];
    const watcher = new Intake({
      id: 'node',
      transport: 'mqtt',
      journal: data.journal,
      emit: ({ intake: entry }) => {
        unfinished.push([...data.journal.unfinished()].length);
        setTimeout(() => data.journal.settle(entry?.journalId ?? '', 'stored'), 20);
      },
    });
    await watcher.redeliver();
    assert.deepEqual(unfinished, [2, 1], 'the second waits for the first');
  });

  it('lists a message that the flow cannot take as rejected and does not refuse it', async () => {
    const broken = new Intake({
      id: 'node',
      transport: 'mqtt',
      journal: data.journal,
      emit: () => {
        throw new RangeError('too much');
      },
    });
    await broken.accept({ topic: 't', body: Buffer.from('{}') });
    assert.deepEqual(data.journal.rejected()[0]?.parameters, { message: 'too much' });
  });

  it('emits nothing that is not on disk', async () => {
    const broken = new Intake({
      id: 'node',
      transport: 'mqtt',
      journal: {
        append: () => Promise.reject(new Error('disk')),
        pending: () => data.journal.pending(),
        settle: () => assert.fail('there is no entry'),
        isUnfinished: () => false,
      },
      emit: (message) => emitted.push(message),
    });
    await assert.rejects(broken.accept({ topic: 't', body: Buffer.from('{}') }), /disk/);
    assert.deepEqual(emitted, []);
  });
});
