import { quantityLabel } from '../../observation/labels.ts';
import { translate } from '../../observation/messages.ts';
import { LICENCES } from '../dataset.ts';
import { placePath } from '../place-card.ts';
import { readPlacesNow, staleAfter, wordsFor } from '../place-now.ts';
import type { Entry } from '../site.ts';
import { addressOf, type Visit } from '../visit.ts';
import { momentText, valueWithUnit } from '../wording.ts';

/** A place as it is now, in words: what the web component shows. Undefined if there is none with this id. */
export async function nowFile(entry: Entry, id: string, visit: Visit): Promise<string | undefined> {
  const { dataset } = entry;
  const { language, now } = visit;
  const { places, sandbox } = await readPlacesNow(entry);
  const place = places.find((each) => each.id === id);
  if (!place) return undefined;
  const values = dataset.quantities.flatMap((quantity) => {
    const latest = place.values[quantity];
    if (!latest) return [];
    const { value, time } = latest;
    const moment = momentText(time, now, visit);
    const isOld = now - time > staleAfter(entry);
    const when = `${translate(language, `opendata.page.${isOld ? 'last_measured' : 'measured'}`)} ${moment}`;
    const text = valueWithUnit(quantity, value, language);
    const label = quantityLabel(quantity, language);
    return [{ quantity, label, value, text, time: new Date(time).toISOString(), when, isOld }];
  });
  return JSON.stringify({
    place: place.name,
    language,
    page: addressOf(
      { ...visit, path: placePath(entry, place), query: [] },
      visit.chosen ? language : undefined,
    ),
    licence: LICENCES[dataset.licence].page,
    sandbox: sandbox ? translate(language, 'opendata.sandbox.mark') : null,
    words: wordsFor(entry, place, now, language) ?? null,
    values,
  });
}
