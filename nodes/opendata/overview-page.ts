import { translate } from '../observation/messages.ts';
import { LICENCES, type Publisher } from './dataset.ts';
import { type Html, html } from './html.ts';
import { page, written } from './layout.ts';
import { inLanguage } from './localized.ts';
import { mapSection, type PlacedEntry } from './map-section.ts';
import { placePath } from './place-card.ts';
import { mainValue, type PlaceNow, readPlacesNow, staleAfter, wordsFor } from './place-now.ts';
import type { Entry } from './site.ts';
import { linkTo, type Visit } from './visit.ts';
import { momentText, unbroken } from './wording.ts';

/** Places that the overview names of a dataset; its own page has all. */
const MOST_PLACES = 8;

/** All datasets with their places, on a map and as a list. Errors of the store pass through. */
export async function overviewPage(
  entries: readonly Entry[],
  owner: Publisher,
  visit: Visit,
): Promise<string> {
  const { language } = visit;
  const text = (key: string) => translate(language, `opendata.overview.${key}`);
  const placed = await Promise.all(
    entries.map(async (entry) => ({ entry, ...(await readPlacesNow(entry)) })),
  );
  const title = ({ entry }: PlacedEntry) => inLanguage(entry.dataset.title, language);
  const byTitle = placed.sort((a, b) => title(a).localeCompare(title(b), language));
  return page({
    visit,
    title: text('title'),
    description: text('lead'),
    owner: owner.name,
    alternates: [
      { type: 'text/turtle', href: 'catalog.ttl' },
      { type: 'application/ld+json', href: 'catalog.jsonld' },
    ],
    body: html`<h1>${text('title')}</h1>
<p class="lead">${text('lead')}</p>
${byTitle.length > 0 ? html`<ul class="datasets">${byTitle.map((each) => card(each, visit))}</ul>` : html`<p>${text('empty')}</p>`}
${mapSection(byTitle, visit)}
<h2>${text('machines')}</h2>
<ul class="links"><li><a href="catalog.ttl">${text('turtle')}</a></li><li><a href="catalog.jsonld">${text('json_ld')}</a></li>
<li><a href="${linkTo(visit, 'changes')}">${translate(language, 'opendata.changes.title')}</a></li></ul>`,
  });
}

function card({ entry, sandbox, places }: PlacedEntry & { sandbox: boolean }, visit: Visit): Html {
  const { language, now } = visit;
  const { dataset } = entry;
  const path = `${dataset.id}/`;
  const mark = sandbox && html`${translate(language, 'opendata.sandbox.mark')} `;
  const times = places.flatMap(({ time }) => time ?? []);
  const newest =
    times.length === 0
      ? translate(language, 'opendata.page.never')
      : `${translate(language, 'opendata.page.last_measured')} ${momentText(Math.max(...times), now, visit)}`;
  // One more takes no more room than the line that says so.
  const shown = places.length > MOST_PLACES + 1 ? MOST_PLACES : places.length;
  const rest = places.length - shown;
  return html`<li><h2><a href="${linkTo(visit, path)}">${mark}${written(dataset.title, language)}</a></h2>
<p>${written(dataset.description, language)}</p>
<ul class="at">${places.slice(0, shown).map((place) => placeLine(entry, place, visit))}
${rest > 0 && html`<li><a href="${linkTo(visit, path)}">${translate(language, 'opendata.overview.more', { count: rest })}</a></li>`}</ul>
<p class="when">${newest} · ${LICENCES[dataset.licence].label}</p></li>`;
}

/** "Start: Snow −4.0 °C, dry: blue grip wax". An old value is marked as such. */
function placeLine(entry: Entry, place: PlaceNow, visit: Visit): Html {
  const { language, now } = visit;
  const words = wordsFor(entry, place, now, language) ?? mainValue(entry, place, language);
  const isOld = place.time !== undefined && now - place.time > staleAfter(entry);
  return html`<li><a href="${linkTo(visit, placePath(entry, place))}">${place.name}</a> ${words && html`<span>${unbroken(words)}</span>`}${
    isOld && html` <span class="stale">${translate(language, 'opendata.page.old')}</span>`
  }</li>`;
}
