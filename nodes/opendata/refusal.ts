import { ConnectionError } from '../observation/errors.ts';
import { describeError } from '../observation/messages.ts';
import { negotiate } from './negotiation.ts';
import { RequestError } from './parameters.ts';
import { problemPage } from './problem-page.ts';
import type { Context } from './request.ts';
import { failure, HTML, type PublicResponse } from './response.ts';
import { visitOf } from './visit.ts';

/** What went wrong as an answer: the status of a RequestError, 503 while the database is away, 500 for anything else; details stay in the house. */
export function problem(error: unknown, context: Context): PublicResponse {
  if (error instanceof RequestError) return refusal(error, context);
  const away = error instanceof ConnectionError;
  const key = away ? 'opendata.request.unavailable' : 'opendata.request.failed';
  const response = refusal(new RequestError({ key }, { cause: error, status: away ? 503 : 500 }), context);
  return {
    ...response,
    headers: { ...response.headers, ...(away && { 'Retry-After': '60' }) },
    cause: error,
  };
}

/** A page for browsers, JSON for programs. */
function refusal(error: RequestError, context: Context): PublicResponse {
  const { status } = error;
  const { headers, language, owner } = context;
  const sentence = describeError(error, language);
  if (negotiate(headers.accept, ['application/json', 'text/html']) !== 'text/html') {
    return failure(status, 'application/json; charset=utf-8', JSON.stringify({ error: sentence }));
  }
  return failure(status, HTML, problemPage(status, sentence, owner, visitOf(context)));
}
