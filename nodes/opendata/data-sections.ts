import { csvMetadata } from './about.ts';
import { goneFrom } from './changes.ts';
import {
  DEFAULT_LIMIT,
  type FileRequest,
  FORMATS,
  type FormatId,
  historyFile,
  isPaged,
  periodFile,
} from './files.ts';
import { latestCsv, latestGeoJson, latestJson } from './latest-files.ts';
import { historyParameters, notFound, refuseOthers } from './parameters.ts';
import { isSettled, periodOf } from './periods.ts';
import { readPlaces } from './reader.ts';
import { type DatasetContext, file, type Sections } from './request.ts';
import type { Content } from './response.ts';

/** The files of a dataset, by the name after its own. */
export const DATA_SECTIONS: Sections<DatasetContext> = {
  ...Object.fromEntries(
    Object.keys(FORMATS).map((format) => [
      `data.${format}`,
      file((context) => history(format as FormatId, context)),
    ]),
  ),
  'latest.json': file((context) => latest('json', latestJson, context)),
  'latest.geojson': file((context) => latest('geojson', latestGeoJson, context)),
  'latest.csv': file((context) => latest('csv', latestCsv, context)),
  'data.csv-metadata.json': file(async ({ entry }) => csvMetadata(entry)),
};

/** `2026.csv`, `2026/11.csv` or `2026/11/20.csv`; undefined if it is no address of the kind. Throws RequestError. */
export function periodAt(path: string, context: DatasetContext): Promise<Content> | undefined {
  const [, name, ending = ''] = /^(\d{4}(?:\/\d\d){0,2})\.(.+)$/.exec(path) ?? [];
  if (name === undefined || !Object.hasOwn(FORMATS, ending)) return undefined;
  refuseOthers(context.query, ['lang']);
  const period = periodOf(name);
  const now = context.options.now();
  // A period to come has no file, and asking for it again later must not meet a kept answer.
  if (!period || period.from > now) throw notFound();
  return periodFile(ending as FormatId, fileRequest(context), period, isSettled(period, now));
}

/** Long pages are not kept: they would take the room of many short ones. */
function history(format: FormatId, context: DatasetContext): Promise<Content> {
  const { entry, site, options, language, query } = context;
  const { dataset, sources } = entry;
  const places = () => readPlaces(dataset, sources).map(({ id }) => id);
  const parameters = historyParameters(query, { places, quantities: dataset.quantities });
  const make = () => historyFile(format, fileRequest(context), parameters, query);
  const { limit = DEFAULT_LIMIT, cursor } = parameters;
  const isPage = isPaged(format) || parameters.limit !== undefined || cursor !== undefined;
  if (!isPage || limit > DEFAULT_LIMIT) return make();
  return site.answer(entry, 'history', `${format} ${language} ${query}`, options.now(), make);
}

function latest(
  name: string,
  make: (file: FileRequest) => Promise<Content>,
  context: DatasetContext,
): Promise<Content> {
  const { entry, site, options, language, query } = context;
  refuseOthers(query, ['lang']);
  return site.answer(entry, 'page', `latest ${name} ${language}`, options.now(), () =>
    make(fileRequest(context)),
  );
}

function fileRequest(context: DatasetContext): FileRequest {
  const { entry, language, options } = context;
  const gone = () => goneFrom(context, entry.dataset.id);
  return { entry, language, timeZone: options.timeZone, gone };
}
