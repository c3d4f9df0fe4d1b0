import { languageTag, type TextLanguage, translate } from '../../observation/messages.ts';
import { QUANTITIES, type QuantityId } from '../../observation/quantities.ts';
import type { PeriodId } from '../history.ts';
import { dayMonthYear } from '../local-time.ts';
import { inLanguage } from '../localized.ts';
import { mainValue, type PlaceNow, readPlacesNow, staleAfter, wordsFor } from '../place-now.ts';
import type { Entry } from '../site.ts';
import type { Locale } from '../wording.ts';
import { drawPicture, type Picture } from './picture.ts';

/** What is told about a dataset to the public. */
export interface Post {
  dataset: string;
  title: string;
  text: string;
  /** BCP 47. */
  language: string;
  /** Address of the dataset's page, where it is known. */
  link?: string;
  picture?: Picture;
  /** Of simulated devices: shown in the form, and never posted. */
  isMadeUp?: true;
}

export interface PostOptions {
  /** Names of the places; empty: all that have fresh values. */
  places: readonly string[];
  /** Of the chart; absent: the first with numbers. Null: no chart. */
  quantity?: QuantityId | null;
  period: PeriodId;
  /** What to say, with `{title}`, `{places}`, `{link}`, `{date}`, `{publisher}`; empty: the usual. */
  template: string;
  /** Characters at most. */
  longest: number;
  /** Address of the overview as the public knows it. */
  base?: string | undefined;
  /** ms since 1970 UTC. */
  now: number;
  /** Also from the values of simulated devices. */
  evenMadeUp?: boolean;
}

const USUAL = '{title}, {date}\n{places}\n\n{link}';
const ELLIPSIS = '…';

/**
 * A post from what is public now; undefined if no place has a fresh value, or if the values are made up: neither is worth
 * telling. Errors of the store pass through.
 */
export async function postOf(
  entry: Entry,
  options: PostOptions,
  locale: Locale<TextLanguage>,
): Promise<Post | undefined> {
  const { places, sandbox } = await readPlacesNow(entry);
  const isFresh = ({ time }: PlaceNow) => time !== undefined && options.now - time <= staleAfter(entry);
  const wanted = places.filter(
    (place) => isFresh(place) && (options.places.length === 0 || options.places.includes(place.name)),
  );
  if ((sandbox && !options.evenMadeUp) || wanted.length === 0) return undefined;
  const { language } = locale;
  const { dataset } = entry;
  const link = options.base && `${options.base}${dataset.id}/`;
  const { quantity = dataset.quantities.find((id) => QUANTITIES[id].valueType === 'number') } = options;
  // A quantity that was taken out of the dataset since.
  const isPublic = quantity && dataset.quantities.includes(quantity);
  const chart = isPublic && { places: wanted, quantity, period: options.period, now: options.now };
  const picture = chart ? await drawPicture(entry, chart, locale) : undefined;
  return {
    dataset: dataset.id,
    title: inLanguage(dataset.title, language),
    text: textOf(entry, wanted, { ...options, link }, locale),
    language: languageTag(language),
    ...(link && { link }),
    ...(picture && { picture }),
    ...(sandbox && { isMadeUp: true as const }),
  };
}

function textOf(
  entry: Entry,
  places: readonly PlaceNow[],
  { template, longest, link = '', now }: PostOptions & { link?: string | undefined },
  { language, timeZone }: Locale<TextLanguage>,
): string {
  const lines = places.map((place) => {
    const words = wordsFor(entry, place, now, language) ?? mainValue(entry, place, language) ?? '';
    return translate(language, 'opendata.post.place', { place: place.name, words });
  });
  const values: Record<string, string> = {
    title: inLanguage(entry.dataset.title, language),
    date: dayMonthYear(now, timeZone, language),
    publisher: entry.publisher.name,
    link,
  };
  const filled = (count: number) => {
    const more = lines.length - count;
    const rest =
      more > 0
        ? [translate(language, `opendata.post.more_${more === 1 ? 'one' : 'many'}`, { count: more })]
        : [];
    const all = { ...values, places: [...lines.slice(0, count), ...rest].join('\n') };
    return (template.trim() || USUAL)
      .replace(/\{(\w+)\}/g, (placeholder, name: string) =>
        Object.hasOwn(all, name) ? (all[name as keyof typeof all] ?? '') : placeholder,
      )
      .trim();
  };
  for (let count = lines.length; count > 0; count--) {
    const text = filled(count);
    if (text.length <= longest) return text;
  }
  return `${filled(0)
    .slice(0, longest - 1)
    .toWellFormed()}${ELLIPSIS}`;
}
