import { translate } from '../../observation/messages.ts';
import { isQuantity, QUANTITIES, type QuantityId } from '../../observation/quantities.ts';
import { localParts } from '../local-time.ts';
import { inLanguage } from '../localized.ts';
import { notFound, refuseOthers } from '../parameters.ts';
import { readLatest, readPlaces } from '../reader.ts';
import { type DatasetContext, file, folder, type Sections } from '../request.ts';
import type { Content } from '../response.ts';
import { type DayEvent, icalendar } from './calendar.ts';
import { type Emptying, emptyingsOf, hasEmptying } from './emptying.ts';
import { feedFile } from './feed.ts';
import { drawPicture, type Picture, pngOf } from './picture.ts';
import { reportSection } from './report-section.ts';
import { SlowAnswers } from './slow-answers.ts';

/** ms that a calendar is kept, and a chart: drawing one takes long, and anyone may ask for it. */
const LIFETIME = { calendar: 900_000, chart: 300_000 };
/** A calendar, and a chart of ten quantities in six languages and two formats. */
const answers = new SlowAnswers(1 + 10 * 6 * 2);

/** What a dataset has for sharing, by the name after its own. */
export const SHARING_SECTIONS: Sections<DatasetContext> = {
  'feed.atom': file(feed),
  'emptying.ics': file(calendar),
  'chart.svg': file(async (context) => chart(context, 'svg')),
  'chart.png': file(async (context) => chart(context, 'png')),
  report: folder(async (context, rest) => {
    refuseOthers(context.query, ['lang']);
    return reportSection(context, rest);
  }),
};

function feed(context: DatasetContext): Promise<Content> {
  const { site, entry, options, language, base, query } = context;
  refuseOthers(query, ['lang']);
  return site.answer(entry, 'page', `feed ${language} ${base}`, options.now(), () => feedFile(context));
}

/** Emptying days; none for a dataset that says nothing of filling levels. */
async function calendar({ entry, options, language, base, query }: DatasetContext): Promise<Content> {
  refuseOthers(query, ['lang']);
  const { dataset, sources } = entry;
  if (!hasEmptying(dataset)) throw notFound();
  const now = options.now();
  const places = readPlaces(dataset, sources);
  const lifetime = LIFETIME.calendar;
  const emptyings = await answers.get(entry, 'calendar', { now, lifetime }, () => emptyingsOf(entry, now));
  const { sandbox } = await readLatest(dataset, sources);
  const title = inLanguage(dataset.title, language);
  const mark = sandbox ? `${translate(language, 'opendata.sandbox.mark')} ` : '';
  const folderUrl = `${base}${dataset.id}/`;
  const ids = new Map(places.map((place) => [place.name, place.id]));
  const events = emptyings.map((one) => ({
    ...eventOf(one, { folderUrl, id: ids.get(one.place) ?? '', timeZone: options.timeZone }),
    summary: mark + translate(language, `opendata.emptying.${one.kind}`, { place: one.place }),
    url: folderUrl,
  }));
  const body = icalendar({
    name: mark + translate(language, 'opendata.emptying.calendar', { title }),
    description: inLanguage(dataset.description, language),
    url: `${folderUrl}emptying.ics`,
    language,
    events,
    stamp: now - (now % lifetime),
  });
  return {
    type: 'text/calendar; charset=utf-8; method=PUBLISH',
    body,
    maxAge: 900,
    vary: 'Accept-Language',
    headers: { 'Content-Disposition': `inline; filename="${dataset.id}.ics"` },
  };
}

/** A forecast that moves is the same event on another day. */
function eventOf(
  { kind, time }: Emptying,
  { folderUrl, id, timeZone }: { folderUrl: string; id: string; timeZone: string },
): Pick<DayEvent, 'uid' | 'date'> {
  const { date } = localParts(time, timeZone);
  return { uid: `${folderUrl}#${id}-${kind === 'expected' ? 'next' : date}`, date };
}

/** The chart of the last two days that posts show, of `?quantity=` or the first with numbers. */
function chart(context: DatasetContext, format: 'svg' | 'png'): Promise<Content> {
  const { entry, options, language, query } = context;
  refuseOthers(query, ['lang', 'quantity']);
  const quantity = quantityOf(context);
  const { timeZone } = options;
  const now = options.now();
  const name = `${format} ${quantity} ${language}`;
  return answers.get(entry, name, { now, lifetime: LIFETIME.chart }, async () => {
    const places = readPlaces(entry.dataset, entry.sources);
    const asked = { places, quantity, period: 'two_days', now } as const;
    const picture = await drawPicture(entry, asked, { language, timeZone });
    if (!picture) throw notFound();
    return { ...(await imageOf(picture, format)), maxAge: 300, vary: 'Accept-Language' };
  });
}

async function imageOf(picture: Picture, format: 'svg' | 'png'): Promise<Pick<Content, 'type' | 'body'>> {
  return format === 'svg'
    ? { type: 'image/svg+xml; charset=utf-8', body: picture.svg }
    : { type: 'image/png', body: await pngOf(picture) };
}

function quantityOf({ entry, query }: DatasetContext): QuantityId {
  const { quantities } = entry.dataset;
  const numeric = quantities.filter((id) => QUANTITIES[id].valueType === 'number');
  const asked = query.get('quantity');
  const found = asked === null ? numeric[0] : numeric.find((id) => isQuantity(asked) && id === asked);
  if (found === undefined) throw notFound();
  return found;
}
