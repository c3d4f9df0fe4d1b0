import assert from 'node:assert/strict';
import { join } from 'node:path';
import { dataFolderPath } from '../../../nodes/observation/data-folder-path.ts';
import { ConfigurationError, MessageError } from '../../../nodes/observation/errors.ts';
import { runInput, runtimeLanguage } from '../../../nodes/observation/flow-node.ts';
import { describeError, type Language, languageFor, translate } from '../../../nodes/observation/messages.ts';
import { isObservation } from '../../../nodes/observation/observation.ts';

describe('texts for people', () => {
  it('finds the catalog for a language tag', () => {
    for (const tag of ['nb', 'nb-NO', 'nb_NO.UTF-8', 'no', 'nn']) assert.equal(languageFor(tag), 'nb');
    for (const tag of ['en', 'de-DE', 'C', undefined]) assert.equal(languageFor(tag), 'en-US');
    assert.equal(runtimeLanguage({ byflyt: { language: 'nb' }, lang: 'en-US' }), 'nb');
  });

  it('fills in parameters and fails on a missing text', () => {
    assert.equal(translate('nb', 'observation.area.ski_trail'), 'Skiløyper');
    assert.match(translate('en-US', 'observation.error.unknownUnit', { unit: 'foo' }), /"foo"/);
    assert.throws(() => translate('en-US', 'observation.nothing'), /no text for/);
  });

  it('writes numbers as the language does, without grouping', () => {
    const facts = { value: 327.67, low: -60, high: 1000, unit: ' °C' };
    const sentence = (language: Language) => translate(language, 'quality.reason.impossible', facts);
    assert.match(sentence('nb'), /^327,67 °C .* −60 til 1000 °C/);
    assert.match(sentence('en-US'), /^327.67 °C .* -60 to 1000 °C/);
  });

  it('says which device an error is about', () => {
    const error = new MessageError({ key: 'devices.error.required', device: 'Bin 7' });
    assert.equal(describeError(error, 'en-US'), 'Bin 7: This must be filled in.');
    assert.match(describeError(new Error('boom'), 'nb'), /uventet.*boom/);
  });
});

describe('input handler', () => {
  it('turns a failure into a status and an error, and never throws', async () => {
    const statuses: unknown[] = [];
    const errors: (Error | undefined)[] = [];
    const node = { status: (status: unknown) => statuses.push(status) };
    const failure = new ConfigurationError({ key: 'devices.error.noSecret' });
    await runInput(
      node,
      'en-US',
      (error) => errors.push(error),
      () => Promise.reject(failure),
    );
    await runInput(
      node,
      'en-US',
      (error) => errors.push(error),
      () => undefined,
    );
    assert.equal(errors[0]?.cause, failure);
    assert.match(errors[0]?.message ?? '', /^Keys cannot be stored/);
    assert.equal(errors[1], undefined);
    assert.equal(statuses.length, 1);
  });
});

describe('Observation', () => {
  it('is told from other payloads', () => {
    const observation = {
      device: { id: 'a', area: 'waste' },
      phenomenonTime: '2026-01-01T00:00:00Z',
      values: {},
    };
    assert.ok(isObservation(observation));
    for (const other of [null, 'text', {}, { ...observation, values: null }])
      assert.ok(!isObservation(other));
  });
});

describe('data folder', () => {
  it('is the configured one, else below the user folder', () => {
    assert.equal(dataFolderPath({ byflyt: { dataFolder: '/data' }, userDir: '/u' }), '/data');
    assert.equal(dataFolderPath({ userDir: '/u' }), join('/u', 'byflyt'));
  });
});
