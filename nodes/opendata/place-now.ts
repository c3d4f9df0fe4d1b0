import { quantityLabel } from '../observation/labels.ts';
import type { TextLanguage } from '../observation/messages.ts';
import { builtInPhrases } from './built-in-phrases.ts';
import { type PhraseValues, phraseFor } from './phrases.ts';
import type { PublicPlace } from './places.ts';
import { type LatestPlace, readLatest, readPlaces } from './reader.ts';
import type { Entry } from './site.ts';
import { valueWithUnit } from './wording.ts';

const MINUTE = 60_000;

/** A place with what was measured there last. */
export interface PlaceNow extends PublicPlace, Pick<LatestPlace, 'time' | 'values'> {}

export interface PlacesNow {
  sandbox: boolean;
  /** By name. */
  places: PlaceNow[];
}

/** All places of a dataset as they are now. Errors of the store pass through. */
export async function readPlacesNow({ dataset, sources }: Entry): Promise<PlacesNow> {
  const { places, sandbox } = await readLatest(dataset, sources);
  const known = new Map(readPlaces(dataset, sources).map((place) => [place.name, place]));
  return {
    sandbox,
    places: places.flatMap(({ place, time, values }) => {
      const found = known.get(place);
      return found ? [{ ...found, time, values }] : [];
    }),
  };
}

const DAY = 86_400_000;
/** Longest that a period over which values are released lasts; its value carries the time of its beginning. */
const PERIODS = { hour: DAY / 24, day: DAY, week: 7 * DAY, month: 31 * DAY } as const;

/** ms after which a value is old: nothing came for three intervals, beside the time for which the public must wait. */
export function staleAfter({ dataset: { updateMinutes, privacy } }: Entry): number {
  const { delayMinutes, release } = privacy;
  return (3 * updateMinutes + delayMinutes) * MINUTE + (release ? 2 * PERIODS[release.every] : 0);
}

/** The place in words by its fresh values: a phrase of the dataset, else the first value with its name; undefined if all are old. */
export function wordsFor(
  entry: Entry,
  place: PlaceNow,
  now: number,
  language: TextLanguage,
): string | undefined {
  const { area, quantities, phrases } = entry.dataset;
  const values: PhraseValues = {};
  for (const id of quantities) {
    const latest = place.values[id];
    if (latest && now - latest.time <= staleAfter(entry)) values[id] = latest.value;
  }
  return phraseFor(phrases ?? builtInPhrases(area, quantities), values, language);
}

/** "Snow temperature −4.0 °C": the first value that there is, however old. */
export function mainValue(
  { dataset }: Entry,
  { values }: PlaceNow,
  language: TextLanguage,
): string | undefined {
  const quantity = dataset.quantities.find((id) => values[id] !== undefined);
  const latest = quantity && values[quantity];
  return (
    quantity &&
    latest &&
    `${quantityLabel(quantity, language)} ${valueWithUnit(quantity, latest.value, language)}`
  );
}
