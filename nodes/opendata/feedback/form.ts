import { translate } from '../../observation/messages.ts';
import { type Html, html } from '../html.ts';
import type { PublicPlace } from '../places.ts';
import type { Entry } from '../site.ts';
import { linkTo, type Visit } from '../visit.ts';

/** The way to the form: it stands on a page of its own, so that those that many read can be kept and stay light. */
export function feedbackLink({ dataset }: Entry, place: PublicPlace | undefined, visit: Visit): Html {
  const text = (key: string) => translate(visit.language, `opendata.feedback.${key}`);
  const href = linkTo(visit, `${dataset.id}/feedback`, place ? { place: place.id } : {});
  return html`<section aria-labelledby="feedback" class="ask"><h2 id="feedback">${text('question')}</h2>
<p><a href="${href}">${text('link')}</a></p></section>`;
}
