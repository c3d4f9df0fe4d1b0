import { languageTag } from '../observation/messages.ts';
import type { Change } from './change-log.ts';
import { dayMonthYear } from './local-time.ts';
import { inLanguage } from './localized.ts';
import { RequestError } from './parameters.ts';
import type { Context } from './request.ts';
import type { Content } from './response.ts';

/** Every publication, change and withdrawal, newest first; for one dataset with `?dataset=`. */
export function changesFile({ site, owner, language, base, query }: Context): Content {
  const dataset = query.get('dataset');
  const changes = site.publications?.log.changes ?? [];
  const wanted = changes.filter((change) => dataset === null || change.dataset === dataset);
  const content = {
    language: languageTag(language),
    publisher: owner.name,
    changes: wanted
      .toReversed()
      .map((change) => ({ ...inWords(change, language), address: `${base}${change.dataset}/` })),
  };
  return {
    type: 'application/json; charset=utf-8',
    maxAge: 60,
    vary: 'Accept-Language',
    body: JSON.stringify(content),
  };
}

/** What is to be said at the address of a dataset that was withdrawn; undefined if none was there. */
export function goneFrom({ site, options, language }: Context, id: string): RequestError | undefined {
  const withdrawn = site.publications?.tombstone(id)?.withdrawn;
  if (!withdrawn) return undefined;
  const date = dayMonthYear(Date.parse(withdrawn.time), options.timeZone, language);
  const { reason } = withdrawn;
  const problem = reason
    ? { key: 'opendata.request.withdrawn_because', parameters: { date, reason } }
    : { key: 'opendata.request.withdrawn', parameters: { date } };
  return new RequestError(problem, { status: 410 });
}

function inWords(change: Change, language: Context['language']) {
  return { ...change, title: inLanguage(change.title, language) };
}
