import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { Intake } from '../../../nodes/intake/intake.ts';
import type { FlowMessage } from '../../../nodes/observation/flow-node.ts';
import { type DataFolder, openDataFolder } from '../../../nodes/persistence/data-folder.ts';
import { tempFolder } from '../../support/servers.ts';

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
    assert.equal(entry?.state, 'pending');
  });

  const bodies: [string, string, unknown][] = [
    ['a list', '[1]', [1]],
    ['broken JSON', '{"a":', Buffer.from('{"a":')],
    ['a bare nan', '{"a": nan}', Buffer.from('{"a": nan}')],
    ['a number', '12', Buffer.from('12')],
    ['nothing', '', Buffer.from('')],
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

  it('takes nothing up that came in this run', async () => {
    await accept('{"n":1}');
    emitted = [];
    assert.equal(await intake().redeliver(), 0);
  });

  it('emits nothing that is not on disk', async () => {
    const broken = new Intake({
      id: 'node',
      transport: 'mqtt',
      journal: { append: () => Promise.reject(new Error('disk')), pending: data.journal.pending },
      emit: (message) => emitted.push(message),
    });
    await assert.rejects(broken.accept({ topic: 't', body: Buffer.from('{}') }), /disk/);
    assert.deepEqual(emitted, []);
  });
});
