import { quantityLabel } from '../observation/labels.ts';
import { translate } from '../observation/messages.ts';
import { QUANTITIES, type QuantityId } from '../observation/quantities.ts';
import { chartSection } from './chart-section.ts';
import { PERIODS, type PeriodId, readKeptPeriod } from './history.ts';
import { type Html, html } from './html.ts';
import { page, sandboxNotice, written } from './layout.ts';
import { inLanguage } from './localized.ts';
import { placesTable } from './place-card.ts';
import { type PlaceNow, readPlacesNow } from './place-now.ts';
import type { Entry } from './site.ts';
import type { Visit } from './visit.ts';

/** Lines that can be told apart and followed. */
const FEWEST = 2;
const MOST = 5;

/** What to compare, as the address says it; what it says wrongly is left out. */
export interface Comparison {
  /** Ids. */
  places: readonly string[];
  quantity: QuantityId | undefined;
  period: PeriodId;
}

/** Two to five places in one chart and one table, and the form that chooses them. */
export async function comparePage(entry: Entry, comparison: Comparison, visit: Visit): Promise<string> {
  const { dataset, publisher } = entry;
  const { language, now, timeZone } = visit;
  const text = (key: string) => translate(language, `opendata.compare.${key}`);
  const { places, sandbox } = await readPlacesNow(entry);
  const numeric = dataset.quantities.filter((id) => QUANTITIES[id].valueType === 'number');
  const quantity = numeric.find((id) => id === comparison.quantity) ?? numeric[0];
  const wanted = places.filter(({ id }) => comparison.places.includes(id));
  const isAsked = comparison.places.length > 0;
  const fits = wanted.length >= FEWEST && wanted.length <= MOST;
  const shown = fits && quantity ? wanted : [];
  const asked = { period: comparison.period, quantities: quantity ? [quantity] : [], now, timeZone };
  const history = await readKeptPeriod(entry, shown, asked);
  const charts = await Promise.all(
    history.quantities.map((each) => chartSection(each, history, dataset, visit)),
  );
  const title = inLanguage(dataset.title, language);
  return page({
    visit,
    title: `${text('title')}: ${title}`,
    description: text('lead'),
    owner: publisher.name,
    above: [
      { path: '', name: translate(language, 'opendata.page.all_datasets') },
      { path: `${dataset.id}/`, name: written(dataset.title, language) },
    ],
    body: html`<h1>${text('title')}</h1>
${sandbox && sandboxNotice(language)}
<p class="lead">${text('lead')}</p>
${isAsked && !fits && html`<p class="notice" role="alert">${text(wanted.length > MOST ? 'too_many' : 'too_few')}</p>`}
${charts}
${shown.length > 0 && charts.length === 0 && html`<p>${translate(language, 'opendata.page.no_values')}</p>`}
${shown.length > 0 && html`<section aria-labelledby="now"><h2 id="now">${translate(language, 'opendata.page.now')}</h2>${placesTable(entry, shown, 'now', visit)}</section>`}
${
  places.length > 0
    ? choiceForm(places, wanted, { numeric, quantity, period: comparison.period }, visit)
    : html`<p>${translate(language, 'opendata.page.no_places')}</p>`
}`,
  });
}

interface Choices {
  numeric: readonly QuantityId[];
  quantity: QuantityId | undefined;
  period: PeriodId;
}

/** Works without script: the answer is the same page with other parameters. */
function choiceForm(
  places: readonly PlaceNow[],
  chosen: readonly PlaceNow[],
  { numeric, quantity, period }: Choices,
  visit: Visit,
): Html {
  const { language } = visit;
  const text = (key: string) => translate(language, `opendata.compare.${key}`);
  const boxes = places.map(
    ({ id, name }) =>
      html`<li><label><input type="checkbox" name="place" value="${id}"${chosen.some((each) => each.id === id) && html` checked`}> ${name}</label></li>`,
  );
  const option = (value: string, label: string, isChosen: boolean) =>
    html`<option value="${value}"${isChosen && html` selected`}>${label}</option>`;
  return html`<form method="get" class="choice"><h2>${text('choose')}</h2>
<fieldset><legend>${text('places')}</legend><ul class="boxes">${boxes}</ul></fieldset>
<p><label for="quantity">${text('quantity')}</label> <select id="quantity" name="quantity">${numeric.map(
    (id) => option(id, quantityLabel(id, language), id === quantity),
  )}</select></p>
<p><label for="period">${translate(language, 'opendata.period.label')}</label> <select id="period" name="period">${(
    Object.keys(PERIODS) as PeriodId[]
  ).map((id) => option(id, translate(language, `opendata.period.${id}`), id === period))}</select></p>
${visit.chosen && html`<input type="hidden" name="lang" value="${language}">`}
<button type="submit">${text('show')}</button></form>`;
}
