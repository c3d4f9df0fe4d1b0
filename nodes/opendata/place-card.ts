import { quantityLabel } from '../observation/labels.ts';
import { translate } from '../observation/messages.ts';
import { type Html, html } from './html.ts';
import { scrollable } from './layout.ts';
import { type PlaceNow, staleAfter, wordsFor } from './place-now.ts';
import type { Entry } from './site.ts';
import { linkTo, type Visit } from './visit.ts';
import { momentText, spokenValue, unbroken, valueWithUnit } from './wording.ts';

/** Path of a place's page below the overview. */
export function placePath({ dataset }: Entry, { id }: { id: string }): string {
  return `${dataset.id}/place/${id}/`;
}

/** A place as one of a few: what it is like in words, its values, and how old they are. */
export function placeCard(entry: Entry, place: PlaceNow, visit: Visit): Html {
  return html`<li><h3><a href="${linkTo(visit, placePath(entry, place))}">${place.name}</a></h3>
${placeValues(entry, place, visit)}</li>`;
}

/** What a place is like in words, its values, and how old they are. */
export function placeValues(entry: Entry, place: PlaceNow, visit: Visit): Html {
  const words = wordsFor(entry, place, visit.now, visit.language);
  const values = entry.dataset.quantities.flatMap((quantity) => {
    const latest = place.values[quantity];
    if (!latest) return [];
    const { text, unit } = spokenValue(quantity, latest.value, visit.language);
    const older = place.time !== undefined && place.time - latest.time > staleAfter(entry);
    return [
      html`<div><dt>${quantityLabel(quantity, visit.language)}${older && html` · ${whenText(entry, latest.time, visit)}`}</dt>
<dd>${text} <span class="unit">${unit}</span></dd></div>`,
    ];
  });
  return html`${words && html`<p class="words">${unbroken(words)}</p>`}
${values.length > 0 && html`<dl class="values">${values}</dl>`}
<p class="when">${whenText(entry, place.time, visit)}</p>`;
}

/** Places as rows: with many of them easier to read than cards. `heading` is the id of its heading. */
export function placesTable(entry: Entry, places: readonly PlaceNow[], heading: string, visit: Visit): Html {
  const { quantities } = entry.dataset;
  const text = (key: string) => translate(visit.language, `opendata.page.${key}`);
  const head = quantities.map(
    (quantity) => html`<th scope="col" class="number">${quantityLabel(quantity, visit.language)}</th>`,
  );
  const rows = places.map((place) => {
    const cells = quantities.map((quantity) => {
      const latest = place.values[quantity];
      return html`<td class="number">${latest && valueWithUnit(quantity, latest.value, visit.language)}</td>`;
    });
    return html`<tr><th scope="row"><a href="${linkTo(visit, placePath(entry, place))}">${place.name}</a></th>${cells}<td>${whenText(entry, place.time, visit)}</td></tr>`;
  });
  return scrollable(
    heading,
    html`<table><thead><tr><th scope="col">${text('place')}</th>${head}
<th scope="col">${text('time')}</th></tr></thead><tbody>${rows}</tbody></table>`,
  );
}

/** "Measured 14:02", marked if the value is older than three times the interval. */
export function whenText(entry: Entry, time: number | undefined, visit: Visit): Html {
  const { language, now } = visit;
  const text = (key: string) => translate(language, `opendata.page.${key}`);
  if (time === undefined) return html`<span class="stale">${text('never')}</span>`;
  const moment = html`<time datetime="${new Date(time).toISOString()}">${momentText(time, now, visit)}</time>`;
  return now - time > staleAfter(entry)
    ? html`<span class="stale">${text('last_measured')} ${moment}</span>`
    : html`${text('measured')} ${moment}`;
}
