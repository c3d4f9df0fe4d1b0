import { type TextLanguage, translate } from '../observation/messages.ts';
import { QUANTITIES, type QuantityId } from '../observation/quantities.ts';
import type { Chart, ChartSeries } from './chart.ts';
import type { Dataset } from './dataset.ts';
import {
  amountOf,
  type History,
  type Part,
  PERIODS,
  type PeriodId,
  type QuantityHistory,
} from './history.ts';
import { type Html, html } from './html.ts';
import { scrollable } from './layout.ts';
import { dayAndMonth, monthAndYear } from './local-time.ts';
import { responsiveChart } from './responsive-chart.ts';
import type { Visit } from './visit.ts';
import { type Locale, labelWithUnit, momentText, valueText, valueWithUnit } from './wording.ts';

const MINUTE = 60_000;

/** A quantity over a period: the drawing, and the same values as a table. */
export async function chartSection(
  history: QuantityHistory,
  period: Omit<History, 'quantities'>,
  dataset: Dataset,
  visit: Visit,
): Promise<Html> {
  const { quantity, band, failed } = history;
  const chart = chartOf(history, period, dataset, visit);
  const drawing = await responsiveChart(chart, visit);
  const note = (key: string) =>
    html`<p class="quiet">${translate(visit.language, `opendata.chart.${key}`)}</p>`;
  return html`<section aria-labelledby="${quantity}"><h2 id="${quantity}">${chart.title}</h2>
${drawing}${band.length > 0 && note(`band_${period.period}`)}${failed.length > 0 && note('failed')}${table(history, period.period, visit)}</section>`;
}

/** What is to be drawn of a quantity over a period, in any size. */
export function chartOf(
  history: QuantityHistory,
  { from, to, period }: Omit<History, 'quantities'>,
  dataset: Dataset,
  locale: Locale<TextLanguage>,
): Omit<Chart, 'width' | 'height'> {
  const { quantity, series, band, failed } = history;
  return {
    id: quantity,
    title: translate(locale.language, `opendata.chart.title_${period}`, {
      quantity: labelWithUnit(quantity, locale.language),
    }),
    description: summary(history, to, locale),
    series,
    band,
    ...(failed.length > 0 && { signs: [{ shape: 'cross' as const, points: failed }] }),
    from,
    to,
    span: leastSpan(quantity),
    gap: Math.max(3 * dataset.updateMinutes * MINUTE, 2 * (PERIODS[period].point ?? 0)),
  };
}

/** Least height of a value axis: a 25th of what the quantity can be. */
export function leastSpan(quantity: QuantityId): number {
  const [lowest, highest] = QUANTITIES[quantity].range ?? [0, 25];
  return (highest - lowest) / 25;
}

/** What the chart shows, in words: per place the lowest, the highest and the last value. */
function summary(
  { quantity, series, rows }: QuantityHistory,
  now: number,
  locale: Locale<TextLanguage>,
): string {
  const { language } = locale;
  const number = (value: number) => valueWithUnit(quantity, value, language);
  return series
    .flatMap(({ label, points }: ChartSeries, index) => {
      const parts = rows.flatMap(({ parts: all }) => all[index] ?? []);
      const last = points.at(-1);
      if (!last || parts.length === 0) return [];
      return translate(language, 'opendata.chart.summary', {
        place: label,
        lowest: number(Math.min(...parts.map(({ lowest }) => lowest))),
        highest: number(Math.max(...parts.map(({ highest }) => highest))),
        last: number(last.value),
        moment: momentText(last.time, now, locale),
      });
    })
    .join(' ');
}

/** What a row of the table begins with. */
const ROW_NAMES: Readonly<Record<PeriodId, (time: number, visit: Visit) => string>> = {
  two_days: (time, visit) => momentText(time, visit.now, visit),
  month: (time, { timeZone, language }) => dayAndMonth(time, timeZone, language),
  year: (time, { timeZone, language }) => monthAndYear(time, timeZone, language),
};

interface Column {
  head: string;
  cell(parts: readonly (Part | undefined)[]): number | undefined;
}

function table(history: QuantityHistory, period: PeriodId, visit: Visit): Html {
  const { quantity, rows } = history;
  const { language } = visit;
  const text = (key: string) => translate(language, `opendata.chart.${key}`);
  const columns = columnsOf(history, period, language);
  const body = rows.map(({ start, parts }) => {
    const cells = columns.map(({ cell }) => {
      const value = cell(parts);
      return html`<td class="number">${value !== undefined && valueText(quantity, value, language)}</td>`;
    });
    return html`<tr><th scope="row">${ROW_NAMES[period](start, visit)}</th>${cells}</tr>`;
  });
  const heads = columns.map(({ head }) => html`<th scope="col" class="number">${head}</th>`);
  return html`<details><summary>${text('as_table')}</summary>
${scrollable(
  quantity,
  html`<table>
<caption>${text(`caption_${period}`)}</caption>
<thead><tr><th scope="col">${text(`row_${period}`)}</th>${heads}</tr></thead><tbody>${body}</tbody></table>`,
)}</details>`;
}

/** One column per place; for one place over a longer time lowest, mean and highest, where these mean something. */
function columnsOf(
  { quantity, series }: QuantityHistory,
  period: PeriodId,
  language: TextLanguage,
): Column[] {
  const amount = (part: Part | undefined) =>
    part && (period === 'two_days' ? part.last : amountOf(part, quantity));
  if (series.length > 1 || period === 'two_days' || QUANTITIES[quantity].aggregation !== 'mean') {
    return series.map(({ label }, index) => ({ head: label, cell: (parts) => amount(parts[index]) }));
  }
  const text = (key: string) => translate(language, `opendata.chart.${key}`);
  return [
    { head: text('lowest'), cell: ([part]) => part?.lowest },
    { head: text('mean'), cell: ([part]) => amount(part) },
    { head: text('highest'), cell: ([part]) => part?.highest },
  ];
}
