import { readFileSync } from 'node:fs';
import { ConfigurationError, ConnectionError, MessageError } from '../observation/errors.ts';
import { describeError, type Language } from '../observation/messages.ts';
import { html } from '../opendata/html.ts';
import { preferredLanguage } from '../opendata/negotiation.ts';
import type { Locale } from '../opendata/wording.ts';
import { alarmAction } from './alarm-action.ts';
import { asideAction } from './aside-action.ts';
import { operatorContent } from './content.ts';
import { publicFeedbackAction } from './public-feedback-section.ts';
import { seriesChart } from './series-chart.ts';
import { SHELL_HEADERS, shellPage } from './shell.ts';
import type { OperatorSources } from './sources.ts';
import type { StatusReport } from './status/problem-lines.ts';
import { statusSection } from './status/status-section.ts';

export interface OperatorRequest {
  query: URLSearchParams;
  acceptLanguage: string | undefined;
  /** Of a change: what a foreign page cannot send without asking, and the JSON of its body. */
  requestedWith?: string | undefined;
  body?: unknown;
}

export interface OperatorResponse {
  status: number;
  headers: Readonly<Record<string, string>>;
  body: string;
}

/** A page or file of the operator page, below Node-RED's admin root. */
export interface OperatorRoute {
  path: string;
  /** A change is made by POST, by staff who may write. */
  changes: boolean;
  /** Whether it may be read without signing in: there are no measurements in it. */
  open: boolean;
  answer(request: OperatorRequest): Promise<OperatorResponse>;
}

export interface OperatorOptions {
  language: Language;
  /** IANA zone of the clock times. */
  timeZone: string;
  /** Lends the sources for the time of one request. Throws ConfigurationError while a config node is missing. */
  withSources<T>(use: (sources: OperatorSources) => Promise<T>): Promise<T>;
  onProblem(error: unknown): void;
  /** What stands at the top of the page, whatever else is missing. */
  status(locale: Locale): StatusReport;
  /** ms since 1970 UTC. */
  now(): number;
}

const ROOT = '/byflyt/operator';
/** What the page's script sends in `X-Requested-With`. */
const REQUESTED_WITH = 'byflyt-operator';
const FILES = [
  { name: 'operator.js', url: new URL('./page/operator.js', import.meta.url), type: 'text/javascript' },
  { name: 'operator.css', url: new URL('./page/operator.css', import.meta.url), type: 'text/css' },
  { name: 'page.css', url: new URL('../opendata/page.css', import.meta.url), type: 'text/css' },
];

/** All routes of the operator page. Answers never reject: what goes wrong becomes a sentence in the page. */
export function operatorRoutes(options: OperatorOptions): OperatorRoute[] {
  const localeOf = ({ query, acceptLanguage }: OperatorRequest): Locale => ({
    language: preferredLanguage(query.get('lang'), acceptLanguage, options.language),
    timeZone: options.timeZone,
  });
  const guarded = (
    name: string,
    render: (request: OperatorRequest, sources: OperatorSources, locale: Locale) => Promise<string>,
  ): OperatorRoute => ({
    path: `${ROOT}/${name}`,
    changes: false,
    open: false,
    answer: async (request) => {
      const locale = localeOf(request);
      try {
        return fragment(200, await options.withSources((sources) => render(request, sources, locale)));
      } catch (error) {
        return problem(error, locale.language, options);
      }
    },
  });
  return [
    {
      path: ROOT,
      changes: false,
      open: true,
      answer: async (request) => ({
        status: 200,
        headers: SHELL_HEADERS,
        body: shellPage(localeOf(request).language),
      }),
    },
    ...FILES.map(fileRoute),
    statusFirst(
      guarded('content', (_request, sources, locale) => operatorContent(sources, locale, options.now())),
      (request) => options.status(localeOf(request)),
    ),
    guarded('chart', ({ query }, sources, locale) => {
      const asked = (name: string) => query.get(name) ?? '';
      const request = { device: asked('device'), quantity: asked('quantity'), days: Number(asked('days')) };
      return seriesChart(request, sources, locale, options.now());
    }),
    ownPagesOnly(
      guarded('alarm', async ({ body }, sources, { language }) =>
        alarmAction(body, sources, language, options.now()),
      ),
    ),
    ownPagesOnly(
      guarded('feedback', async ({ body }, { state }, { language }) =>
        publicFeedbackAction(body, state, language),
      ),
    ),
    ownPagesOnly(
      guarded('aside', async ({ body }, { aside }, { language }) => asideAction(body, aside, language)),
    ),
  ];
}

/**
 * A change. The sign-in goes in a header, not in a cookie, so a foreign page cannot borrow it; where there is no
 * sign-in, this header keeps foreign pages out, as browsers do not let them set it.
 */
function ownPagesOnly(route: OperatorRoute): OperatorRoute {
  return {
    ...route,
    changes: true,
    answer: async (request) =>
      request.requestedWith === REQUESTED_WITH ? route.answer(request) : fragment(403, ''),
  };
}

/** The page tells the status also while a config node is missing or the database is away. */
function statusFirst(
  route: OperatorRoute,
  status: (request: OperatorRequest) => StatusReport,
): OperatorRoute {
  return {
    ...route,
    answer: async (request) => {
      const response = await route.answer(request);
      return { ...response, body: statusSection(status(request)).markup + response.body };
    },
  };
}

function fileRoute({ name, url, type }: (typeof FILES)[number]): OperatorRoute {
  const body = readFileSync(url, 'utf8');
  const headers = { 'Content-Type': `${type}; charset=utf-8`, 'Cache-Control': 'no-cache' };
  return {
    path: `${ROOT}/${name}`,
    changes: false,
    open: true,
    answer: async () => ({ status: 200, headers, body }),
  };
}

/** HTTP statuses of errors that are nobody's mistake here. */
const STATUSES = [
  [ConfigurationError, 404],
  [ConnectionError, 503],
  [MessageError, 400],
] as const;

function problem(error: unknown, language: Language, { onProblem }: OperatorOptions): OperatorResponse {
  const [, status] = STATUSES.find(([kind]) => error instanceof kind) ?? [undefined, 500];
  if (status === 500) onProblem(error);
  return fragment(status, html`<p class="notice">${describeError(error, language)}</p>`.markup);
}

function fragment(status: number, body: string): OperatorResponse {
  const headers = { 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-store' };
  return { status, headers, body };
}
