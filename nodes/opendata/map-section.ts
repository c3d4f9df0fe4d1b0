import { translate } from '../observation/messages.ts';
import { type Html, html } from './html.ts';
import { written } from './layout.ts';
import { mapOf } from './map.ts';
import { placePath } from './place-card.ts';
import { mainValue, type PlaceNow, wordsFor } from './place-now.ts';
import type { Entry } from './site.ts';
import { linkTo, type Visit } from './visit.ts';

/** A dataset and its places. */
export interface PlacedEntry {
  entry: Entry;
  places: readonly PlaceNow[];
}

/** Colours that can be told apart; they stand in the style sheet. */
const COLOURS = 6;

/** A map of places, by dataset; absent if none of them may show where it is. */
export function mapSection(entries: readonly PlacedEntry[], visit: Visit): Html | undefined {
  const { language, now } = visit;
  const shown = entries.filter(({ places }) => places.some(({ location }) => location));
  const places = shown.flatMap(({ entry, places: all }, index) =>
    all.flatMap((place) => {
      if (!place.location) return [];
      return {
        name: place.name,
        location: place.location,
        href: linkTo(visit, placePath(entry, place)),
        words: wordsFor(entry, place, now, language) ?? mainValue(entry, place, language),
        colour: index % COLOURS,
      };
    }),
  );
  const map = mapOf(places, 'map', language, shown[0]?.entry.publisher.tiles);
  if (!map) return undefined;
  const key = shown.map(
    ({ entry }, index) =>
      html`<li><span class="dot" style="background:var(--series-${(index % COLOURS) + 1})"></span>${written(entry.dataset.title, language)}</li>`,
  );
  return html`<section aria-labelledby="map"><h2 id="map">${translate(language, 'opendata.map.title')}</h2>${map}
${key.length > 1 && html`<ul class="key">${key}</ul>`}</section>`;
}
