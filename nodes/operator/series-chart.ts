import type { Device } from '../devices/device.ts';
import { ConfigurationError } from '../observation/errors.ts';
import { translate } from '../observation/messages.ts';
import { isQuantity, type QuantityId } from '../observation/quantities.ts';
import type { ChartPoint } from '../opendata/chart.ts';
import { leastSpan } from '../opendata/chart-section.ts';
import { html } from '../opendata/html.ts';
import { responsiveChart } from '../opendata/responsive-chart.ts';
import { type Locale, labelWithUnit, valueWithUnit } from '../opendata/wording.ts';
import { withFlagFields } from '../timeseries/quality-fields.ts';
import type { Row } from '../timeseries/store.ts';
import { intervalOf } from './device-overview.ts';
import { seriesValues } from './series-values.ts';
import type { OperatorSources } from './sources.ts';

const MINUTE = 60_000;
const DAY = 1440 * MINUTE;
/** Days -> width of a bucket in ms: about as many points as the drawing has room for. */
const RESOLUTIONS: ReadonlyMap<number, number> = new Map([
  [2, 10 * MINUTE],
  [30, 180 * MINUTE],
]);

/** What to draw, as it was asked for: nothing of it is known to exist. */
export interface SeriesRequest {
  device: string;
  quantity: string;
  /** 2 or 30. */
  days: number;
}

/** A device's quantity over the last days, as markup. Throws ConfigurationError for a series that does not exist. */
export async function seriesChart(
  request: SeriesRequest,
  sources: OperatorSources,
  locale: Locale,
  now: number,
): Promise<string> {
  const device = sources.registry.get(request.device);
  const every = RESOLUTIONS.get(request.days);
  if (!device || !isQuantity(request.quantity) || every === undefined) {
    throw new ConfigurationError({ key: 'operator.error.no_series' });
  }
  const { quantity, days } = request;
  const from = now - days * DAY;
  const rows = await readSeries(device, quantity, from, now, sources);
  const { line, suspect, failed } = seriesValues(rows, quantity, every);
  const title = translate(locale.language, 'operator.chart.title', {
    device: device.name,
    days,
    quantity: labelWithUnit(quantity, locale.language),
  });
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
      gap: 3 * Math.max(intervalOf(device, sources), every, usualStep(line)),
      span: leastSpan(quantity),
    },
    locale,
  );
  return html`<h2 id="series-heading">${title}</h2>${notes.map((note) => html`<p>${note}</p>`)}${drawing}`
    .markup;
}

/** Readings of a device with their flags, oldest first; `from` and `to` (ms since 1970 UTC) inclusive. */
function readSeries(
  device: Device,
  quantity: QuantityId,
  from: number,
  to: number,
  sources: OperatorSources,
): Promise<Row[]> {
  return sources.store(Boolean(device.sandbox)).query({
    measurement: device.area,
    fields: withFlagFields([quantity]),
    where: { device: device.id },
    from,
    to: to + 1,
  });
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

function extremes(points: readonly ChartPoint[], quantity: QuantityId, { language }: Locale): string[] {
  if (points.length === 0) return [];
  const values = points.map(({ value }) => value);
  const text = (value: number) => valueWithUnit(quantity, value, language);
  const parameters = { lowest: text(Math.min(...values)), highest: text(Math.max(...values)) };
  return [translate(language, 'operator.chart.summary', parameters)];
}
