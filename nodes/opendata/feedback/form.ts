import { translate } from '../../observation/messages.ts';
import { type Html, html } from '../html.ts';
import { page, written } from '../layout.ts';
import { placePath } from '../place-card.ts';
import type { PublicPlace } from '../places.ts';
import type { Entry } from '../site.ts';
import { linkTo, type Visit } from '../visit.ts';
import { MOST_CHARACTERS, VERDICTS } from './feedback-box.ts';

/** The way to the form: it stands on a page of its own, so that those that many read can be kept and stay light. */
export function feedbackLink({ dataset }: Entry, place: PublicPlace | undefined, visit: Visit): Html {
  const text = (key: string) => translate(visit.language, `opendata.feedback.${key}`);
  const href = linkTo(visit, `${dataset.id}/feedback`, place ? { place: place.id } : {});
  return html`<section aria-labelledby="feedback" class="ask"><h2 id="feedback">${text('question')}</h2>
<p><a href="${href}">${text('link')}</a></p></section>`;
}

/** What the form shows: what somebody wrote before and why it was not taken, if so. */
export interface FormView {
  place: PublicPlace | undefined;
  ticket: string;
  written: { verdict: string; text: string };
  /** Key of the sentence below `opendata.feedback`. */
  problem?: string | undefined;
}

/** The page with the form. Works without script. */
export function feedbackPage(entry: Entry, view: FormView, visit: Visit): string {
  const text = (key: string) => translate(visit.language, `opendata.feedback.${key}`);
  const { place, problem } = view;
  return around(
    entry,
    place,
    visit,
    html`<h1>${text('question')}</h1>
<p class="lead">${place?.name ?? written(entry.dataset.title, visit.language)}</p>
${problem !== undefined && html`<p class="notice" role="alert">${text(problem)}</p>`}
${form(view, visit)}`,
  );
}

/** The page that says thank you. */
export function thanksPage(entry: Entry, place: PublicPlace | undefined, visit: Visit): string {
  const text = (key: string) => translate(visit.language, `opendata.feedback.${key}`);
  const back = linkTo(visit, place ? placePath(entry, place) : `${entry.dataset.id}/`);
  return around(
    entry,
    place,
    visit,
    html`<h1>${text('thanks')}</h1><p class="lead">${text('kept')}</p><p><a href="${back}">${text('back')}</a></p>`,
  );
}

function around(entry: Entry, place: PublicPlace | undefined, visit: Visit, body: Html): string {
  const { dataset, publisher } = entry;
  return page({
    visit,
    title: translate(visit.language, 'opendata.feedback.question'),
    owner: publisher.name,
    isProblem: true,
    above: [
      { path: '', name: translate(visit.language, 'opendata.page.all_datasets') },
      { path: `${dataset.id}/`, name: written(dataset.title, visit.language) },
      ...(place ? [{ path: placePath(entry, place), name: place.name }] : []),
    ],
    body,
  });
}

/** The field called `website` is hidden from people: who fills it in is a program. */
function form({ place, ticket, written }: FormView, visit: Visit): Html {
  const text = (key: string, parameters?: Record<string, number>) =>
    translate(visit.language, `opendata.feedback.${key}`, parameters);
  const verdicts = VERDICTS.map(
    (verdict) =>
      html`<label><input type="radio" name="verdict" value="${verdict}"${written.verdict === verdict && html` checked`}> ${text(verdict)}</label>`,
  );
  return html`<form method="post" class="send">
<fieldset><legend class="hidden">${text('question')}</legend>${verdicts}</fieldset>
<p><label for="text">${text('text')}</label>
<span class="quiet" id="hint">${text('hint', { most: MOST_CHARACTERS })}</span>
<textarea id="text" name="text" rows="5" maxlength="${MOST_CHARACTERS}" aria-describedby="hint">${written.text}</textarea></p>
<p class="hidden" aria-hidden="true"><label for="website">${text('trap')}</label><input type="text" id="website" name="website" tabindex="-1" autocomplete="off"></p>
${place && html`<input type="hidden" name="place" value="${place.id}">`}
<input type="hidden" name="ticket" value="${ticket}">
${visit.chosen && html`<input type="hidden" name="lang" value="${visit.language}">`}
<button type="submit">${text('send')}</button></form>`;
}
