import { about, licenceLink } from './about.ts';
import { toCsv } from './csv.ts';
import type { FileRequest } from './files.ts';
import { feature, featureCollection } from './geojson.ts';
import { type Latest, type LatestPlace, readLatest, readPlaces } from './reader.ts';
import type { Content } from './response.ts';
import { type Column, fieldColumn } from './table.ts';

/** Seconds. */
const KEPT = 60;

/** The newest value of each quantity at each place, each with its own time. */
export async function latestJson({ entry, language }: FileRequest): Promise<Content> {
  const { latest, idOf, locationOf } = await read(entry);
  const places = latest.places.map((place) => ({
    id: idOf(place),
    place: place.place,
    ...(locationOf(place) && { location: locationOf(place) }),
    values: timedValues(place),
  }));
  const body = JSON.stringify({ ...about(entry, language, latest.sandbox), places });
  return { ...common(entry), type: 'application/json; charset=utf-8', vary: 'Accept-Language', body };
}

/** The same as points on the map (RFC 7946); places without a public location are left out. */
export async function latestGeoJson({ entry, language }: FileRequest): Promise<Content> {
  const { latest, idOf, locationOf } = await read(entry);
  const features = latest.places.flatMap((place) => {
    const location = locationOf(place);
    return location
      ? [{ ...feature(location, { place: place.place, ...timedValues(place) }), id: idOf(place) }]
      : [];
  });
  const body = JSON.stringify(featureCollection(about(entry, language, latest.sandbox), features));
  return { ...common(entry), type: 'application/geo+json; charset=utf-8', vary: 'Accept-Language', body };
}

/** The same as a table: a line per place, behind each quantity when it was measured. */
export async function latestCsv({ entry }: FileRequest): Promise<Content> {
  const { latest } = await read(entry);
  const { quantities } = entry.dataset;
  const columns: Column[] = [
    { name: 'place', type: 'text' },
    ...quantities.flatMap((quantity): Column[] => [
      fieldColumn(quantity),
      { name: `${quantity}_time`, type: 'text' },
    ]),
  ];
  const cells = [
    latest.places.map(({ place }) => place),
    ...quantities.flatMap((quantity) => [
      latest.places.map(({ values }) => values[quantity]?.value),
      latest.places.map(({ values }) => isoTime(values[quantity]?.time)),
    ]),
  ];
  const portions = (async function* () {
    yield { length: latest.places.length, columns: cells };
  })();
  let body = '';
  for await (const piece of toCsv({ columns, portions })) body += piece;
  return { ...common(entry), type: 'text/csv; charset=utf-8; header=present', body };
}

function common({ dataset }: FileRequest['entry']): Pick<Content, 'maxAge' | 'headers'> {
  return { maxAge: KEPT, headers: { Link: licenceLink(dataset) } };
}

async function read({ dataset, sources }: FileRequest['entry']) {
  const latest: Latest = await readLatest(dataset, sources);
  const places = new Map(readPlaces(dataset, sources).map((place) => [place.name, place]));
  return {
    latest,
    idOf: ({ place }: LatestPlace) => places.get(place)?.id,
    locationOf: ({ place }: LatestPlace) => places.get(place)?.location,
  };
}

function timedValues({ values }: LatestPlace) {
  const timed = Object.entries(values).map(([quantity, { value, time }]) => [
    quantity,
    { value, time: isoTime(time) },
  ]);
  return Object.fromEntries(timed) as Record<string, { value: unknown; time: string }>;
}

function isoTime(time: number | undefined): string | undefined {
  return time === undefined ? undefined : new Date(time).toISOString();
}
