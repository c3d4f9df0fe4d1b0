import { readFileSync } from 'node:fs';
import { type Language, languageTag, translate } from '../observation/messages.ts';
import { type Html, html, trusted } from './html.ts';

const STYLE = readFileSync(new URL('./page.css', import.meta.url), 'utf8');

export interface Layout {
  language: Language;
  title: string;
  description?: string;
  /** Relative address of the overview, for the link at the top. */
  home: string;
  /** Name shown at the top: the publisher. */
  owner: string;
  /** Machine-readable descriptions of the page, for the head. */
  alternates?: readonly { type: string; href: string }[];
  body: Html;
}

/** A whole public page: works without script, in light and dark, from 320 pixels up. */
export function page(layout: Layout): string {
  const { language, title, description, body } = layout;
  return html`<!doctype html>
<html lang="${languageTag(language)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} – ${layout.owner}</title>
${description && html`<meta name="description" content="${description}">`}
<link rel="icon" href="data:,">
${(layout.alternates ?? []).map(({ type, href }) => html`<link rel="alternate" type="${type}" href="${href}">`)}
<style>${trusted(STYLE)}</style>
</head>
<body>
<a class="skip" href="#content">${translate(language, 'opendata.page.skip')}</a>
<header><div class="bar"><a href="${layout.home}">${layout.owner}</a>
${languageLink(language)}</div></header>
<main id="content">${body}</main>
<footer><div class="bar"><a href="${layout.home}">${translate(language, 'opendata.page.all_datasets')}</a></div></footer>
</body>
</html>
`.markup;
}

/** The link to the same page in its other language. */
export function languageLink(language: Language): Html {
  const other = language === 'nb' ? 'en-US' : 'nb';
  const tag = languageTag(other);
  return html`<a class="language" href="?lang=${tag}" hreflang="${tag}" lang="${tag}">${translate(other, 'opendata.page.this_language')}</a>`;
}

/** A table that scrolls by itself where the screen is too narrow, by keyboard too; `heading` is the id of its heading. */
export function scrollable(heading: string, table: Html): Html {
  return html`<div class="scroll" tabindex="0" role="group" aria-labelledby="${heading}">${table}</div>`;
}

/** The yellow notice of a page that shows sandbox data. */
export function sandboxNotice(language: Language): Html {
  return html`<p class="notice" role="note"><strong>${translate(language, 'opendata.sandbox.mark')}</strong> ${translate(language, 'opendata.sandbox.notice')}</p>`;
}
