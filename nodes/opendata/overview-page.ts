import { type Language, translate } from '../observation/messages.ts';
import type { CatalogEntry } from './catalog.ts';
import { LICENCES, type Publisher } from './dataset.ts';
import { type Html, html } from './html.ts';
import { page } from './layout.ts';
import { inLanguage } from './localized.ts';
import { type Locale, momentText } from './wording.ts';

/** The list of all datasets. `now` in ms since 1970 UTC. */
export function overviewPage(
  entries: readonly CatalogEntry[],
  owner: Publisher,
  locale: Locale,
  now: number,
): string {
  const { language } = locale;
  const text = (key: string) => translate(language, `opendata.overview.${key}`);
  return page({
    language,
    title: text('title'),
    home: './',
    owner: owner.name,
    alternates: [
      { type: 'text/turtle', href: 'catalog.ttl' },
      { type: 'application/ld+json', href: 'catalog.jsonld' },
    ],
    body: html`<h1>${text('title')}</h1>
<p class="lead">${text('lead')}</p>
${entries.length > 0 ? html`<ul class="datasets">${entries.map((entry) => card(entry, locale, now))}</ul>` : html`<p>${text('empty')}</p>`}
<h2>${text('machines')}</h2>
<ul class="links"><li><a href="catalog.ttl">${text('turtle')}</a></li><li><a href="catalog.jsonld">${text('json_ld')}</a></li></ul>`,
  });
}

/** A page that says in a sentence why there is nothing to see. `home` is the relative address of the overview. */
export function problemPage(
  status: number,
  sentence: string,
  owner: Publisher,
  language: Language,
  home: string,
): string {
  const title = translate(language, status === 404 ? 'opendata.problem.not_found' : 'opendata.problem.title');
  return page({
    language,
    title,
    home,
    owner: owner.name,
    body: html`<h1>${title}</h1><p class="lead">${sentence}</p>
<p><a href="${home}">${translate(language, 'opendata.page.all_datasets')}</a></p>`,
  });
}

function card({ dataset, sandbox, modified }: CatalogEntry, locale: Locale, now: number): Html {
  const { language } = locale;
  const mark = sandbox && html`${translate(language, 'opendata.sandbox.mark')} `;
  const newest =
    modified === undefined
      ? translate(language, 'opendata.page.never')
      : `${translate(language, 'opendata.page.last_measured')} ${momentText(modified, now, locale)}`;
  return html`<li><h2><a href="${dataset.id}/">${mark}${inLanguage(dataset.title, language)}</a></h2>
<p>${inLanguage(dataset.description, language)}</p>
<p class="when">${newest} · ${LICENCES[dataset.licence].label}</p></li>`;
}
