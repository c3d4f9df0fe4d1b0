import assert from 'node:assert/strict';
import { answerBytes, isAnswerTemplate } from '../../../nodes/codec/answer-bytes.ts';
import { WaitingDownlinks } from '../../../nodes/nbiot/waiting-downlinks.ts';
import { MessageError } from '../../../nodes/observation/errors.ts';
import { MemoryState } from '../../support/memory-state.ts';

const NOW = Date.UTC(2026, 0, 1);
const HOUR = 3_600_000;

describe('bytes for devices', () => {
  it('are hexadecimal digits, and the time of sending', () => {
    assert.equal(answerBytes('01 0A ff', NOW).toString('hex'), '010aff');
    assert.equal(answerBytes('{time}', NOW).toString('hex'), '6955b900');
    assert.equal(answerBytes('a0{time-le} 0d', NOW).toString('hex'), 'a000b955690d');
    assert.equal(answerBytes('', NOW).length, 0);
  });

  it('are nothing else', () => {
    for (const text of ['0', '0g', '{clock}', '{time', 'ok', 7, undefined]) {
      assert.equal(isAnswerTemplate(text), false, String(text));
    }
  });
});

describe('downlinks that wait', () => {
  let state: MemoryState;
  let told: string[];
  const open = () =>
    new WaitingDownlinks({
      ...{ state, scope: 'node' },
      onState: ({ reference }, became) => told.push(`${reference} ${became}`),
    });
  const downlink = (reference: string, deadline = NOW + HOUR) => ({
    ...{ device: 'bin-4', template: `{time}${reference}`, reference, deadline },
  });

  beforeEach(() => {
    state = new MemoryState();
    told = [];
  });

  it('leave one after another with the time of sending, also after a restart', () => {
    const before = open();
    before.add(downlink('01'));
    before.add(downlink('02'));
    state.restart();
    const waiting = open();
    assert.equal(waiting.take('bin-5', NOW), undefined);
    assert.equal(waiting.take('bin-4', NOW)?.toString('hex'), '6955b90001');
    assert.equal(waiting.take('bin-4', NOW + 1000)?.toString('hex'), '6955b90102');
    assert.equal(waiting.take('bin-4', NOW), undefined);
    assert.deepEqual(told, ['01 waiting', '02 waiting', '01 sent', '02 sent']);
    assert.deepEqual(state.keys(''), []);
  });

  it('expire, also unseen, and are not sent too late', () => {
    const waiting = open();
    waiting.add(downlink('01', NOW + 1));
    waiting.add(downlink('02'));
    assert.equal(
      waiting
        .take('bin-4', NOW + 1)
        ?.toString('hex')
        .slice(-2),
      '02',
    );
    waiting.add(downlink('03'));
    waiting.expire(NOW + HOUR);
    assert.deepEqual(told, ['01 waiting', '02 waiting', '01 expired', '02 sent', '03 waiting', '03 expired']);
  });

  it('are twenty for a device at most', () => {
    const waiting = open();
    for (let count = 0; count < 20; count++) waiting.add(downlink('01'));
    assert.throws(
      () => waiting.add(downlink('02')),
      (error) => error instanceof MessageError && error.key === 'nbiot.error.downlinkQueueFull',
    );
    waiting.add({ ...downlink('03'), device: 'bin-5' });
  });
});
