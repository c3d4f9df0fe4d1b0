import { type Language, languageTag, translate } from '../observation/messages.ts';
import { type Html, html } from '../opendata/html.ts';

/** Nothing but our own files; measurements are fetched with the editor's sign-in. */
export const SHELL_HEADERS: Readonly<Record<string, string>> = {
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'",
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'Cache-Control': 'no-store',
};

/** The operator page before it has any data: anyone may load it, there is nothing in it. */
export function shellPage(language: Language): string {
  const text = (key: string) => translate(language, `operator.page.${key}`);
  return html`<!doctype html>
<html lang="${languageTag(language)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${text('title')}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="operator/page.css">
<link rel="stylesheet" href="operator/operator.css">
<script src="operator/operator.js" defer></script>
</head>
<body>
<a class="skip" href="#content">${translate(language, 'opendata.page.skip')}</a>
<header><div class="bar"><a href="../">${text('editor')}</a>
${languageLink(language)}
<button type="button" id="refresh">${text('refresh')}</button></div></header>
<main id="page"><h1>${text('title')}</h1>
<p id="message" role="status" data-loading="${text('loading')}" data-failed="${text('failed')}" data-wrong="${text('wrong')}" data-forbidden="${text('forbidden')}">${text('loading')}</p>
<noscript><p>${text('no_script')}</p></noscript>
<form id="sign-in" hidden><h2>${text('sign_in')}</h2>
<p><label for="username">${text('username')}</label><input id="username" name="username" autocomplete="username" required></p>
<p><label for="password">${text('password')}</label><input id="password" name="password" type="password" autocomplete="current-password" required></p>
<button type="submit">${text('sign_in')}</button></form>
<p id="elsewhere" hidden><a href="../">${text('sign_in_editor')}</a></p>
<div id="content"></div></main>
<dialog id="chart" aria-labelledby="series-heading"><div id="drawing"></div>
<div class="actions"><button type="button" data-days="2">${text('two_days')}</button><button type="button" data-days="30">${text('month')}</button><button type="button" id="close">${text('close')}</button></div></dialog>
<dialog id="confirm" aria-labelledby="question"><form method="dialog"><h2 id="question"></h2>
<div class="actions"><button value="no" autofocus>${text('no')}</button><button value="yes">${text('yes')}</button></div></form></dialog>
</body>
</html>
`.markup;
}

/** The link to the same page in its other language. */
function languageLink(language: Language): Html {
  const other = language === 'nb' ? 'en-US' : 'nb';
  const tag = languageTag(other);
  return html`<a class="language" href="?lang=${tag}" hreflang="${tag}" lang="${tag}">${translate(other, 'opendata.page.this_language')}</a>`;
}
