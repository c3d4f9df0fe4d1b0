import type { Axis, Mark, Spec } from 'vega';
import { languageTag, type TextLanguage } from '../observation/messages.ts';
import { escapeText } from './html.ts';
import { localTicks, monthTicks, shortDay, shortMonth } from './local-time.ts';
import type { Locale } from './wording.ts';

export interface ChartPoint {
  /** ms since 1970 UTC. */
  time: number;
  value: number;
}

export interface ChartSeries {
  label: string;
  /** In order of time. */
  points: readonly ChartPoint[];
}

/** The span of the values that a point stands for. */
export interface ChartBand {
  /** ms since 1970 UTC. */
  time: number;
  lowest: number;
  highest: number;
}

/** Single values beside the lines. One that the axis has no room for is drawn at its end. */
export interface ChartSigns {
  shape: 'cross' | 'diamond';
  points: readonly ChartPoint[];
}

export interface Chart {
  /** Read aloud by screen readers; unique ids are derived from `id`. */
  id: string;
  title: string;
  description: string;
  series: readonly ChartSeries[];
  signs?: readonly ChartSigns[];
  /** Behind the first line: from the lowest to the highest of what each of its points stands for. */
  band?: readonly ChartBand[];
  /** ms since 1970 UTC. */
  from: number;
  to: number;
  /** Pixels at which text has its natural size; the drawing scales with the page. */
  width: number;
  height: number;
  /** A longer time (ms) without a value breaks the line. */
  gap: number;
  /** Least height of the value axis, in the values' unit: small changes must not look like big ones. */
  span: number;
}

const DAY = 86_400_000;
/** Colours that keep 3:1 against light and dark pages come from the page's style sheet; the fallback is for light ones. */
const COLOURS = ['#0b5c8a', '#b3420e', '#3f6f1f', '#7a3e9d', '#8a6d00', '#006d6f'];
/** A second mark beside colour, for those who cannot tell the colours apart. */
const DASHES: readonly number[][] = [[], [6, 3], [2, 3], [8, 3, 2, 3], [12, 4], [4, 2]];
const FONT = 'system-ui, sans-serif';
const FONT_SIZE = 13;

/** Draws a line chart as an SVG element that scales with the page and needs no script. Values in any one unit. */
export async function drawChart(chart: Chart, locale: Locale<TextLanguage>): Promise<string> {
  // Loaded when the first chart is drawn: Node-RED starts without it.
  const { parse, View } = await import('vega');
  const view = new View(parse(specification(chart, locale)), { renderer: 'none' });
  try {
    return accessible(await view.toSVG(), chart);
  } finally {
    view.finalize();
  }
}

function specification(chart: Chart, locale: Locale<TextLanguage>): Spec {
  const { width, height, series, from, to } = chart;
  const labels = series.map(({ label }) => label);
  return {
    width,
    height,
    autosize: { type: 'fit', contains: 'padding' },
    padding: 4,
    data: [
      { name: 'points', values: series.flatMap((entry) => brokenLine(entry, chart.gap)) },
      { name: 'band', values: [...(chart.band ?? [])] },
      ...(chart.signs ?? []).map(({ points }, index) => ({ name: `signs-${index}`, values: [...points] })),
    ],
    scales: [
      { name: 'time', type: 'linear', domain: [from, to], range: 'width', zero: false },
      {
        name: 'value',
        type: 'linear',
        domain: valueDomain(chart),
        range: 'height',
        nice: 5,
        zero: false,
        clamp: true,
      },
      { name: 'colour', type: 'ordinal', domain: labels, range: labels.map((_, index) => colour(index)) },
      {
        name: 'dash',
        type: 'ordinal',
        domain: labels,
        range: labels.map((_, i) => DASHES[i % DASHES.length] ?? []),
      },
    ],
    axes: [timeAxis(chart, locale), valueAxis(locale)],
    marks: [band(), lines(), ...(chart.signs ?? []).map((_, index) => signs(chart, index))],
    ...(labels.length > 1 && { legends: [legend(series)] }),
  };
}

function valueDomain({ series, span, band = [] }: Chart): [number, number] {
  const lines = series.flatMap(({ points }) => points.map(({ value }) => value));
  const values = [...lines, ...band.flatMap(({ lowest, highest }) => [lowest, highest])];
  const lowest = values.length > 0 ? Math.min(...values) : 0;
  const highest = values.length > 0 ? Math.max(...values) : span;
  const missing = Math.max(0, span - (highest - lowest)) / 2;
  // A quantity that is never negative does not get a negative axis.
  const bottom = lowest >= 0 ? Math.max(0, lowest - missing) : lowest - missing;
  return [bottom, Math.max(highest + missing, bottom + span)];
}

function brokenLine({ label, points }: ChartSeries, gap: number) {
  return points.flatMap(({ time, value }, index) => {
    const previous = points[index - 1];
    const point = { label, time, value };
    return previous && time - previous.time > gap ? [{ label, time, value: null }, point] : [point];
  });
}

/** Up to four days have the hours too, up to three months days, and longer times the months. */
function timeAxis({ from, to, width }: Chart, locale: Locale<TextLanguage>): Axis {
  const texts = Object.fromEntries(axisTexts(from, to, width, locale));
  return {
    ...AXIS,
    orient: 'bottom',
    scale: 'time',
    values: Object.keys(texts).map(Number),
    labelOverlap: 'parity',
    encode: { labels: { update: { text: { signal: `${JSON.stringify(texts)}[datum.value]` } } } },
  };
}

/** Time of each tick, and what stands below it. */
function axisTexts(
  from: number,
  to: number,
  width: number,
  { timeZone, language }: Locale<TextLanguage>,
): [time: number, text: string][] {
  const days = (to - from) / DAY;
  if (days > 92) {
    return everyNth(monthTicks(from, to, timeZone), width / 55).map((time) => [
      time,
      shortMonth(time, timeZone, language),
    ]);
  }
  const ticks = localTicks(from, to, timeZone, days > 4 ? 24 : width < 500 ? 12 : 6);
  return (days > 4 ? everyNth(ticks, width / 70) : ticks).map(({ time, hour }) => [
    time,
    hour === 0 ? shortDay(time, timeZone, language) : String(hour).padStart(2, '0'),
  ]);
}

/** At most so many of the entries, at even distances. */
function everyNth<T>(entries: readonly T[], most: number): T[] {
  const step = Math.ceil(entries.length / most);
  return entries.filter((_, index) => index % step === 0);
}

const AXIS = {
  aria: false,
  grid: true,
  gridColor: 'var(--grid, #d9dfe3)',
  domain: false,
  ticks: false,
  labelPadding: 6,
  labelColor: 'currentColor',
  labelFont: FONT,
  labelFontSize: FONT_SIZE,
} as const;

function valueAxis({ language }: Locale<TextLanguage>): Axis {
  const axis: Axis = { ...AXIS, orient: 'left', scale: 'value', tickCount: 5 };
  if (languageTag(language) === 'en') return axis;
  return { ...axis, encode: { labels: { update: { text: { signal: NORDIC_NUMBER } } } } };
}

/** Vega writes 1,234.5: a narrow space between thousands, and a decimal comma. */
const NORDIC_NUMBER = "replace(replace(datum.label, regexp(',', 'g'), '\\u202f'), '.', ',')";

function band(): Mark {
  return {
    type: 'area',
    aria: false,
    from: { data: 'band' },
    encode: {
      update: {
        x: { scale: 'time', field: 'time' },
        y: { scale: 'value', field: 'lowest' },
        y2: { scale: 'value', field: 'highest' },
        fill: { value: colour(0) },
        fillOpacity: { value: 0.18 },
      },
    },
  };
}

function lines(): Mark {
  return {
    type: 'group',
    aria: false,
    from: { facet: { name: 'line', data: 'points', groupby: 'label' } },
    marks: [
      {
        type: 'line',
        aria: false,
        from: { data: 'line' },
        encode: {
          update: {
            x: { scale: 'time', field: 'time' },
            y: { scale: 'value', field: 'value' },
            stroke: { scale: 'colour', field: 'label' },
            strokeDash: { scale: 'dash', field: 'label' },
            strokeWidth: { value: 2.25 },
            strokeCap: { value: 'round' },
            defined: { signal: 'isValid(datum.value)' },
          },
        },
      },
    ],
  };
}

function signs({ signs: all = [] }: Chart, index: number): Mark {
  return {
    type: 'symbol',
    aria: false,
    from: { data: `signs-${index}` },
    encode: {
      update: {
        x: { scale: 'time', field: 'time' },
        y: { scale: 'value', field: 'value' },
        shape: { value: all[index]?.shape ?? 'cross' },
        size: { value: 70 },
        fill: { value: colour(index + 1) },
      },
    },
  };
}

/** Names the lines that are there; a place without values keeps its colour for the other charts. */
function legend(series: readonly ChartSeries[]): NonNullable<Spec['legends']>[number] {
  return {
    values: series.filter(({ points }) => points.length > 0).map(({ label }) => label),
    aria: false,
    stroke: 'colour',
    strokeDash: 'dash',
    orient: 'top',
    direction: 'horizontal',
    symbolType: 'stroke',
    symbolSize: 500,
    symbolStrokeWidth: 2.5,
    labelColor: 'currentColor',
    labelFont: FONT,
    labelFontSize: FONT_SIZE,
    labelLimit: 220,
    columnPadding: 16,
  };
}

function colour(index: number): string {
  const place = index % COLOURS.length;
  return `var(--series-${place + 1}, ${COLOURS[place]})`;
}

/** Replaces the fixed size by a name and description: the drawing is one image to a screen reader. */
function accessible(svg: string, { id, title, description, width, height }: Chart): string {
  const opening =
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" ` +
    `aria-labelledby="${escapeText(id)}-title ${escapeText(id)}-description">` +
    `<title id="${escapeText(id)}-title">${escapeText(title)}</title>` +
    `<desc id="${escapeText(id)}-description">${escapeText(description)}</desc>`;
  return svg
    .replace(/^<svg[^>]*>/, () => opening)
    .replace(/ d="([^"]*)"/g, (_, path: string) => ` d="${path.replace(DECIMALS, rounded)}"`);
}

/** A tenth of a pixel is as fine as anybody can see; all that vega writes would make up half of a page. */
const DECIMALS = /\d+\.\d{2,}/g;

function rounded(number: string): string {
  return String(Math.round(Number(number) * 10) / 10);
}
