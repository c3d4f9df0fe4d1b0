import { ConfigurationError } from '../observation/errors.ts';
import { quantityLabel } from '../observation/labels.ts';
import { translate } from '../observation/messages.ts';
import { isQuantity, QUANTITIES, type QuantityId } from '../observation/quantities.ts';
import { drawChart } from '../opendata/chart.ts';
import { html, trusted } from '../opendata/html.ts';
import { type Locale, unitSign, valueText } from '../opendata/wording.ts';
import type { Row, StoreQuery } from '../timeseries/store.ts';
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
  const query: StoreQuery = {
    measurement: device.area,
    fields: [quantity],
    where: { device: device.id },
    from,
    to: now + 1,
    every,
    aggregate: 'mean',
  };
  const rows = await sources.store(Boolean(device.sandbox)).query(query);
  const interval = (device.interval ?? sources.model(device.model)?.interval ?? 60) * MINUTE;
  const points = pointsOf(rows, quantity);
  const title = titleOf(device.name, quantity, request.days, locale);
  const drawing = await drawChart(
    {
      id: 'series',
      title,
      description: translate(
        locale.language,
        points.length > 0 ? 'operator.chart.summary' : 'operator.chart.empty',
        extremes(points, quantity, locale),
      ),
      series: [{ label: device.name, points }],
      from,
      to: now,
      width: 820,
      height: 320,
      gap: 3 * Math.max(interval, every, usualStep(points)),
      span: spanOf(quantity),
    },
    locale,
  );
  return html`<h2 id="series-heading">${title}</h2>${points.length === 0 && html`<p>${translate(locale.language, 'operator.chart.empty')}</p>`}<figure>${trusted(drawing)}</figure>`
    .markup;
}

function pointsOf(rows: readonly Row[], quantity: QuantityId) {
  return rows.flatMap(({ time, values }) => {
    const value = values[quantity];
    return typeof value === 'number' ? [{ time, value }] : [];
  });
}

/** Median time between two points, ms: the device may send more seldom than its model says. */
function usualStep(points: readonly { time: number }[]): number {
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

function extremes(points: readonly { value: number }[], quantity: QuantityId, { language }: Locale) {
  const values = points.map(({ value }) => value);
  const number = (value: number) => `${valueText(quantity, value, language)} ${unitSign(quantity)}`.trim();
  return { lowest: number(Math.min(...values)), highest: number(Math.max(...values)) };
}

/** As on the public page: a 25th of what the quantity can be. */
function spanOf(quantity: QuantityId): number {
  const [lowest, highest] = QUANTITIES[quantity].range ?? [0, 25];
  return (highest - lowest) / 25;
}
