import { ConnectionError } from '../observation/errors.ts';
import { describeError } from '../observation/messages.ts';
import { negotiate } from './negotiation.ts';
import { RequestError } from './parameters.ts';
import { problemPage } from './problem-page.ts';
import type { Context } from './request.ts';
import { HTML, type PublicResponse, uncached } from './response.ts';
import { visitOf } from './visit.ts';

/** What went wrong as an answer: the status of a RequestError, 503 while the database is away, 500 for anything else; details stay in the house. */
export function problem(error: unknown, context: Context): PublicResponse {
  if (error instanceof RequestError) return refusal(error, context);
  const away = error instanceof ConnectionError;
  const key = away ? 'opendata.request.unavailable' : 'opendata.request.failed';
  const status = away ? { status: 503, retryAfter: 60 } : { status: 500 };
  return { ...refusal(new RequestError({ key }, { cause: error, ...status }), context), cause: error };
}

/** A page for browsers, JSON for programs. */
function refusal(error: RequestError, context: Context): PublicResponse {
  const { status, retryAfter } = error;
  const { headers, language, owner } = context;
  const sentence = describeError(error, language);
  const wantsPage = negotiate(headers.accept, ['application/json', 'text/html']) === 'text/html';
  const response = wantsPage
    ? uncached(status, HTML, problemPage(status, sentence, owner, visitOf(context)))
    : uncached(status, 'application/json; charset=utf-8', JSON.stringify({ error: sentence }));
  if (retryAfter !== undefined) response.headers['Retry-After'] = String(retryAfter);
  return response;
}
