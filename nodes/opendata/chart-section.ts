import { translate } from '../observation/messages.ts';
import { QUANTITIES, type QuantityId } from '../observation/quantities.ts';
import type { ChartSeries } from './chart.ts';
import type { Dataset } from './dataset.ts';
import { type Html, html } from './html.ts';
import { scrollable } from './layout.ts';
import type { Recent, RecentQuantity } from './recent.ts';
import { responsiveChart } from './responsive-chart.ts';
import { type Locale, labelWithUnit, momentText, valueText, valueWithUnit } from './wording.ts';

const MINUTE = 60_000;

/** A quantity's last two days: the drawing, and the same values as a table. */
export async function chartSection(
  recent: RecentQuantity,
  { from, to }: Recent,
  dataset: Dataset,
  locale: Locale,
): Promise<Html> {
  const { quantity, series } = recent;
  const title = translate(locale.language, 'opendata.chart.title', {
    quantity: labelWithUnit(quantity, locale.language),
  });
  const drawing = await responsiveChart(
    {
      id: quantity,
      title,
      description: summary(series, quantity, to, locale),
      series,
      from,
      to,
      span: leastSpan(quantity),
      gap: 3 * dataset.updateMinutes * MINUTE,
    },
    locale,
  );
  return html`<section aria-labelledby="${quantity}"><h2 id="${quantity}">${title}</h2>
${drawing}${hourTable(recent, to, locale)}</section>`;
}

/** Least height of a value axis: a 25th of what the quantity can be. */
export function leastSpan(quantity: QuantityId): number {
  const [lowest, highest] = QUANTITIES[quantity].range ?? [0, 25];
  return (highest - lowest) / 25;
}

/** What the chart shows, in words: per place the lowest, the highest and the last value. */
function summary(series: readonly ChartSeries[], quantity: QuantityId, now: number, locale: Locale): string {
  const { language } = locale;
  const number = (value: number) => valueWithUnit(quantity, value, language);
  return series
    .flatMap(({ label, points }) => {
      const last = points.at(-1);
      if (!last) return [];
      const values = points.map(({ value }) => value);
      return translate(language, 'opendata.chart.summary', {
        place: label,
        lowest: number(Math.min(...values)),
        highest: number(Math.max(...values)),
        last: number(last.value),
        moment: momentText(last.time, now, locale),
      });
    })
    .join(' ');
}

function hourTable({ quantity, series, hours }: RecentQuantity, now: number, locale: Locale): Html {
  const { language } = locale;
  const head = series.map(({ label }) => html`<th scope="col" class="number">${label}</th>`);
  const rows = hours.map(
    ({ time, values }) =>
      html`<tr><th scope="row">${momentText(time, now, locale)}</th>${values.map(
        (value) =>
          html`<td class="number">${value !== undefined && valueText(quantity, value, language)}</td>`,
      )}</tr>`,
  );
  return html`<details><summary>${translate(language, 'opendata.chart.as_table')}</summary>
${scrollable(
  quantity,
  html`<table>
<caption>${translate(language, 'opendata.chart.caption')}</caption>
<thead><tr><th scope="col">${translate(language, 'opendata.chart.hour')}</th>${head}</tr></thead><tbody>${rows}</tbody></table>`,
)}</details>`;
}
