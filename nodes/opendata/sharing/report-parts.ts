import { quantityLabel } from '../../observation/labels.ts';
import { intlLocale, type TextLanguage, translate } from '../../observation/messages.ts';
import type { QuantityId } from '../../observation/quantities.ts';
import { dayAndMonth, monthAndYear } from '../local-time.ts';
import { inLanguage } from '../localized.ts';
import type { Entry } from '../site.ts';
import { type Locale, momentText, valueWithUnit } from '../wording.ts';
import type { Extreme, MonthReport } from './month-report.ts';

/** A report in words, for a page or as Markdown. */
export interface ReportParts {
  title: string;
  lead: string;
  /** Says that the values are made up. */
  notice?: string;
  sections: ReportSection[];
}

export interface ReportSection {
  heading: string;
  /** Sentences or entries of a list. */
  lines?: string[];
  table?: { columns: string[]; rows: string[][] };
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** A month's report in the reader's language. `now` in ms since 1970 UTC. */
export function reportParts(
  { dataset }: Entry,
  report: MonthReport,
  locale: Locale<TextLanguage>,
  now: number,
): ReportParts {
  const { language, timeZone } = locale;
  const text = textsOf(language);
  const month = monthAndYear(report.from, timeZone, language);
  const title = text('title', { title: inLanguage(dataset.title, language), month });
  const mark = report.sandbox ? `${translate(language, 'opendata.sandbox.mark')} ` : '';
  const isRunning = report.until < report.to;
  const lead = isRunning
    ? text('so_far', { moment: momentText(report.until, now, locale) })
    : text('whole', { month });
  const sections = [
    coverage(report, locale, now),
    list('added', report.added, language),
    list('silent', report.silent, language),
    extremes(report, locale, now),
    quality(report, language),
    changes(report, locale),
  ];
  const notice = translate(language, 'opendata.sandbox.notice');
  return { title: mark + title, lead, ...(report.sandbox && { notice }), sections };
}

function coverage(report: MonthReport, locale: Locale<TextLanguage>, now: number): ReportSection {
  const { language } = locale;
  const text = textsOf(language);
  const heading = text('coverage');
  if (report.coverage === undefined) return { heading, lines: [text('nothing')] };
  const rows = report.places.map(({ place, rows: count, coverage: share, gap }) => [
    place,
    percent(share, language),
    new Intl.NumberFormat(intlLocale(language)).format(count),
    gap
      ? text('gap', {
          length: length(gap.to - gap.from, language),
          moment: momentText(gap.from, now, locale),
        })
      : '',
  ]);
  return {
    heading,
    lines: [text('arrived', { share: percent(report.coverage, language) })],
    table: { columns: ['place', 'share', 'count', 'longest_gap'].map((key) => text(key)), rows },
  };
}

function extremes(report: MonthReport, locale: Locale<TextLanguage>, now: number): ReportSection {
  const { language } = locale;
  const text = textsOf(language);
  const heading = text('extremes');
  if (report.extremes.length === 0) return { heading, lines: [text('none')] };
  const cell = (quantity: QuantityId, { value, place, time }: Extreme) =>
    text('extreme', {
      value: valueWithUnit(quantity, value, language),
      place,
      moment: momentText(time, now, locale),
    });
  const rows = report.extremes.map(({ quantity, lowest, highest }) => [
    quantityLabel(quantity, language),
    cell(quantity, lowest),
    cell(quantity, highest),
  ]);
  return { heading, table: { columns: ['quantity', 'lowest', 'highest'].map((key) => text(key)), rows } };
}

function quality({ quality: checked }: MonthReport, language: TextLanguage): ReportSection {
  const text = textsOf(language);
  const heading = text('quality');
  if (!checked) return { heading, lines: [text('withheld')] };
  const { passed, suspect, failed } = checked;
  const all = passed + suspect + failed;
  if (all === 0) return { heading, lines: [text('unchecked')] };
  const share = (count: number) => percent(count / all, language);
  const parameters = { passed: share(passed), suspect: share(suspect), failed: share(failed) };
  return { heading, lines: [text('checked', parameters)] };
}

function changes({ changes: all }: MonthReport, { language, timeZone }: Locale<TextLanguage>): ReportSection {
  const text = textsOf(language);
  const lines = all.map(({ kind, time, reason }) => {
    const date = dayAndMonth(Date.parse(time), timeZone, language);
    return text(kind, { date }) + (reason ? ` ${reason}` : '');
  });
  return { heading: text('changes'), lines: lines.length > 0 ? lines : [text('none')] };
}

function list(key: 'added' | 'silent', names: readonly string[], language: TextLanguage): ReportSection {
  const text = textsOf(language);
  return { heading: text(key), lines: names.length > 0 ? [...names] : [text('none')] };
}

function textsOf(language: TextLanguage) {
  return (key: string, parameters?: Record<string, string | number>) =>
    translate(language, `opendata.report.${key}`, parameters);
}

/** "98 %"; not all is never rounded up to all. */
function percent(share: number, language: TextLanguage): string {
  const shown = share < 1 ? Math.min(share, 0.999) : 1;
  return new Intl.NumberFormat(intlLocale(language), {
    style: 'percent',
    maximumFractionDigits: shown > 0.99 && shown < 1 ? 1 : 0,
  }).format(shown);
}

/** "5 hours", "3 days". */
function length(time: number, language: TextLanguage): string {
  const [unit, width] = time < 2 * DAY ? (['hour', HOUR] as const) : (['day', DAY] as const);
  return new Intl.NumberFormat(intlLocale(language), {
    style: 'unit',
    unit,
    unitDisplay: 'long',
    maximumFractionDigits: time < 3 * HOUR ? 1 : 0,
  }).format(time / width);
}
