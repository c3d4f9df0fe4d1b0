import { translate } from '../observation/messages.ts';
import { chartSection } from './chart-section.ts';
import { factList } from './dataset-facts.ts';
import { downloadList } from './download-list.ts';
import { embedHint } from './embed/hint.ts';
import { feedbackLink } from './feedback/form.ts';
import { PERIODS, type PeriodId, readKeptPeriod } from './history.ts';
import { type Html, html } from './html.ts';
import { checkFacts } from './known-faults.ts';
import { page, sandboxNotice, written } from './layout.ts';
import { inLanguage } from './localized.ts';
import { mapSection } from './map-section.ts';
import { placePath, placeValues } from './place-card.ts';
import { type PlaceNow, readPlacesNow, wordsFor } from './place-now.ts';
import type { Entry } from './site.ts';
import { linkTo, type Visit } from './visit.ts';

/** The page of one place; undefined if the dataset has none with this id. */
export async function placePage(
  entry: Entry,
  id: string,
  period: PeriodId,
  visit: Visit,
): Promise<string | undefined> {
  const { dataset, publisher } = entry;
  const { language, now, timeZone } = visit;
  const text = (key: string, parameters?: Record<string, string>) =>
    translate(language, `opendata.page.${key}`, parameters);
  const { places, sandbox } = await readPlacesNow(entry);
  const place = places.find((each) => each.id === id);
  if (!place) return undefined;
  const asked = { period, quantities: dataset.quantities, now, timeZone };
  const history = await readKeptPeriod(entry, [place], asked);
  const charts = await Promise.all(
    history.quantities.map((quantity) => chartSection(quantity, history, dataset, visit)),
  );
  const title = inLanguage(dataset.title, language);
  return page({
    visit,
    title: `${sandbox ? `${translate(language, 'opendata.sandbox.mark')} ` : ''}${place.name}: ${title}`,
    description: descriptionOf(entry, place, visit),
    owner: publisher.name,
    above: [
      { path: '', name: text('all_datasets') },
      { path: `${dataset.id}/`, name: written(dataset.title, language) },
    ],
    alternates: [{ type: 'application/json', href: 'now.json' }],
    body: html`<h1>${place.name}</h1>
${sandbox && sandboxNotice(language)}
<section aria-labelledby="now"><h2 id="now" class="hidden">${text('now')}</h2><div class="place">${placeValues(entry, place, visit)}</div></section>
${periods(entry, place, period, visit)}
${charts.length > 0 ? charts : html`<p>${text('no_values')}</p>`}
${places.length > 1 && compareLink(entry, place, visit)}
${publisher.tiles && mapSection([{ entry, places: [place] }], visit)}
<section aria-labelledby="about"><h2 id="about">${text('about')}</h2>${factList(entry, language, [...(await checkFacts(entry, place, visit)), ...whereFact(place, visit)])}</section>
<section aria-labelledby="data"><h2 id="data">${text('data')}</h2>${downloadList(visit, dataset, place)}${embedHint(entry, place, visit)}</section>
${feedbackLink(entry, place, visit)}`,
  });
}

function descriptionOf(entry: Entry, place: PlaceNow, { language, now }: Visit): string {
  const words = wordsFor(entry, place, now, language);
  return [words && `${words}.`, inLanguage(entry.dataset.description, language)].filter(Boolean).join(' ');
}

/** The coordinates as a link that a phone opens in its own map. */
function whereFact({ location }: PlaceNow, { language }: Visit): [label: string, value: Html][] {
  if (!location) return [];
  const { lat, lon } = location;
  return [
    [translate(language, 'opendata.facts.where'), html`<a href="geo:${lat},${lon}">${lat}, ${lon}</a>`],
  ];
}

/** Which time the charts show. */
function periods(entry: Entry, place: PlaceNow, shown: PeriodId, visit: Visit): Html {
  const text = (key: string) => translate(visit.language, `opendata.period.${key}`);
  const links = (Object.keys(PERIODS) as PeriodId[]).map((period) => {
    const href = linkTo(visit, placePath(entry, place), period === 'two_days' ? {} : { period });
    return html`<li><a href="${href}"${period === shown && html` aria-current="true"`}>${text(period)}</a></li>`;
  });
  return html`<nav class="periods" aria-label="${text('label')}"><ul>${links}</ul></nav>`;
}

function compareLink({ dataset }: Entry, { id }: PlaceNow, visit: Visit): Html {
  const href = linkTo(visit, `${dataset.id}/compare`, { place: id });
  return html`<p class="to-compare"><a href="${href}">${translate(visit.language, 'opendata.page.compare')}</a></p>`;
}
