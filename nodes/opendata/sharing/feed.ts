import { quantityLabel } from '../../observation/labels.ts';
import { type TextLanguage, translate } from '../../observation/messages.ts';
import { LICENCES } from '../dataset.ts';
import { escapeText } from '../html.ts';
import { dayMonthYear, monthAndYear } from '../local-time.ts';
import { inLanguage } from '../localized.ts';
import { readLatest } from '../reader.ts';
import type { DatasetContext } from '../request.ts';
import type { Content } from '../response.ts';
import { lowerEnd, valueWithUnit } from '../wording.ts';
import { type DayRange, daySummary } from './day-summary.ts';
import { daysBefore, localMonth, monthAfter, monthName } from './local-periods.ts';
import { beginningOf } from './report-section.ts';
import { SlowAnswers } from './slow-answers.ts';
import { withoutControls } from './xml.ts';

/** An entry of a feed (RFC 4287). */
interface FeedEntry {
  id: string;
  title: string;
  /** ms since 1970 UTC. */
  updated: number;
  link: string;
  lines: string[];
}

/** Whole days with an entry each. */
const DAYS = 7;
/** Lines of an entry. */
const MOST_LINES = 60;
/** ms that a day is kept: readings may come late. */
const LIFETIME = 3_600_000;
const answers = new SlowAnswers(2 * DAYS);

/** The last days of a dataset as an Atom feed, and the report of the last whole month. */
export async function feedFile(context: DatasetContext): Promise<Content> {
  const { entry, options, base } = context;
  const { dataset, sources } = entry;
  const now = options.now();
  const { sandbox } = await readLatest(dataset, sources);
  const entries: FeedEntry[] = [];
  // One day after the other: all at once would take the database from others.
  for (const day of daysBefore(now, DAYS, options.timeZone)) {
    const ranges = await answers.get(entry, day.name, { now, lifetime: LIFETIME }, () =>
      daySummary(entry, day),
    );
    if (ranges.length > 0) entries.push(dayEntry(context, day, ranges));
  }
  const report = monthEntry(context, now, await beginningOf(context));
  const all = [...entries, ...report].sort((a, b) => b.updated - a.updated);
  return {
    type: 'application/atom+xml; charset=utf-8',
    body: feedXml(context, all, sandbox),
    maxAge: 900,
    vary: 'Accept-Language',
    headers: { Link: `<${base}${dataset.id}/>; rel="alternate"` },
  };
}

function dayEntry(
  { entry, options, language, base }: DatasetContext,
  day: { name: string; from: number; to: number },
  ranges: readonly DayRange[],
): FeedEntry {
  const { id, title } = entry.dataset;
  const folder = `${base}${id}/`;
  const date = dayMonthYear(day.from, options.timeZone, language);
  return {
    id: `${folder}#day-${day.name}`,
    title: translate(language, 'opendata.feed.day', { title: inLanguage(title, language), date }),
    updated: day.to,
    link: folder,
    lines: ranges.slice(0, MOST_LINES).map((range) => lineOf(range, language)),
  };
}

function lineOf({ place, quantity, lowest, highest }: DayRange, language: TextLanguage): string {
  const key = lowest === highest ? 'value' : 'range';
  return translate(language, `opendata.feed.${key}`, {
    place,
    quantity: quantityLabel(quantity, language),
    lowest: lowerEnd(quantity, lowest, highest, language),
    highest: valueWithUnit(quantity, highest, language),
  });
}

/** The last whole month, if the dataset was there then. `beginning`: its first time, ms since 1970 UTC. */
function monthEntry(
  { entry, options, language, base }: DatasetContext,
  now: number,
  beginning: number | undefined,
): FeedEntry[] {
  const { timeZone } = options;
  const { id, title } = entry.dataset;
  const month = localMonth(monthAfter(monthName(now, timeZone), -1), timeZone);
  if (!month || beginning === undefined || beginning >= month.to) return [];
  const link = `${base}${id}/report/${month.name}/`;
  const heading = translate(language, 'opendata.report.title', {
    title: inLanguage(title, language),
    month: monthAndYear(month.from, timeZone, language),
  });
  return [{ id: link, title: heading, updated: month.to, link, lines: [heading] }];
}

function feedXml(
  { entry, language, base }: DatasetContext,
  entries: readonly FeedEntry[],
  sandbox: boolean,
): string {
  const { dataset, publisher } = entry;
  const folder = `${base}${dataset.id}/`;
  const mark = sandbox ? `${translate(language, 'opendata.sandbox.mark')} ` : '';
  const updated = Math.max(0, ...entries.map((one) => one.updated));
  const element = (name: string, text: string) => `<${name}>${xmlText(text)}</${name}>`;
  const parts = entries.map(
    ({ id, title, updated: time, link, lines }) => `<entry>
${element('id', id)}
${element('title', mark + title)}
${element('updated', new Date(time).toISOString())}
<link rel="alternate" href="${xmlText(link)}"/>
<content type="html">${xmlText(`<ul>${lines.map((line) => `<li>${escapeText(line)}</li>`).join('')}</ul>`)}</content>
</entry>`,
  );
  return `<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="${language}">
${element('id', `${folder}feed.atom`)}
${element('title', mark + inLanguage(dataset.title, language))}
${element('subtitle', sandbox ? translate(language, 'opendata.sandbox.notice') : inLanguage(dataset.description, language))}
${element('updated', new Date(updated).toISOString())}
${element('rights', LICENCES[dataset.licence].label)}
<author>${element('name', publisher.name)}</author>
<link rel="self" type="application/atom+xml" href="${xmlText(`${folder}feed.atom`)}"/>
<link rel="alternate" type="text/html" href="${xmlText(folder)}"/>
<link rel="license" href="${xmlText(LICENCES[dataset.licence].page)}"/>
${parts.join('\n')}
</feed>
`;
}

function xmlText(text: string): string {
  return escapeText(withoutControls(text));
}
