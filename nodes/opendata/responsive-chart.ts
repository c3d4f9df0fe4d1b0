import type { TextLanguage } from '../observation/messages.ts';
import { type Chart, drawChart } from './chart.ts';
import { type Html, html, trusted } from './html.ts';
import type { Locale } from './wording.ts';

/** The same chart in two shapes: the page's style sheet shows the one that fits the screen. */
const SHAPES = [
  { name: 'narrow', width: 400, height: 280 },
  { name: 'wide', width: 820, height: 300 },
] as const;

/** A chart whose text can be read on a phone and on a desk. */
export async function responsiveChart(
  chart: Omit<Chart, 'width' | 'height'>,
  locale: Locale<TextLanguage>,
): Promise<Html> {
  const drawings = await Promise.all(
    SHAPES.map(async ({ name, width, height }) => {
      const svg = await drawChart({ ...chart, id: `${chart.id}-${name}`, width, height }, locale);
      return html`<div class="${name}">${trusted(svg)}</div>`;
    }),
  );
  return html`<figure>${drawings}</figure>`;
}
