import { type TextLanguage, translate } from '../observation/messages.ts';
import type { Tiles } from './dataset.ts';
import { type Html, html } from './html.ts';
import type { PublicPlace } from './places.ts';

/** A place as the map shows it. */
export interface MapPlace {
  name: string;
  location: NonNullable<PublicPlace['location']>;
  /** Where the marker leads. */
  href: string;
  /** Said beside the name: the value in words. */
  words?: string | undefined;
  /** Which of the six colours of series; places of a dataset have the same. */
  colour: number;
}

/** The same map in two shapes: the page's style sheet shows the one that fits the screen. */
const SHAPES = [
  { name: 'narrow', width: 400, height: 360 },
  { name: 'wide', width: 800, height: 460 },
] as const;
const MARGIN = 48;
const TILE = 256;
/** Not closer than this: a street. Places as near as that would lie on one point otherwise. */
const CLOSEST = 17;
const RADIUS = 11;
/** Markers nearer than this (pixels) become one with a number. */
const TOGETHER = 22;
/** Width of a letter of a label (pixels), at most on average. */
const LETTER = 9;
const LINE = 18;

interface Shape {
  width: number;
  height: number;
}

interface Point {
  x: number;
  y: number;
}

/** Web Mercator (EPSG:3857) in pixels at a zoom level, as tiles are drawn. */
function projected({ lat, lon }: MapPlace['location'], zoom: number): Point {
  const size = TILE * 2 ** zoom;
  const sine = Math.sin((Math.max(-85, Math.min(85, lat)) * Math.PI) / 180);
  return {
    x: ((lon + 180) / 360) * size,
    y: (0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)) * size,
  };
}

/**
 * Places on a map that is drawn here, with a link each; `heading` is the id of its heading.
 * What it shows, the list beside it says too. Undefined if no place has a location.
 */
export function mapOf(
  places: readonly MapPlace[],
  heading: string,
  language: TextLanguage,
  tiles?: Tiles,
): Html | undefined {
  if (places.length === 0) return undefined;
  const drawings = SHAPES.map(
    (shape) => html`<div class="${shape.name}">${drawing(places, shape, heading, language, tiles)}</div>`,
  );
  return html`<figure class="map">${drawings}${tiles && html`<figcaption>${tiles.credit}</figcaption>`}</figure>`;
}

function drawing(
  places: readonly MapPlace[],
  shape: Shape,
  heading: string,
  language: TextLanguage,
  tiles: Tiles | undefined,
): Html {
  const { width, height } = shape;
  const zoom = zoomFor(places, shape, tiles !== undefined);
  const corner = cornerOf(places, shape, zoom);
  const groups = grouped(
    places.map((place) => ({ place, ...within(projected(place.location, zoom), corner) })),
  );
  const text = (key: string, parameters?: Record<string, string | number>) =>
    translate(language, `opendata.map.${key}`, parameters);
  return html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="group" aria-labelledby="${heading}">
<rect width="${width}" height="${height}" class="ground"/>
${tiles ? tileImages(tiles, zoom, corner, shape) : grid(shape)}
${scaleBar(places, zoom, shape, language)}
${marks(groups, shape, text)}
</svg>`;
}

interface Placed extends Point {
  place: MapPlace;
}

/** The zoom at which all places fit; tiles are there for whole levels only. */
function zoomFor(places: readonly MapPlace[], { width, height }: Shape, whole: boolean): number {
  const points = places.map(({ location }) => projected(location, 0));
  const span = (axis: 'x' | 'y') =>
    Math.max(...points.map((point) => point[axis])) - Math.min(...points.map((point) => point[axis]));
  const fits = Math.min((width - 2 * MARGIN) / span('x'), (height - 2 * MARGIN) / span('y'));
  const zoom = Math.min(Math.log2(fits), CLOSEST);
  return whole ? Math.max(0, Math.floor(zoom)) : zoom;
}

/** The upper left corner of the drawing, with the places in its middle. */
function cornerOf(places: readonly MapPlace[], { width, height }: Shape, zoom: number): Point {
  const points = places.map(({ location }) => projected(location, zoom));
  const middle = (axis: 'x' | 'y') =>
    (Math.max(...points.map((point) => point[axis])) + Math.min(...points.map((point) => point[axis]))) / 2;
  return { x: middle('x') - width / 2, y: middle('y') - height / 2 };
}

function within({ x, y }: Point, corner: Point): Point {
  return { x: Math.round(x - corner.x), y: Math.round(y - corner.y) };
}

/** Places whose markers would cover one another are one group; the first stands for it. */
function grouped(placed: readonly Placed[]): Placed[][] {
  const groups: Placed[][] = [];
  for (const one of placed) {
    const near = groups.find(([first]) => first && Math.hypot(first.x - one.x, first.y - one.y) < TOGETHER);
    if (near) near.push(one);
    else groups.push([one]);
  }
  return groups;
}

function marks(
  groups: readonly Placed[][],
  shape: Shape,
  text: (key: string, parameters?: Record<string, string | number>) => string,
): Html[] {
  const taken: Box[] = groups.flatMap(([first]) => (first ? [markerBox(first)] : []));
  return groups.flatMap(([first, ...others]) => {
    if (!first) return [];
    const { place, x, y } = first;
    const name = others.length > 0 ? text('more', { place: place.name, count: others.length }) : place.name;
    const spoken = others.length === 0 && place.words ? `${name}: ${place.words}` : name;
    const label = labelBeside(first, name, taken, shape);
    return html`<a href="${place.href}" aria-label="${spoken}"><title>${spoken}</title>
<circle cx="${x}" cy="${y}" r="${RADIUS}" style="fill:var(--series-${place.colour + 1})"/>
${label && html`<text x="${label.at}" y="${label.y + 13}" text-anchor="${label.anchor}" aria-hidden="true">${name}</text>`}</a>
${others.length > 0 && html`<text x="${x}" y="${y + 4}" class="number" aria-hidden="true">${others.length + 1}</text>`}`;
  });
}

interface Box extends Point {
  width: number;
  height: number;
}

function markerBox({ x, y }: Point): Box {
  return { x: x - RADIUS, y: y - RADIUS, width: 2 * RADIUS, height: 2 * RADIUS };
}

/** Where a label stands: its box, the x of the point that its text is held at, and which end of the text that is. */
interface Label extends Box {
  at: number;
  anchor: 'start' | 'middle' | 'end';
}

/** A free spot for a label at the right, left, above or below; undefined if all are taken: the list has the name. */
function labelBeside({ x, y }: Point, name: string, taken: Box[], shape: Shape): Label | undefined {
  const [width, height] = [name.length * LETTER, LINE];
  const [right, left] = [x + RADIUS + 5, x - RADIUS - 5];
  const spots: Omit<Label, 'width' | 'height'>[] = [
    { x: right, y: y - height / 2, at: right, anchor: 'start' },
    { x: left - width, y: y - height / 2, at: left, anchor: 'end' },
    { x: x - width / 2, y: y - RADIUS - height - 2, at: x, anchor: 'middle' },
    { x: x - width / 2, y: y + RADIUS + 2, at: x, anchor: 'middle' },
  ];
  const free = spots
    .map((spot) => ({ ...spot, width, height }))
    .find((spot) => isInside(spot, shape) && !taken.some((other) => overlap(spot, other)));
  if (free) taken.push(free);
  return free;
}

function isInside({ x, y, width, height }: Box, shape: Shape): boolean {
  return x >= 0 && y >= 0 && x + width <= shape.width && y + height <= shape.height;
}

function overlap(one: Box, other: Box): boolean {
  return (
    one.x < other.x + other.width &&
    other.x < one.x + one.width &&
    one.y < other.y + other.height &&
    other.y < one.y + one.height
  );
}

/** Lines that say that this is a map and no chart. */
function grid({ width, height }: Shape): Html {
  const steps = (size: number) =>
    Array.from({ length: Math.ceil(size / 80) - 1 }, (_, index) => 80 * (index + 1));
  const lines = [
    ...steps(width).map((x) => `M${x} 0V${height}`),
    ...steps(height).map((y) => `M0 ${y}H${width}`),
  ];
  return html`<path d="${lines.join('')}" class="grid"/>`;
}

function tileImages({ address }: Tiles, zoom: number, corner: Point, { width, height }: Shape): Html[] {
  const range = (from: number, size: number) => {
    const first = Math.floor(from / TILE);
    return Array.from({ length: Math.floor((from + size) / TILE) - first + 1 }, (_, index) => first + index);
  };
  const most = 2 ** zoom;
  return range(corner.x, width).flatMap((column) =>
    range(corner.y, height)
      .filter((row) => row >= 0 && row < most)
      .map((row) => {
        const names: Record<string, number> = { z: zoom, x: ((column % most) + most) % most, y: row };
        const href = address.replace(/\{([zxy])\}/g, (_, name: string) => String(names[name]));
        const { x, y } = within({ x: column * TILE, y: row * TILE }, corner);
        return html`<image href="${href}" x="${x}" y="${y}" width="${TILE}" height="${TILE}"/>`;
      }),
  );
}

/** Circumference of the earth (metres) that Web Mercator takes. */
const EQUATOR = 40_075_017;

/** A round length of at most a third of the drawing, at the places' latitude. */
function scaleBar(
  places: readonly MapPlace[],
  zoom: number,
  { width, height }: Shape,
  language: TextLanguage,
): Html {
  const [first] = places;
  const latitude = ((first?.location.lat ?? 0) * Math.PI) / 180;
  const metresPerPixel = (EQUATOR * Math.cos(latitude)) / (TILE * 2 ** zoom);
  const most = (width / 3) * metresPerPixel;
  const power = 10 ** Math.floor(Math.log10(most));
  const metres = ([5, 2, 1].find((digit) => digit * power <= most) ?? 1) * power;
  const length = Math.round(metres / metresPerPixel);
  const label = metres >= 1000 ? `${metres / 1000} km` : `${metres} m`;
  return html`<g aria-hidden="true" class="scale"><path d="M16 ${height - 20}v6h${length}v-6"/><text x="16" y="${height - 26}">${label}</text>
<text x="${width - 24}" y="28" class="north">${translate(language, 'opendata.map.north')}</text><path d="M${width - 19} 54v-18m-5 6l5 -7l5 7"/></g>`;
}
