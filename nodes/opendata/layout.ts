import { readFileSync } from 'node:fs';
import { languageTag, PUBLIC_LANGUAGES, type TextLanguage, translate } from '../observation/messages.ts';
import { type Html, html, trusted } from './html.ts';
import { inLanguage, type Localized, writtenIn } from './localized.ts';
import { addressOf, inOtherLanguage, linkTo, translationsOf, type Visit } from './visit.ts';

const STYLE = readFileSync(new URL('./page.css', import.meta.url), 'utf8');

export interface Layout {
  visit: Visit;
  title: string;
  description?: string;
  /** Name shown at the top: the publisher. */
  owner: string;
  /** Pages above this one, from the overview down. */
  above?: readonly { path: string; name: string | Html }[];
  /** Machine-readable descriptions of the page, for the head. */
  alternates?: readonly { type: string; href: string }[];
  /** What the page is about, as schema.org JSON-LD. */
  structured?: object;
  /** Says that there is nothing here: search engines leave it out. */
  isProblem?: boolean;
  body: Html;
}

/** A whole public page: works without script, in light and dark, from 320 pixels up. */
export function page(layout: Layout): string {
  const { visit, title, owner, above = [], body } = layout;
  const { language } = visit;
  const text = (key: string) => translate(language, `opendata.page.${key}`);
  const home = linkTo(visit, '');
  return html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} – ${owner}</title>
${head(layout)}
<style>${trusted(STYLE)}</style>
</head>
<body>
<a class="skip" href="#content">${text('skip')}</a>
<header><div class="bar"><a href="${home}">${owner}</a>${languages(visit)}</div></header>
${
  above.length > 0 &&
  html`<nav class="bar above" aria-label="${text('above')}"><ol>${above.map(
    ({ path, name }) => html`<li><a href="${linkTo(visit, path)}">${name}</a></li>`,
  )}</ol></nav>`
}
<main id="content">${body}</main>
<footer><div class="bar"><a href="${home}">${text('all_datasets')}</a>
<p class="tracking">${text('no_tracking')}</p></div></footer>
</body>
</html>
`.markup;
}

function head({ visit, description, alternates = [], structured, isProblem }: Layout): Html {
  const found = html`<link rel="canonical" href="${addressOf(visit, visit.chosen ? visit.language : undefined)}">
${translationsOf(visit).map(({ tag, address }) => html`<link rel="alternate" hreflang="${tag}" href="${address}">`)}`;
  return html`${description && html`<meta name="description" content="${description}">`}
<link rel="icon" href="data:,">
${isProblem ? html`<meta name="robots" content="noindex">` : found}
${alternates.map(({ type, href }) => html`<link rel="alternate" type="${type}" href="${href}">`)}
${structured && html`<script type="application/ld+json">${trusted(jsonInScript(structured))}</script>`}`;
}

/** JSON in which nothing can end the element that it stands in. */
function jsonInScript(value: object): string {
  return JSON.stringify(value).replace(/</g, '\\u003c');
}

/** The same page in its other languages; opens without script. */
function languages(visit: Visit): Html {
  const name = (language: TextLanguage) => translate(language, 'opendata.page.this_language');
  const others = PUBLIC_LANGUAGES.filter((language) => language !== visit.language);
  return html`<details class="languages"><summary><span class="hidden">${translate(visit.language, 'opendata.page.language')}</span> ${name(visit.language)}</summary>
<ul>${others.map(
    (language) =>
      html`<li><a href="${inOtherLanguage(visit, language)}" hreflang="${language}" lang="${language}">${name(language)}</a></li>`,
  )}</ul></details>`;
}

/** A table that scrolls by itself where the screen is too narrow, by keyboard too; `heading` is the id of its heading. */
export function scrollable(heading: string, table: Html): Html {
  return html`<div class="scroll" tabindex="0" role="group" aria-labelledby="${heading}">${table}</div>`;
}

/** A text of staff; one that is in another language than the page says so, for those who have it read aloud. */
export function written(text: Localized, language: TextLanguage): Html {
  const own = writtenIn(text, language);
  const words = inLanguage(text, language);
  return own === languageTag(language) ? html`${words}` : html`<span lang="${own}">${words}</span>`;
}

/** The yellow notice of a page that shows sandbox data. */
export function sandboxNotice(language: TextLanguage): Html {
  return html`<p class="notice" role="note"><strong>${translate(language, 'opendata.sandbox.mark')}</strong> ${translate(language, 'opendata.sandbox.notice')}</p>`;
}
