import assert from 'node:assert/strict';
import { MessageError } from '../../../nodes/observation/errors.ts';
import { describeError, type Language, languageFor, translate } from '../../../nodes/observation/messages.ts';

describe('texts for people', () => {
  it('finds the catalog for a language tag', () => {
    for (const tag of ['nb', 'nb-NO', 'nb_NO.UTF-8', 'no', 'nn']) assert.equal(languageFor(tag), 'nb');
    for (const tag of ['en', 'de-DE', 'C', undefined]) assert.equal(languageFor(tag), 'en-US');
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

  it('keeps a text of strangers on its line, and from acting on a terminal', () => {
    const unit = 'x\u001b[2J\r\n20 Nov - [error] forged\u202e';
    const sentence = translate('en-US', 'observation.error.unknownUnit', { unit });
    assert.match(sentence, /^The unit "x \[2J 20 Nov - \[error\] forged " is not known\./);
  });

  it('says which device an error is about', () => {
    const error = new MessageError({ key: 'devices.error.required', device: 'Bin 7' });
    assert.equal(describeError(error, 'en-US'), 'Bin 7: This must be filled in.');
    assert.match(describeError(new Error('boom'), 'nb'), /uventet.*boom/);
  });
});
