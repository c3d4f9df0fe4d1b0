import { ConfigurationError } from '../observation/errors.ts';
import { quantityLabel } from '../observation/labels.ts';
import { translate } from '../observation/messages.ts';
import { isQuantity, type QuantityId } from '../observation/quantities.ts';
import type { ChartPoint } from '../opendata/chart.ts';
import { leastSpan } from '../opendata/chart-section.ts';
import { html } from '../opendata/html.ts';
import { responsiveChart } from '../opendata/responsive-chart.ts';
import { type Locale, unitSign, valueText } from '../opendata/wording.ts';
import { seriesValues } from './series-values.ts';
import type { OperatorSources } from './sources.ts';

const MINUTE = 60_000;
const DAY = 1440 * MINUTE;
/** Days -> width of a bucket in ms: about as many points as the drawing has room for. */
const RESOLUTIONS: Readonly<Record<string, number>> = { '2': 10 * MINUTE, '30': 180 * MINUTE };

/** What to draw. `days` is 2 or 30. */
export interface SeriesRequest {
  device: string;
  quantity: string;
  days: string;
}

/** A device's quantity over the last days, as markup. Throws ConfigurationError for a series that does not exist. */
export async function seriesChart(
  request: SeriesRequest,
  sources: OperatorSources,
  locale: Locale,
  now: number,
): Promise<string> {
  const device = sources.registry.get(request.device);
  const every = Object.hasOwn(RESOLUTIONS, request.days) ? RESOLUTIONS[request.days] : undefined;
  if (!device || !isQuantity(request.quantity) || every === undefined) {
    throw new ConfigurationError({ key: 'operator.error.no_series' });
  }
  const { quantity } = request;
  const from = now - Number(request.days) * DAY;
  const rows = await sources.store(Boolean(device.sandbox)).query({
    measurement: device.area,
    fields: [quantity, `${quantity}_qc`],
    where: { device: device.id },
    from,
    to: now + 1,
  });
  const { line, suspect, failed } = seriesValues(rows, quantity, every);
  const interval = (device.interval ?? sources.model(device.model)?.interval ?? 60) * MINUTE;
  const title = titleOf(device.name, quantity, request.days, locale);
  const notes = [
    ...flagNote('failed', failed.length, locale),
    ...flagNote('suspect', suspect.length, locale),
    ...(rows.length === 0 ? [translate(locale.language, 'operator.chart.empty')] : []),
  ];
  const drawing = await responsiveChart(
    {
      id: 'series',
      title,
      description: [...extremes(line, quantity, locale), ...notes].join(' '),
      series: [{ label: device.name, points: line }],
      signs: [
        { shape: 'cross', points: failed },
        { shape: 'diamond', points: suspect },
      ],
      from,
      to: now,
      gap: 3 * Math.max(interval, every, usualStep(line)),
      span: leastSpan(quantity),
    },
    locale,
  );
  return html`<h2 id="series-heading">${title}</h2>${notes.map((note) => html`<p>${note}</p>`)}${drawing}`
    .markup;
}

/** How many values a check did not let pass, and how they are drawn. */
function flagNote(kind: 'failed' | 'suspect', count: number, { language }: Locale): string[] {
  const key = `operator.chart.${kind}_${count === 1 ? 'one' : 'many'}`;
  return count === 0 ? [] : [translate(language, key, { count })];
}

/** Median time between two points, ms: the device may send more seldom than its model says. */
function usualStep(points: readonly ChartPoint[]): number {
  const steps = points.slice(1).map(({ time }, index) => time - (points[index]?.time ?? time));
  return steps.sort((a, b) => a - b)[Math.floor(steps.length / 2)] ?? 0;
}

function titleOf(device: string, quantity: QuantityId, days: string, { language }: Locale): string {
  const unit = unitSign(quantity);
  return translate(language, 'operator.chart.title', {
    device,
    days,
    quantity: quantityLabel(quantity, language) + (unit && ` (${unit})`),
  });
}

function extremes(points: readonly ChartPoint[], quantity: QuantityId, { language }: Locale): string[] {
  if (points.length === 0) return [];
  const values = points.map(({ value }) => value);
  const number = (value: number) => `${valueText(quantity, value, language)} ${unitSign(quantity)}`.trim();
  const [lowest, highest] = [number(Math.min(...values)), number(Math.max(...values))];
  return [translate(language, 'operator.chart.summary', { lowest, highest })];
}
