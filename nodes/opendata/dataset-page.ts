import { translate } from '../observation/messages.ts';
import { describeEntries } from './catalog-entries.ts';
import { chartSection } from './chart-section.ts';
import { factList } from './dataset-facts.ts';
import { downloadList } from './download-list.ts';
import { feedbackLink } from './feedback/form.ts';
import { readPeriod } from './history.ts';
import { type Html, html } from './html.ts';
import { page, sandboxNotice, written } from './layout.ts';
import { inLanguage } from './localized.ts';
import { mapSection } from './map-section.ts';
import { placeCard, placesTable } from './place-card.ts';
import { type PlaceNow, readPlacesNow } from './place-now.ts';
import { datasetJsonLd } from './schema-org.ts';
import type { Entry } from './site.ts';
import { linkTo, type Visit } from './visit.ts';

/** With more places than this, a table is easier to read than cards. */
const MOST_CARDS = 12;
/** More lines than this cannot be told apart; the page then has no charts, those of the places do. */
const MOST_LINES = 6;

/** The page for citizens: the values now, the last two days, the files. */
export async function datasetPage(entry: Entry, visit: Visit): Promise<string> {
  const { dataset, publisher, sources } = entry;
  const { language, now, timeZone } = visit;
  const text = (key: string) => translate(language, `opendata.page.${key}`);
  const { places, sandbox } = await readPlacesNow(entry);
  const [described] = await describeEntries([entry]);
  const drawn = places.length > MOST_LINES ? [] : places;
  const asked = { period: 'two_days', quantities: dataset.quantities, now, timeZone } as const;
  const history = await readPeriod(dataset, sources, drawn, asked);
  const charts = await Promise.all(
    history.quantities.map((quantity) => chartSection(quantity, history, dataset, visit)),
  );
  const isOld = places.some(({ time }) => time !== undefined && time < history.from);
  const title = inLanguage(dataset.title, language);
  return page({
    visit,
    title: sandbox ? `${translate(language, 'opendata.sandbox.mark')} ${title}` : title,
    description: inLanguage(dataset.description, language),
    owner: publisher.name,
    above: [{ path: '', name: translate(language, 'opendata.page.all_datasets') }],
    alternates: [
      { type: 'text/csv', href: 'data.csv' },
      { type: 'application/json', href: 'data.json' },
      { type: 'application/atom+xml', href: 'feed.atom' },
    ],
    ...(described && { structured: datasetJsonLd(described, language, visit.base) }),
    body: html`<h1>${written(dataset.title, language)}</h1>
${sandbox && sandboxNotice(language)}
<p class="lead">${written(dataset.description, language)}</p>
<section aria-labelledby="now"><h2 id="now">${text('now')}</h2>${placesNow(entry, places, visit)}</section>
${mapSection([{ entry, places }], visit)}
${places.length > 1 && html`<p class="to-compare"><a href="${linkTo(visit, `${dataset.id}/compare`)}">${text('compare')}</a></p>`}
${charts.length > 0 ? charts : isOld && html`<p>${text('no_recent')}</p>`}
<section aria-labelledby="data"><h2 id="data">${text('data')}</h2>${downloadList(visit, dataset)}</section>
<section aria-labelledby="about"><h2 id="about">${text('about')}</h2>${factList(entry, language)}</section>
${feedbackLink(entry, undefined, visit)}`,
  });
}

function placesNow(entry: Entry, places: readonly PlaceNow[], visit: Visit): Html {
  if (places.length === 0) return html`<p>${translate(visit.language, 'opendata.page.no_places')}</p>`;
  return places.length > MOST_CARDS
    ? placesTable(entry, places, 'now', visit)
    : html`<ul class="places">${places.map((place) => placeCard(entry, place, visit))}</ul>`;
}
