import { translate } from '../../observation/messages.ts';
import { LICENCES } from '../dataset.ts';
import { type Html, html } from '../html.ts';
import { page, sandboxNotice, scrollable, written } from '../layout.ts';
import { notFound } from '../parameters.ts';
import { readBeginning } from '../reader.ts';
import type { DatasetContext } from '../request.ts';
import { type Content, HTML, moved, type PublicResponse } from '../response.ts';
import { type Visit, visitOf } from '../visit.ts';
import { localMonth, monthAfter, monthName } from './local-periods.ts';
import { type MonthReport, monthReport } from './month-report.ts';
import { type ReportParts, type ReportSection, reportParts } from './report-parts.ts';
import { SlowAnswers } from './slow-answers.ts';

const HOUR = 3_600_000;
/** ms that the report of a month is kept: of the current one, and of one that has passed. */
const LIFETIME = { running: HOUR / 4, passed: 6 * HOUR };
const answers = new SlowAnswers(24);

/** `report/` leads to this month's; `report/2026-11/`, `2026-11.md` and `2026-11.json` are one month's. */
export async function reportSection(
  context: DatasetContext,
  rest: string,
): Promise<Content | PublicResponse> {
  const { options, path, query } = context;
  const { timeZone } = options;
  const search = query.size > 0 ? `?${query}` : '';
  // Relative to the address as it was asked for, with or without its last slash.
  const folder = path.endsWith('/') ? '' : 'report/';
  if (rest === '') return redirected(`${folder}${monthName(options.now(), timeZone)}/${search}`);
  const [, name = '', ending] = /^(\d{4}-\d\d)(\/|\.md|\.json)?$/.exec(rest) ?? [];
  const format = FORMATS[ending ?? ''];
  if (ending === undefined && name) return moved(`${name}/${search}`);
  if (!format) throw notFound();
  const [report, beginning] = await Promise.all([reportOf(context, name), beginningOf(context)]);
  return format(context, report, beginning);
}

/** The report of a month that has begun, back to the dataset's first. Throws RequestError for any other. */
export async function reportOf(
  { entry, site, options }: Pick<DatasetContext, 'entry' | 'site' | 'options'>,
  name: string,
): Promise<MonthReport> {
  const now = options.now();
  const month = localMonth(name, options.timeZone);
  if (!month || month.from > now) throw notFound();
  const beginning = await beginningOf({ entry, options });
  if (month.to <= (beginning ?? now)) throw notFound();
  const lifetime = month.to > now ? LIFETIME.running : LIFETIME.passed;
  const changes = site.publications?.log.changes ?? [];
  return answers.get(entry, `${name} ${changes.length}`, { now, lifetime }, () =>
    monthReport(entry, month, changes, now),
  );
}

/** First time of a dataset, ms since 1970 UTC; undefined while it is empty. */
export function beginningOf({
  entry,
  options,
}: Pick<DatasetContext, 'entry' | 'options'>): Promise<number | undefined> {
  return answers.get(entry, 'beginning', { now: options.now(), lifetime: HOUR }, () =>
    readBeginning(entry.dataset, entry.sources),
  );
}

type Format = (context: DatasetContext, report: MonthReport, beginning: number | undefined) => Content;

const FORMATS: Readonly<Record<string, Format>> = {
  '/': (context, report, beginning) => ({
    type: HTML,
    body: reportPage(context, report, beginning),
    ...common(report),
  }),
  '.md': (context, report) => {
    const { entry, options, language } = context;
    const parts = reportParts(entry, report, { language, timeZone: options.timeZone }, options.now());
    return { type: 'text/markdown; charset=utf-8', body: markdown(parts, context), ...common(report) };
  },
  '.json': ({ entry: { dataset, publisher } }, report) => ({
    type: 'application/json; charset=utf-8',
    body: JSON.stringify(
      { dataset: dataset.id, publisher: publisher.name, licence: LICENCES[dataset.licence].page, ...report },
      withIsoTimes,
    ),
    ...common(report),
  }),
};

function common({ to, until }: MonthReport): Pick<Content, 'maxAge' | 'vary'> {
  return { maxAge: until < to ? 900 : 3600, vary: 'Accept-Language' };
}

/** Moments are ISO 8601 in UTC for programs. */
function withIsoTimes(key: string, value: unknown): unknown {
  const isTime = ['from', 'to', 'until', 'time'].includes(key) && typeof value === 'number';
  return isTime ? new Date(value).toISOString() : value;
}

function reportPage(context: DatasetContext, report: MonthReport, beginning: number | undefined): string {
  const { entry } = context;
  const { dataset, publisher } = entry;
  const visit = visitOf(context);
  const { language } = visit;
  const parts = reportParts(entry, report, visit, visit.now);
  return page({
    visit,
    title: parts.title,
    owner: publisher.name,
    above: [
      { path: '', name: translate(language, 'opendata.page.all_datasets') },
      { path: `${dataset.id}/`, name: written(dataset.title, language) },
    ],
    alternates: [
      { type: 'application/json', href: `../${report.name}.json` },
      { type: 'text/markdown', href: `../${report.name}.md` },
    ],
    body: html`<h1>${parts.title}</h1>
${report.sandbox && sandboxNotice(language)}
<p class="lead">${parts.lead}</p>
${parts.sections.map(sectionOf)}
<p>${neighbours(report, visit, beginning)}</p>`,
  });
}

function sectionOf({ heading, lines = [], table }: ReportSection, index: number): Html {
  const id = `part-${index + 1}`;
  const list =
    lines.length > 1
      ? html`<ul>${lines.map((line) => html`<li>${line}</li>`)}</ul>`
      : html`<p>${lines[0]}</p>`;
  return html`<section aria-labelledby="${id}"><h2 id="${id}">${heading}</h2>
${lines.length > 0 && list}${table && scrollable(id, tableOf(table))}</section>`;
}

function tableOf({ columns, rows }: NonNullable<ReportSection['table']>): Html {
  const head = columns.map((column) => html`<th scope="col">${column}</th>`);
  const body = rows.map(
    ([first, ...cells]) =>
      html`<tr><th scope="row">${first}</th>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>`,
  );
  return html`<table><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table>`;
}

/** The months before and after, where there is a report of them, and the same for programs. */
function neighbours(
  { name, from, to }: MonthReport,
  { language, now, chosen }: Visit,
  beginning = from,
): Html {
  const search = chosen ? `?lang=${language}` : '';
  const link = (href: string, key: string) =>
    html`<a href="${href}">${translate(language, `opendata.report.${key}`)}</a>`;
  return html`${from > beginning && html`${link(`../${monthAfter(name, -1)}/${search}`, 'before')} · `}${
    to <= now && html`${link(`../${monthAfter(name, 1)}/${search}`, 'after')} · `
  }${link(`../${name}.md${search}`, 'markdown')} · ${link(`../${name}.json`, 'json')}`;
}

function markdown({ title, lead, notice, sections }: ReportParts, { entry, base }: DatasetContext): string {
  const blocks = sections.flatMap(({ heading, lines = [], table }) => [
    `## ${escaped(heading)}`,
    ...(lines.length > 1 ? [lines.map((line) => `- ${escaped(line)}`).join('\n')] : lines.map(escaped)),
    ...(table ? [markdownTable(table)] : []),
  ]);
  const source = `<${base}${entry.dataset.id}/>`;
  return `${[`# ${escaped(title)}`, escaped([lead, notice].filter(Boolean).join(' ')), ...blocks, source].join('\n\n')}\n`;
}

function markdownTable({ columns, rows }: NonNullable<ReportSection['table']>): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => escaped(cell)).join(' | ')} |`;
  return [line(columns), `|${' --- |'.repeat(columns.length)}`, ...rows.map(line)].join('\n');
}

/** Names of places are typed by people: what Markdown would read as markup is taken as it is. */
function escaped(text: string): string {
  return text.replace(/[\\`*_{}[\]<>#|]/g, '\\$&').replace(/\s+/g, ' ');
}

/** For the moment: next month it leads elsewhere. */
function redirected(location: string): PublicResponse {
  const { headers } = moved(location);
  return { status: 302, headers: { ...headers, 'Cache-Control': 'no-cache' }, body: '' };
}
