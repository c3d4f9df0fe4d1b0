import assert from 'node:assert/strict';
import { feedbackIn, keepFeedback } from '../../../nodes/opendata/feedback/feedback-box.ts';
import {
  publicFeedbackAction,
  publicFeedbackSection,
} from '../../../nodes/operator/public-feedback-section.ts';
import { MemoryState } from '../../support/memory-state.ts';

const NOW = Date.parse('2018-03-18T11:15:00+01:00');
const LOCALE = { language: 'en-US', timeZone: 'Europe/Stockholm' } as const;

describe('what the public wrote, on the operator page', () => {
  let state: MemoryState;
  beforeEach(() => {
    state = new MemoryState();
  });

  const shown = () => publicFeedbackSection(state, LOCALE, NOW)?.markup;

  it('is not there while nobody wrote anything', () => {
    assert.equal(shown(), undefined);
  });

  it('has the newest first, in its own language, and nothing in it is markup', () => {
    const words = { dataset: 'ski-trail', language: 'fi' } as const;
    keepFeedback(state, { ...words, time: NOW - 60_000, text: 'Vanha', verdict: 'right' });
    keepFeedback(state, { ...words, time: NOW, text: '<img src=x>', place: 'start', verdict: 'wrong' });
    const rows = [...(shown() ?? '').matchAll(/<tr><td>(.*?)<td><div class="acts">/gs)].map(([, row = '']) =>
      row
        .replace(/<[^>]*>/g, ' ')
        .replace(/\s+/g, ' ')
        .trim(),
    );
    assert.deepEqual(rows, ['11:15 ski-trail: start no &lt;img src=x&gt;', '11:14 ski-trail yes Vanha']);
    assert.match(shown() ?? '', /<td id="feedback-1" lang="fi">Vanha<\/td>/);
  });

  it('goes when staff are done with it, and only that', () => {
    keepFeedback(state, { dataset: 'ski-trail', language: 'nb', time: NOW, text: 'Hei' });
    state.set('alarm/x', { open: true });
    const [kept] = feedbackIn(state);
    for (const body of [undefined, {}, { key: 7 }, { key: 'alarm/x' }]) {
      assert.equal(publicFeedbackAction(body, state, 'en-US'), 'The message is removed already.');
    }
    assert.equal(publicFeedbackAction({ key: kept?.key }, state, 'en-US'), 'The message is removed.');
    assert.deepEqual(feedbackIn(state), []);
    assert.deepEqual(state.get('alarm/x'), { open: true });
  });
});
