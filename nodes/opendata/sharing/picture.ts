import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { TextLanguage } from '../../observation/messages.ts';
import type { QuantityId } from '../../observation/quantities.ts';
import { drawChart } from '../chart.ts';
import { chartOf } from '../chart-section.ts';
import { type PeriodId, readPeriod } from '../history.ts';
import { escapeText } from '../html.ts';
import type { PublicPlace } from '../places.ts';
import type { Entry } from '../site.ts';
import type { Locale } from '../wording.ts';
import { withoutControls } from './xml.ts';

/** A chart that stands by itself: in a post, a mail, a newsletter. */
export interface Picture {
  /** Title and what it shows, for those who cannot see it. */
  alt: string;
  svg: string;
}

export interface PictureOptions {
  places: readonly PublicPlace[];
  quantity: QuantityId;
  period: PeriodId;
  /** ms since 1970 UTC. */
  now: number;
}

/** Pixels; in the ratio that social media show uncut. */
const WIDTH = 800;
const HEIGHT = 360;
const TOP = 52;
const BOTTOM = 36;
const INK = '#1b2a33';
/** Pixels of the PNG for each of the drawing's: sharp on dense screens. */
const SCALE = 2;
/** More lines than this cannot be told apart. */
const MOST_LINES = 6;

/** The chart of a quantity; undefined if it has no numbers in the period. Errors of the store pass through. */
export async function drawPicture(
  { dataset, publisher, sources }: Entry,
  { places, quantity, period, now }: PictureOptions,
  locale: Locale<TextLanguage>,
): Promise<Picture | undefined> {
  const lines = places.slice(0, MOST_LINES);
  const asked = { period, quantities: [quantity], now, timeZone: locale.timeZone };
  const { quantities, ...range } = await readPeriod(dataset, sources, lines, asked);
  const [history] = quantities;
  if (!history) return undefined;
  const chart = chartOf(history, range, dataset, locale);
  const drawn = await drawChart({ ...chart, width: WIDTH, height: HEIGHT }, locale);
  const alt = `${chart.title}. ${chart.description}`;
  return { alt, svg: withoutControls(framed(drawn, chart.title, publisher.name)) };
}

/** The picture as PNG, 1600 pixels wide. */
export async function pngOf({ svg }: Picture): Promise<Buffer> {
  const { Resvg } = await renderer();
  const image = new Resvg(svg, {
    fitTo: { mode: 'width', value: SCALE * WIDTH },
    font: { fontBuffers: fonts(), defaultFontFamily: 'Roboto', sansSerifFamily: 'Roboto' },
  });
  const rendered = image.render();
  try {
    return Buffer.from(rendered.asPng());
  } finally {
    // What is drawn lies outside of the reach of the garbage collector.
    rendered.free();
    image.free();
  }
}

/** With a heading, a source, and colours of its own in place of the page's style sheet. */
function framed(drawn: string, heading: string, source: string): string {
  const inner = drawn
    .replace(/var\(--[\w-]+,\s*([^)]+)\)/g, '$1')
    .replaceAll('currentColor', INK)
    .replace(
      /^<svg [^>]*?(viewBox="[^"]*")[^>]*>/,
      `<svg x="0" y="${TOP}" width="${WIDTH}" height="${HEIGHT}" $1>`,
    );
  const height = TOP + HEIGHT + BOTTOM;
  const words = (y: number, size: number, text: string) =>
    `<text x="14" y="${y}" font-family="system-ui, sans-serif" font-size="${size}" fill="${INK}">${escapeText(text)}</text>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}">
<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>
${words(34, 22, heading)}
${inner}
${words(height - 14, 13, source)}
</svg>`;
}

let loading: Promise<typeof import('@resvg/resvg-wasm')> | undefined;

/** Loaded when the first picture is wanted: Node-RED starts without it. */
function renderer(): Promise<typeof import('@resvg/resvg-wasm')> {
  loading ??= (async () => {
    const resvg = await import('@resvg/resvg-wasm');
    await resvg.initWasm(fileAt(import.meta.resolve('@resvg/resvg-wasm/index_bg.wasm')));
    return resvg;
  })();
  return loading;
}

let fontFiles: Buffer[] | undefined;

/** The letters of the six languages, and of Sámi place names; a machine need not have any font. */
function fonts(): Buffer[] {
  fontFiles ??= [
    import.meta.resolve('@fontsource/roboto/files/roboto-latin-400-normal.woff2'),
    import.meta.resolve('@fontsource/roboto/files/roboto-latin-ext-400-normal.woff2'),
  ].map(fileAt);
  return fontFiles;
}

function fileAt(url: string): Buffer {
  return readFileSync(fileURLToPath(url));
}
