import { readPlaces } from '../reader.ts';
import type { DatasetContext } from '../request.ts';
import { type Content, HTML, type PublicResponse, uncached } from '../response.ts';
import { type Visit, visitOf } from '../visit.ts';
import { type Feedback, VERDICTS } from './feedback-box.ts';
import { type FormView, feedbackPage, thanksPage } from './form.ts';
import { FeedbackGuard } from './guard.ts';

const guard = new FeedbackGuard();

/** The form, and what is sent with it. Nothing of it is kept by caches. */
export async function feedbackSection(context: DatasetContext): Promise<Content | PublicResponse> {
  const place = placeOf(context.entry, context.query);
  const visit = visitOf(context, place ? [['place', place.id]] : []);
  return context.method === 'POST' ? taken(context, visit) : form(context, visit, context.query, 200);
}

/** The form again, with what was written, under an HTTP status and with a sentence that says why. */
function form(
  { entry }: DatasetContext,
  visit: Visit,
  sent: URLSearchParams,
  status: number,
  problem?: string,
): PublicResponse {
  const view: FormView = {
    place: placeOf(entry, sent),
    ticket: guard.ticket(visit.now),
    written: { verdict: sent.get('verdict') ?? '', text: sent.get('text') ?? '' },
    problem,
  };
  return uncached(status, HTML, feedbackPage(entry, view, visit));
}

async function taken(context: DatasetContext, visit: Visit): Promise<PublicResponse> {
  const { entry, options, headers, client = '' } = context;
  const sent = new URLSearchParams(await context.body?.());
  const again = (status: number, problem: string) => form(context, visit, sent, status, problem);
  if (!isOwnPage(headers, context.base)) return again(403, 'foreign');
  if (sent.get('website')) return again(422, 'trap');
  const verdict = VERDICTS.find((each) => each === sent.get('verdict'));
  const text = sent.get('text')?.trim() ?? '';
  if (!verdict && text === '') return again(422, 'empty');
  const refusal = guard.refusal(sent.get('ticket') ?? '', client, visit.now);
  if (refusal) return again(refusal === 'too_many' ? 429 : 422, refusal);
  const place = placeOf(entry, sent);
  const feedback: Feedback = {
    time: visit.now,
    dataset: entry.dataset.id,
    text,
    language: visit.language,
    ...(place && { place: place.id }),
    ...(verdict && { verdict }),
  };
  if (!options.keepFeedback?.(feedback)) return again(503, 'full');
  return uncached(200, HTML, thanksPage(entry, place, visit));
}

function placeOf({ dataset, sources }: DatasetContext['entry'], sent: URLSearchParams) {
  return readPlaces(dataset, sources).find(({ id }) => id === sent.get('place'));
}

/** Whether the form was sent by a page of this site: browsers say where it came from, and other pages cannot lie about it. */
function isOwnPage(headers: DatasetContext['headers'], base: string): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  return headers.origin === undefined || headers.origin === new URL(base).origin;
}
