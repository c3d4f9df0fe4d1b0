import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { type DataFolder, openDataFolder } from '../../../nodes/persistence/data-folder.ts';
import drop from '../../../nodes/persistence/drop.node.ts';
import { eventually } from '../../support/eventually.ts';
import { type RunningFlow, startFlow } from '../../support/flow.ts';
import { observation } from '../../support/observations.ts';
import { tempFolder } from '../../support/servers.ts';

const REASON = 'Bins in the storehouse are not in use';

describe('byflyt-drop', () => {
  let path: string;
  let folder: DataFolder;
  let flow: RunningFlow | undefined;
  beforeEach(async () => {
    path = await tempFolder();
    folder = openDataFolder(path);
  });
  afterEach(async () => {
    await flow?.stop();
    flow = undefined;
    folder.release();
    await rm(path, { recursive: true });
  });

  async function start(reason = REASON, language = 'en-US'): Promise<RunningFlow> {
    flow = await startFlow([drop], [{ id: 'drop', type: 'byflyt-drop', reason }], {
      byflyt: { dataFolder: path, language },
    });
    return flow;
  }
  const intakeOf = async () => {
    const receivedTime = new Date().toISOString();
    const message = { transport: 'mqtt/in', topic: 't', body: Buffer.from('x'), receivedTime };
    return { journalId: await folder.journal.append(message), receivedTime, transport: 'mqtt' };
  };
  const outcomeOf = (id: string) => {
    const { state, reasonKey, parameters } = folder.journal.read(id) ?? {};
    return { state, reasonKey, parameters };
  };
  const LEFT_OUT = {
    state: 'dropped',
    reasonKey: 'persistence.dropped.left_out',
    parameters: { reason: REASON },
  };

  it('says in the journal that the message was left out, and why', async () => {
    const running = await start();
    const intake = await intakeOf();
    await running.send('drop', { payload: observation(0, { fill_level: 1 }), intake });
    await eventually(() => assert.deepEqual(outcomeOf(intake.journalId), LEFT_OUT));
    assert.equal(running.statuses('drop').at(-1), '1 left out');
  });

  it('leaves out raw messages as well', async () => {
    const running = await start();
    const intake = await intakeOf();
    await running.send('drop', { payload: Buffer.from('x'), intake });
    await eventually(() => assert.deepEqual(outcomeOf(intake.journalId), LEFT_OUT));
  });

  it('waits for the other parts of a message before it is settled', async () => {
    const running = await start();
    const intake = await intakeOf();
    const part = (index: number) => ({ payload: 1, intake: { ...intake, part: { index, count: 2 } } });
    await running.send('drop', part(0));
    assert.equal(folder.journal.isUnfinished(intake.journalId), true);
    await running.send('drop', part(1));
    await eventually(() => assert.deepEqual(outcomeOf(intake.journalId), LEFT_OUT));
  });

  it('counts what no intake took in', async () => {
    const running = await start(REASON, 'nb');
    await running.send('drop', { payload: 1 });
    assert.deepEqual(running.statuses('drop'), ['ingenting utelatt ennå', '1 utelatt']);
  });

  it('fails every message with a sentence while nobody has said why', async () => {
    const running = await start(' ');
    const intake = await intakeOf();
    await assert.rejects(running.send('drop', { payload: 1, intake }), /Write in the node why/);
    assert.equal(folder.journal.isUnfinished(intake.journalId), true);
  });
});
