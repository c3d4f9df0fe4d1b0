import { html } from './html.ts';
import { placePath } from './place-card.ts';
import { readPlaces } from './reader.ts';
import type { Entry } from './site.ts';
import { addressOf, translationsOf, type Visit } from './visit.ts';

/** Addresses that one file may name (sitemaps.org). */
const MOST = 50_000;

/** All pages for search engines, each with its languages, after the sitemap protocol of sitemaps.org. */
export function sitemap(entries: readonly Entry[], visit: Visit): string {
  const paths = ['', ...entries.flatMap((entry) => [`${entry.dataset.id}/`, ...placesOf(entry)])].slice(
    0,
    MOST,
  );
  const addresses = paths.map((path) => {
    const page = { ...visit, path, query: [] };
    return html`<url><loc>${addressOf(page)}</loc>${translationsOf(page).map(
      ({ tag, address }) => html`<xhtml:link rel="alternate" hreflang="${tag}" href="${address}"/>`,
    )}</url>
`;
  });
  return html`<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml">
${addresses}</urlset>
`.markup;
}

function placesOf(entry: Entry): string[] {
  return readPlaces(entry.dataset, entry.sources).map((place) => placePath(entry, place));
}

/** What programs that gather pages may read: the pages and the catalogue, not the editor. `base` is the address of the overview. */
export function robots(base: string): string {
  const { pathname } = new URL(base);
  return [
    'User-agent: *',
    `Allow: ${pathname}`,
    `Disallow: ${pathname}*/feedback`,
    `Disallow: ${pathname}*/compare?`,
    'Disallow: /editor/',
    `Sitemap: ${base}sitemap.xml`,
    '',
  ].join('\n');
}
