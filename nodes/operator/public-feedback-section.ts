import { type Language, translate } from '../observation/messages.ts';
import { discardFeedback, feedbackIn, type KeptFeedback } from '../opendata/feedback/feedback-box.ts';
import { type Html, html } from '../opendata/html.ts';
import { scrollable } from '../opendata/layout.ts';
import { type Locale, momentText } from '../opendata/wording.ts';
import type { StateStore } from '../persistence/state-store.ts';

/** What people wrote on public pages, newest first, with a button each for what is done with; absent if there is nothing. */
export function publicFeedbackSection(state: StateStore, locale: Locale, now: number): Html | undefined {
  const text = (key: string, parameters?: Record<string, number>) =>
    translate(locale.language, `operator.feedback.${key}`, parameters);
  const all = feedbackIn(state);
  if (all.length === 0) return undefined;
  const rows = all.map((feedback, index) => row(feedback, `feedback-${index}`, locale, now));
  return html`<section aria-labelledby="feedback"><h2 id="feedback">${text('title', { count: all.length })}</h2>
<p>${text('about')}</p>${scrollable(
    'feedback',
    html`<table class="aside"><thead><tr><th scope="col">${text('time')}</th><th scope="col">${text('where')}</th><th scope="col">${text('verdict')}</th><th scope="col">${text('text')}</th><th scope="col">${text('action')}</th></tr></thead><tbody>${rows}</tbody></table>`,
  )}</section>`;
}

function row(feedback: KeptFeedback, id: string, locale: Locale, now: number): Html {
  const { key, time, dataset, place, verdict, text, language } = feedback;
  const words = (name: string) => translate(locale.language, `operator.feedback.${name}`);
  const where = place === undefined ? dataset : `${dataset}: ${place}`;
  return html`<tr><td>${momentText(time, now, locale)}</td><td>${where}</td><td>${verdict && words(verdict)}</td>
<td id="${id}" lang="${language}">${text}</td><td><div class="acts"><button type="button" class="act" data-path="feedback" data-action="done" data-key="${key}" aria-describedby="${id}" data-question="${words('question')}">${words('done')}</button></div></td></tr>`;
}

/** Staff are done with something that was written: `{ key }`. Gives the sentence that says what became of it. */
export function publicFeedbackAction(body: unknown, state: StateStore, language: Language): string {
  const { key } = (body ?? {}) as { key?: unknown };
  const isDone = typeof key === 'string' && discardFeedback(state, key);
  return translate(language, isDone ? 'operator.feedback.removed' : 'operator.feedback.gone');
}
