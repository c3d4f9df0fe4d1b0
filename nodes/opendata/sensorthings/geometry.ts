import { invalid } from './request-problem.ts';

export type Position = readonly [number, number];

/**
 * A shape in the plane of degrees (x east, y north), as GeoJSON and Well-Known Text have it. `lines` are those of a
 * line string, or the rings of polygons: `polygons` has per polygon its outer ring and its holes.
 */
export interface Shape {
  points: readonly Position[];
  lines: readonly (readonly Position[])[];
  polygons: readonly (readonly (readonly Position[])[])[];
}

/** Corners that a shape in a query may have. */
const MOST_CORNERS = 1000;
const NOTHING: Shape = { points: [], lines: [], polygons: [] };

/** The part of a shape in which a position lies. */
type Part = 'interior' | 'boundary' | 'exterior';

/**
 * A shape from Well-Known Text (OGC 06-103r4): POINT, LINESTRING, POLYGON, their MULTI forms. Throws RequestError if
 * the text is not one.
 */
export function shapeFromText(text: string): Shape {
  const [, kind = '', body = ''] = /^\s*(?:SRID=4326;)?\s*([a-z]+)\s*(\(.*\))\s*$/is.exec(text) ?? fail(text);
  const numbers = body.replace(/\(/g, '[').replace(/\)/g, ']');
  const json = numbers.replace(
    /(?<![\d.])(-?[\d.]+(?:e[+-]?\d+)?)\s+(-?[\d.]+(?:e[+-]?\d+)?)(?:\s+-?[\d.]+)?/gi,
    '[$1,$2]',
  );
  let nested: unknown;
  try {
    nested = JSON.parse(json);
  } catch {
    fail(text);
  }
  const shape = shapeOf(kind.toUpperCase(), nested);
  return shape && withinBounds(shape) ? shape : fail(text);
}

/** The shape of a GeoJSON geometry or feature (RFC 7946); undefined if it has none that can be compared. */
export function shapeFromJson(value: unknown): Shape | undefined {
  const { type, coordinates, geometry } = (value ?? {}) as Record<string, unknown>;
  if (type === 'Feature') return shapeFromJson(geometry);
  if (typeof type !== 'string') return undefined;
  const kind = type.toUpperCase();
  return shapeOf(kind, kind === 'POINT' ? [coordinates] : coordinates);
}

type Reader = (coordinates: unknown) => Shape | undefined;

const READERS: Readonly<Record<string, Reader>> = {
  POINT: (nested) =>
    many(
      positions(nested),
      (points) => points.length === 1,
      (points) => ({ ...NOTHING, points }),
    ),
  MULTIPOINT: (nested) => {
    // Both `MULTIPOINT(1 2, 3 4)` and `MULTIPOINT((1 2), (3 4))` are in use.
    const flat = Array.isArray(nested)
      ? nested.map((entry) => (Array.isArray(entry?.[0]) ? entry[0] : entry))
      : nested;
    return many(
      positions(flat),
      () => true,
      (points) => ({ ...NOTHING, points }),
    );
  },
  LINESTRING: (nested) => many(positions(nested), isLine, (line) => ({ ...NOTHING, lines: [line] })),
  MULTILINESTRING: (nested) =>
    many(
      lists(nested),
      (lines) => lines.every(isLine),
      (lines) => ({ ...NOTHING, lines }),
    ),
  POLYGON: (nested) => many(lists(nested), isPolygon, (rings) => ({ ...NOTHING, polygons: [rings] })),
  MULTIPOLYGON: (nested) => {
    const polygons = Array.isArray(nested) ? nested.map(lists) : [undefined];
    return polygons.every((rings) => rings !== undefined && isPolygon(rings))
      ? { ...NOTHING, polygons: polygons as Position[][][] }
      : undefined;
  },
};

function shapeOf(kind: string, nested: unknown): Shape | undefined {
  return Object.hasOwn(READERS, kind) ? READERS[kind]?.(nested) : undefined;
}

function many<T>(value: T[] | undefined, fits: (value: T[]) => boolean, make: (value: T[]) => Shape) {
  return value !== undefined && value.length > 0 && fits(value) ? make(value) : undefined;
}

function positions(nested: unknown): Position[] | undefined {
  const ok =
    Array.isArray(nested) &&
    nested.every((entry) => Array.isArray(entry) && Number.isFinite(entry[0]) && Number.isFinite(entry[1]));
  return ok ? nested.map(([x, y]) => [x, y] as const) : undefined;
}

function lists(nested: unknown): Position[][] | undefined {
  if (!Array.isArray(nested)) return undefined;
  const found = nested.map(positions);
  return found.every((entry) => entry !== undefined) ? (found as Position[][]) : undefined;
}

function isLine(line: readonly Position[]): boolean {
  return line.length >= 2;
}

function isPolygon(rings: readonly (readonly Position[])[]): boolean {
  return rings.length > 0 && rings.every((ring) => ring.length >= 4 && same(ring[0], ring.at(-1)));
}

function withinBounds({ points, lines, polygons }: Shape): boolean {
  return (
    points.length + [...lines, ...polygons.flat()].reduce((sum, line) => sum + line.length, 0) <= MOST_CORNERS
  );
}

function fail(text: string): never {
  throw invalid('shape', { text: text.slice(0, 60) });
}

/** 0 of points, 1 of lines, 2 of polygons. */
export function dimensionOf({ lines, polygons }: Shape): number {
  return polygons.length > 0 ? 2 : lines.length > 0 ? 1 : 0;
}

/** Sum of the lengths of its lines, in degrees; points and polygons have none. */
export function lengthOf({ lines }: Shape): number {
  return lines
    .flatMap(segments)
    .reduce((sum, [from, to]) => sum + Math.hypot(to[0] - from[0], to[1] - from[1]), 0);
}

/** Least distance in degrees between two shapes of which one is of points; undefined if none is. */
export function distance(one: Shape, other: Shape): number | undefined {
  const pair = pointsFirst(one, other);
  if (!pair) return undefined;
  return Math.min(...pair[0].points.map((point) => distanceTo(point, pair[1])));
}

function distanceTo(point: Position, shape: Shape): number {
  if (partAt(point, shape) !== 'exterior') return 0;
  const toPoints = shape.points.map(([x, y]) => Math.hypot(x - point[0], y - point[1]));
  const outlines = [...shape.lines, ...shape.polygons.flat()];
  return Math.min(
    ...toPoints,
    ...outlines.flatMap(segments).map((segment) => distanceToSegment(point, segment)),
  );
}

function distanceToSegment([x, y]: Position, [[ax, ay], [bx, by]]: Segment): number {
  const squared = (bx - ax) ** 2 + (by - ay) ** 2;
  const along = squared === 0 ? 0 : ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / squared;
  const nearest = Math.max(0, Math.min(1, along));
  return Math.hypot(x - (ax + nearest * (bx - ax)), y - (ay + nearest * (by - ay)));
}

/**
 * How two shapes lie to each other, as the nine letters of the DE-9IM matrix (interior, boundary and exterior of the
 * one against those of the other; F: nothing in common, else the dimension of what is). Places are points, so one of
 * the two must be of points; undefined if none is.
 */
export function relation(one: Shape, other: Shape): string | undefined {
  if (one.points.length > 0) return pointsAgainst(one.points, other);
  if (other.points.length === 0) return undefined;
  return transposed(pointsAgainst(other.points, one));
}

/** Whether a DE-9IM matrix fits a pattern of `T` (anything), `F`, `*` and dimensions. */
export function fits(matrix: string, pattern: string): boolean {
  return [...pattern.toUpperCase()].every((wanted, at) => {
    const found = matrix[at];
    return wanted === '*' || (wanted === 'T' ? found !== 'F' : found === wanted);
  });
}

/** Points have no boundary, so only their interior can meet anything. */
function pointsAgainst(points: readonly Position[], shape: Shape): string {
  const parts = new Set(points.map((point) => partAt(point, shape)));
  const meets = (part: Part) => (parts.has(part) ? '0' : 'F');
  const uncovered = shape.points.some((point) => !points.some((candidate) => same(candidate, point)));
  const dimension = shape.points.length === 0 ? String(dimensionOf(shape)) : uncovered ? '0' : 'F';
  const boundary = boundaryDimension(shape, points);
  return [
    meets('interior'),
    meets('boundary'),
    meets('exterior'),
    'F',
    'F',
    'F',
    dimension,
    boundary,
    '2',
  ].join('');
}

/** Dimension of that part of the boundary which the points do not cover; F if there is none. */
function boundaryDimension(shape: Shape, points: readonly Position[]): string {
  if (shape.polygons.length > 0) return '1';
  return lineEnds(shape).some((end) => !points.some((point) => same(point, end))) ? '0' : 'F';
}

function transposed(matrix: string): string {
  return [0, 3, 6, 1, 4, 7, 2, 5, 8].map((at) => matrix[at]).join('');
}

function partAt(point: Position, shape: Shape): Part {
  if (shape.points.some((other) => same(point, other))) return 'interior';
  for (const polygon of shape.polygons) {
    if (polygon.some((ring) => onLine(point, ring))) return 'boundary';
    if (polygon.filter((ring) => insideRing(point, ring)).length === 1) return 'interior';
  }
  if (lineEnds(shape).some((end) => same(end, point))) return 'boundary';
  return shape.lines.some((line) => onLine(point, line)) ? 'interior' : 'exterior';
}

/** Ends of lines, except where lines close or an even number of them meet (the mod-2 rule of OGC 06-103r4). */
function lineEnds({ lines }: Shape): Position[] {
  const ends = lines.flatMap((line) => [line[0], line.at(-1)]).filter((end) => end !== undefined);
  return ends.filter((end) => ends.filter((other) => same(end, other)).length % 2 === 1);
}

type Segment = readonly [Position, Position];

function segments(line: readonly Position[]): Segment[] {
  return line.slice(1).map((to, at) => [line[at] ?? to, to]);
}

function onLine(point: Position, line: readonly Position[]): boolean {
  return segments(line).some((segment) => distanceToSegment(point, segment) < 1e-12);
}

/** Counts the sides that a ray to the east crosses. */
function insideRing([x, y]: Position, ring: readonly Position[]): boolean {
  const crossed = segments(ring).filter(
    ([[ax, ay], [bx, by]]) => ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax,
  );
  return crossed.length % 2 === 1;
}

function same(one: Position | undefined, other: Position | undefined): boolean {
  return one !== undefined && other !== undefined && one[0] === other[0] && one[1] === other[1];
}

function pointsFirst(one: Shape, other: Shape): [Shape, Shape] | undefined {
  if (one.points.length > 0) return [one, other];
  return other.points.length > 0 ? [other, one] : undefined;
}
