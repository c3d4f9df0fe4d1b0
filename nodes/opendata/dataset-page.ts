import { quantityLabel } from '../observation/labels.ts';
import { translate } from '../observation/messages.ts';
import { chartSection } from './chart-section.ts';
import { LICENCES } from './dataset.ts';
import { type Html, html } from './html.ts';
import { page, sandboxNotice, scrollable } from './layout.ts';
import { inLanguage } from './localized.ts';
import { type Latest, type LatestPlace, readLatest } from './reader.ts';
import { readRecent } from './recent.ts';
import type { Entry } from './site.ts';
import { type Locale, momentText, unitSign, valueText, valueWithUnit } from './wording.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;
/** With more places than this, a table is easier to read than cards. */
const MOST_CARDS = 12;

/** The page for citizens: the values now, the last two days, the files. `now` in ms since 1970 UTC. */
export async function datasetPage(entry: Entry, locale: Locale, now: number): Promise<string> {
  const { dataset, publisher, sources } = entry;
  const { language } = locale;
  const text = (key: string, parameters?: Record<string, string | number>) =>
    translate(language, `opendata.page.${key}`, parameters);
  const latest = await readLatest(dataset, sources);
  const recent = await readRecent(
    dataset,
    sources,
    latest.places.map(({ place }) => place),
    now,
  );
  const charts = await Promise.all(
    recent.quantities.map((quantity) => chartSection(quantity, recent, dataset, locale)),
  );
  const isOld = latest.places.some(({ time }) => time !== undefined && time < recent.from);
  const title = inLanguage(dataset.title, language);
  return page({
    language,
    title: latest.sandbox ? `${translate(language, 'opendata.sandbox.mark')} ${title}` : title,
    description: inLanguage(dataset.description, language),
    home: '../',
    owner: publisher.name,
    alternates: [
      { type: 'text/csv', href: 'data.csv' },
      { type: 'application/json', href: 'data.json' },
    ],
    body: html`<h1>${title}</h1>
${latest.sandbox && sandboxNotice(language)}
<p class="lead">${inLanguage(dataset.description, language)}</p>
<section aria-labelledby="now"><h2 id="now">${text('now')}</h2>${placesNow(entry, latest, locale, now)}</section>
${charts.length > 0 ? charts : isOld && html`<p>${text('no_recent')}</p>`}
<section aria-labelledby="data"><h2 id="data">${text('data')}</h2>${downloads(locale, now)}</section>
<section aria-labelledby="about"><h2 id="about">${text('about')}</h2>${facts(entry, locale)}</section>`,
  });
}

function placesNow(entry: Entry, latest: Latest, locale: Locale, now: number): Html {
  const { places } = latest;
  if (places.length === 0) return html`<p>${translate(locale.language, 'opendata.page.no_places')}</p>`;
  return places.length > MOST_CARDS
    ? placesTable(entry, places, locale, now)
    : html`<ul class="places">${places.map((place) => placeCard(entry, place, locale, now))}</ul>`;
}

function placeCard(entry: Entry, place: LatestPlace, locale: Locale, now: number): Html {
  const values = entry.dataset.quantities.flatMap((quantity) => {
    const latest = place.values[quantity];
    if (!latest) return [];
    const older = place.time !== undefined && place.time - latest.time > staleAfter(entry);
    return [
      html`<div><dt>${quantityLabel(quantity, locale.language)}${older && html` · ${whenText(entry, latest.time, locale, now)}`}</dt>
<dd>${valueText(quantity, latest.value, locale.language)} <span class="unit">${unitSign(quantity)}</span></dd></div>`,
    ];
  });
  return html`<li><h3>${place.place}</h3>
${values.length > 0 && html`<dl class="values">${values}</dl>`}
<p class="when">${whenText(entry, place.time, locale, now)}</p></li>`;
}

function placesTable(entry: Entry, places: readonly LatestPlace[], locale: Locale, now: number): Html {
  const { quantities } = entry.dataset;
  const text = (key: string) => translate(locale.language, `opendata.page.${key}`);
  const head = quantities.map(
    (quantity) => html`<th scope="col" class="number">${quantityLabel(quantity, locale.language)}</th>`,
  );
  const rows = places.map(({ place, time, values }) => {
    const cells = quantities.map((quantity) => {
      const latest = values[quantity];
      return html`<td class="number">${latest && valueWithUnit(quantity, latest.value, locale.language)}</td>`;
    });
    return html`<tr><th scope="row">${place}</th>${cells}<td>${whenText(entry, time, locale, now)}</td></tr>`;
  });
  return scrollable(
    'now',
    html`<table><thead><tr><th scope="col">${text('place')}</th>${head}
<th scope="col">${text('time')}</th></tr></thead><tbody>${rows}</tbody></table>`,
  );
}

/** "Measured 14:02", marked if the value is older than three times the interval. */
function whenText(entry: Entry, time: number | undefined, locale: Locale, now: number): Html {
  const { language } = locale;
  if (time === undefined)
    return html`<span class="stale">${translate(language, 'opendata.page.never')}</span>`;
  const moment = html`<time datetime="${new Date(time).toISOString()}">${momentText(time, now, locale)}</time>`;
  return now - time > staleAfter(entry)
    ? html`<span class="stale">${translate(language, 'opendata.page.last_measured')} ${moment}</span>`
    : html`${translate(language, 'opendata.page.measured')} ${moment}`;
}

function staleAfter({ dataset }: Entry): number {
  return 3 * dataset.updateMinutes * MINUTE;
}

function downloads({ language }: Locale, now: number): Html {
  const text = (key: string) => translate(language, `opendata.page.${key}`);
  const month = new Date(now - 30 * DAY).toISOString().slice(0, 10);
  return html`<ul class="links">
<li><a href="data.csv?from=${month}">${text('csv_month')}</a></li>
<li><a href="data.csv">${text('csv_all')}</a></li>
<li><a href="data.json?from=${month}">${text('json')}</a></li>
<li><a href="latest.json">${text('latest')}</a></li>
<li><a href="../catalog.ttl">${text('catalogue')}</a></li>
</ul>`;
}

function facts({ dataset, publisher }: Entry, { language }: Locale): Html {
  const licence = LICENCES[dataset.licence];
  const { name, homepage, contactName, contactEmail } = publisher;
  const rows: [key: string, value: Html | false | undefined][] = [
    ['method', dataset.method && html`${inLanguage(dataset.method, language)}`],
    ['interval', html`${intervalText(dataset.updateMinutes, language)}`],
    ['licence', html`<a href="${licence.page}" rel="license">${licence.label}</a>`],
    ['publisher', homepage ? html`<a href="${homepage}">${name}</a>` : html`${name}`],
    [
      'contact',
      contactEmail ? html`<a href="mailto:${contactEmail}">${contactName ?? contactEmail}</a>` : undefined,
    ],
  ];
  return html`<dl class="facts">${rows.map(
    ([key, value]) =>
      value && html`<dt>${translate(language, `opendata.facts.${key}`)}</dt><dd>${value}</dd>`,
  )}</dl>`;
}

function intervalText(minutes: number, language: Locale['language']): string {
  if (minutes % 1440 === 0) return counted('days', minutes / 1440, language);
  return minutes % 60 === 0
    ? counted('hours', minutes / 60, language)
    : counted('minutes', minutes, language);
}

function counted(unit: string, count: number, language: Locale['language']): string {
  return translate(language, `opendata.every.${unit}_${count === 1 ? 'one' : 'many'}`, { count });
}
