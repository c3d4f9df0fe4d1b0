import assert from 'node:assert/strict';
import { IntakeProblems } from '../../../nodes/intake/intake-problems.ts';
import { ByflytError, ConnectionError } from '../../../nodes/observation/errors.ts';
import { LANGUAGES, translate } from '../../../nodes/observation/messages.ts';
import { Problems } from '../../../nodes/observation/problems.ts';

const AWAY = new ConnectionError({
  key: 'intake.error.brokerAway',
  parameters: { broker: 'b:1', reason: 'ECONNREFUSED' },
});
const DISK = new ByflytError({ key: 'persistence.error.write', parameters: { message: 'ENOSPC' } });
const TOPIC = new ConnectionError({ key: 'intake.error.topicRefused', parameters: { topic: '#' } });

describe('IntakeProblems', () => {
  let problems: Problems;
  let intake: IntakeProblems;
  beforeEach(() => {
    problems = new Problems();
    intake = new IntakeProblems(problems, 'in', 'the broker');
  });
  afterEach(() => intake.close());
  const shown = () =>
    problems.list().map(({ key, parameters, component, severity, node }) => {
      for (const language of LANGUAGES) assert.doesNotMatch(translate(language, key, parameters), /__/);
      return `${node} ${component} ${severity} ${key}`;
    });

  it('name a connection that is not there, with its reason once that is known', () => {
    intake.connection('connecting');
    assert.deepEqual(shown(), ['in intake failure intake.problem.connecting']);
    intake.failed(AWAY);
    intake.connection('disconnected');
    assert.deepEqual(shown(), ['in intake failure intake.error.brokerAway']);
    intake.connection('connected');
    assert.deepEqual(shown(), []);
    intake.connection('disconnected');
    assert.deepEqual(shown(), ['in intake failure intake.problem.disconnected']);
  });

  it('name a connection that breaks with an error until it is there again', () => {
    intake.connection('connected');
    intake.failed(AWAY);
    intake.connection('disconnected');
    assert.deepEqual(shown(), ['in intake failure intake.error.brokerAway']);
    intake.connection('connected');
    assert.deepEqual(shown(), []);
  });

  it('name a disk that refuses until it takes a message again', () => {
    intake.connection('connected');
    intake.failed(DISK);
    intake.connection('disconnected');
    intake.connection('connected');
    assert.deepEqual(shown(), ['in journal failure persistence.error.write']);
    intake.received();
    assert.deepEqual(shown(), []);
  });

  it('name a topic that is refused although the connection is there', () => {
    intake.failed(TOPIC);
    intake.connection('connected');
    assert.deepEqual(shown(), ['in intake warning intake.error.topicRefused']);
  });

  it('are over when the intake closes', () => {
    intake.connection('connecting');
    intake.failed(DISK);
    intake.close();
    assert.deepEqual(shown(), []);
  });
});
