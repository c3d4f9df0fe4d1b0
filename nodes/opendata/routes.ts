import { languageTag } from '../observation/messages.ts';
import { CATALOG_SECTIONS } from './catalog-sections.ts';
import { changesFile, goneFrom } from './changes.ts';
import { DATA_SECTIONS, periodAt } from './data-sections.ts';
import { dataPackage } from './datapackage.ts';
import type { Publisher } from './dataset.ts';
import { publicLanguageFor } from './negotiation.ts';
import { DATASET_PAGES, SITE_PAGES } from './page-sections.ts';
import { notFound, RequestError } from './parameters.ts';
import { problem } from './refusal.ts';
import {
  type Context,
  type DatasetContext,
  file,
  folder,
  type PublicRequest,
  type Section,
  type Sections,
  type SiteOptions,
} from './request.ts';
import { moved, type PublicResponse, preflight } from './response.ts';
import { sensorThings } from './sensorthings/service.ts';
import { SHARING_SECTIONS } from './sharing/sections.ts';
import type { Site } from './site.ts';
import { success } from './success.ts';

/** What stands beside the datasets, by the first name of the address; no dataset may be called so. */
const SITE_SECTIONS: Sections<Context> = {
  ...SITE_PAGES,
  ...CATALOG_SECTIONS,
  'changes.json': file(async (context) => changesFile(context)),
  sensorthings: folder(sensorThings),
};

/** What each dataset has, by the name after its own. */
const DATASET_SECTIONS: Sections<DatasetContext> = {
  ...DATASET_PAGES,
  ...DATA_SECTIONS,
  ...SHARING_SECTIONS,
  'datapackage.json': file(async ({ entry, language, base }) => dataPackage(entry, language, base)),
};

/** What stands under any other name of a dataset: `rest` is all that follows the dataset's own. */
const OTHERWISE = folder<DatasetContext>(async (context, rest) => {
  const period = periodAt(rest, context);
  if (period) return period;
  throw notFound();
});

/** Answers a request for open data. Never throws: what goes wrong becomes a page or a JSON answer with a sentence. */
export async function answer(
  request: PublicRequest,
  site: Site,
  options: SiteOptions,
): Promise<PublicResponse> {
  const context = contextOf(request, site, options);
  try {
    return await dispatch(context);
  } catch (error) {
    return problem(error, context);
  }
}

/** The answer to a request that is refused before anyone looks at it. */
export function refused(
  request: PublicRequest,
  site: Site,
  options: SiteOptions,
  error: unknown,
): PublicResponse {
  return problem(error, contextOf(request, site, options));
}

function contextOf(request: PublicRequest, site: Site, options: SiteOptions): Context {
  const owner = site.list()[0]?.publisher ?? options.fallback;
  const language = publicLanguageFor(
    request.query.get('lang'),
    request.headers['accept-language'],
    languageTag(owner.language),
  );
  return { ...request, base: baseOf(owner, request), site, options, owner, language };
}

async function dispatch(context: Context): Promise<PublicResponse> {
  const { method, path, site } = context;
  if (method === 'OPTIONS') return preflight();
  const [, name = '', rest] = /^\/([^/]*)(?:\/(.*))?$/.exec(path) ?? [];
  const section = ownProperty(SITE_SECTIONS, name);
  if (section) return ask(section, rest, context);
  const entry = site.get(name);
  if (!entry) throw goneFrom(context, name) ?? notFound();
  if (rest === undefined) return moved(`${name}/${searchOf(context)}`);
  const [, file = '', below] = /^([^/]*)(?:\/(.*))?$/.exec(rest) ?? [];
  const known = ownProperty(DATASET_SECTIONS, file);
  return ask(known ?? OTHERWISE, known ? below : rest, { ...context, entry });
}

/** The answer of a section. `rest` is undefined if no slash follows its name. */
async function ask<C extends Context>(
  section: Section<C>,
  rest: string | undefined,
  context: C,
): Promise<PublicResponse> {
  const { method, headers, path, query, language, site, options } = context;
  if (rest !== undefined && !section.isFolder) throw notFound();
  const isAllowed = method === 'GET' || method === 'HEAD' || (method === 'POST' && section.takesPost);
  if (!isAllowed) throw new RequestError({ key: 'opendata.request.method' }, { status: 405 });
  const given = await section.answer(context, rest ?? '');
  if ('status' in given) return given;
  const address = `${path}?${query} ${language} ${given.type}`;
  return success(given, { address, headers, sightings: site.sightings, now: options.now() });
}

function baseOf({ baseUrl }: Publisher, { base }: PublicRequest): string {
  return baseUrl === undefined ? base : `${baseUrl.replace(/\/$/, '')}/opendata/`;
}

function searchOf({ query }: Context): string {
  return query.size > 0 ? `?${query}` : '';
}

function ownProperty<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}
