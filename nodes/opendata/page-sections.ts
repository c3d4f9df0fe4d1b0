import { changesPage } from './changes-page.ts';
import { comparePage } from './compare-page.ts';
import type { Publisher } from './dataset.ts';
import { datasetPage } from './dataset-page.ts';
import { nowFile } from './embed/now-file.ts';
import { embedSection } from './embed/section.ts';
import { feedbackSection } from './feedback/section.ts';
import { PERIODS, type PeriodId } from './history.ts';
import { overviewPage } from './overview-page.ts';
import { notFound } from './parameters.ts';
import { placePage } from './place-page.ts';
import { readPlaces } from './reader.ts';
import { type Context, type DatasetContext, file, folder, form, type Sections } from './request.ts';
import { type Content, HTML, moved, type PublicResponse, pagePolicy } from './response.ts';
import { robots, sitemap } from './sitemap.ts';
import { type Parameter, type Visit, visitKey, visitOf } from './visit.ts';

const TEXT = 'text/plain; charset=utf-8';
/** Seconds. */
const DAY = 86_400;

/** Pages for people that belong to no dataset. */
export const SITE_PAGES: Sections<Context> = {
  '': file(overview),
  embed: folder(embedSection),
  changes: file(changes),
  'sitemap.xml': file(siteMap),
  'robots.txt': file(async ({ base }) => ({ type: TEXT, body: robots(base), maxAge: DAY })),
};

/** Pages for people about a dataset. */
export const DATASET_PAGES: Sections<DatasetContext> = {
  '': file(citizenPage),
  place: folder(place),
  compare: file(compare),
  feedback: form(feedbackSection),
};

function overview(context: Context): Promise<Content> {
  const visit = visitOf(context);
  const { site, owner } = context;
  return site.answer(undefined, 'page', `overview ${visitKey(visit)}`, visit.now, async () =>
    pageOf(await overviewPage(site.list(), owner, visit), owner),
  );
}

function changes(context: Context): Promise<Content> {
  const { site, owner } = context;
  const visit = visitOf(context);
  return site.answer(undefined, 'page', `changes ${visitKey(visit)}`, visit.now, async () => {
    const published = new Set(site.list().map(({ dataset }) => dataset.id));
    return pageOf(changesPage(site.publications?.log.changes ?? [], published, owner, visit), owner);
  });
}

function siteMap(context: Context): Promise<Content> {
  const { site } = context;
  const visit = visitOf(context);
  return site.answer(undefined, 'page', `sitemap ${visit.base}`, visit.now, async () => ({
    type: 'application/xml; charset=utf-8',
    body: sitemap(site.list(), visit),
    maxAge: 3600,
  }));
}

function citizenPage(context: DatasetContext): Promise<Content> {
  const visit = visitOf(context);
  return kept(context, visit, () => datasetPage(context.entry, visit));
}

/** `place/<id>/`, and what stands below it. */
async function place(context: DatasetContext, rest: string): Promise<Content | PublicResponse> {
  const [, id, below] = /^([a-z0-9-]+)(\/.*)?$/.exec(rest) ?? [];
  if (id === undefined) throw notFound();
  if (below === undefined) return moved(`${id}/${context.query.size > 0 ? `?${context.query}` : ''}`);
  if (below === '/now.json') return nowOf(context, id);
  if (below !== '/') throw notFound();
  const period = periodOf(context);
  const visit = visitOf(context, inAddress(period));
  return kept(context, visit, async () => {
    const body = await placePage(context.entry, id, period, visit);
    if (body === undefined) throw notFound();
    return body;
  });
}

function nowOf(context: DatasetContext, id: string): Promise<Content> {
  const { site, entry } = context;
  const visit = visitOf(context);
  return site.answer(entry, 'place', `now ${visitKey(visit)}`, visit.now, async () => {
    const body = await nowFile(entry, id, visit);
    if (body === undefined) throw notFound();
    return { type: 'application/json; charset=utf-8', body, maxAge: 60, vary: 'Accept-Language' };
  });
}

function compare(context: DatasetContext): Promise<Content> {
  const { query, entry } = context;
  const period = periodOf(context);
  const places = readPlaces(entry.dataset, entry.sources).filter(({ id }) =>
    query.getAll('place').includes(id),
  );
  const quantity = entry.dataset.quantities.find((id) => id === query.get('quantity'));
  const comparison = { places: places.map(({ id }) => id), quantity, period };
  const visit = visitOf(context, [
    ...comparison.places.map((id): Parameter => ['place', id]),
    ...(quantity ? [['quantity', quantity] as const] : []),
    ...inAddress(period),
  ]);
  return kept(context, visit, () => comparePage(entry, comparison, visit));
}

function periodOf({ query }: Context): PeriodId {
  const asked = query.get('period');
  return (Object.keys(PERIODS) as PeriodId[]).find((period) => period === asked) ?? 'two_days';
}

/** The usual period is not named: each page has one address. */
function inAddress(period: PeriodId): Parameter[] {
  return period === 'two_days' ? [] : [['period', period]];
}

/** Pages of places are kept apart from those that everybody looks at first. */
function kept({ site, entry }: DatasetContext, visit: Visit, make: () => Promise<string>): Promise<Content> {
  const kind = visit.path === `${entry.dataset.id}/` ? 'page' : 'place';
  return site.answer(entry, kind, `page ${visitKey(visit)}`, visit.now, async () =>
    pageOf(await make(), entry.publisher),
  );
}

/** A page may show the map tiles that its publisher chose, and nothing else of other hosts. */
function pageOf(body: string, { tiles }: Publisher): Content {
  const images = tiles && new URL(tiles.address).origin;
  const headers = images && { headers: { 'Content-Security-Policy': pagePolicy({ images }) } };
  return { type: HTML, body, maxAge: 60, vary: 'Accept-Language', ...headers };
}
