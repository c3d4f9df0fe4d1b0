import { createHash, timingSafeEqual } from 'node:crypto';
import type { Language } from '../../observation/messages.ts';
import { negotiate, preferredLanguage } from '../../opendata/negotiation.ts';
import { HEALTH_TYPE, type Health, httpStatusOf } from './health.ts';
import { METRICS_TYPES } from './open-metrics.ts';
import type { StatusService } from './status-service.ts';

export interface StatusRequest {
  query: URLSearchParams;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Address at the other end of the connection. */
  remoteAddress: string | undefined;
}

export interface StatusResponse {
  status: number;
  headers: Readonly<Record<string, string>>;
  body: string;
}

export interface StatusRoute {
  path: string;
  /** Behind the editor's sign-in. */
  signIn: boolean;
  answer(request: StatusRequest): StatusResponse;
}

export interface StatusRouteOptions {
  service: Pick<StatusService, 'report' | 'health' | 'ready' | 'metrics'>;
  language: Language;
  /** IANA zone of the clock times. */
  timeZone: string;
  /** Opens /metrics to whoever sends it as a bearer token; without it, to programs on this machine. */
  metricsToken: string | undefined;
}

/** Nobody may keep an answer: it is about now. */
const NOW_ONLY = { 'Cache-Control': 'no-store' };

/** /health, /ready and /metrics for programs, /problems for the editor; below `/byflyt`. */
export function statusRoutes({
  service,
  language,
  timeZone,
  metricsToken,
}: StatusRouteOptions): StatusRoute[] {
  return [
    { path: '/byflyt/health', signIn: false, answer: () => healthResponse(service.health()) },
    { path: '/byflyt/ready', signIn: false, answer: () => healthResponse(service.ready()) },
    {
      path: '/byflyt/metrics',
      signIn: false,
      answer: (request) => {
        if (!mayReadMetrics(request, metricsToken)) return refusal(metricsToken);
        const type = negotiate(text(request.headers.accept), [...METRICS_TYPES].map(plainType) as [string]);
        const full = METRICS_TYPES.find((offered) => offered.startsWith(type)) ?? METRICS_TYPES[0];
        return { status: 200, headers: { 'Content-Type': full, ...NOW_ONLY }, body: service.metrics() };
      },
    },
    {
      path: '/byflyt/problems',
      signIn: true,
      answer: ({ query, headers }) => {
        const wanted = preferredLanguage(query.get('lang'), text(headers['accept-language']), language);
        return json(200, 'application/json', service.report({ language: wanted, timeZone }));
      },
    },
  ];
}

function healthResponse(health: Health): StatusResponse {
  return json(httpStatusOf(health), HEALTH_TYPE, health);
}

function json(status: number, type: string, content: object): StatusResponse {
  return { status, headers: { 'Content-Type': type, ...NOW_ONLY }, body: JSON.stringify(content) };
}

const LOOPBACK = /^(::ffff:)?127\.\d+\.\d+\.\d+$|^::1$/;
/** Headers of a proxy: the request comes from this machine, but who asks may be anywhere. */
const FORWARDED = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'via'];

function mayReadMetrics({ headers, remoteAddress = '' }: StatusRequest, token: string | undefined): boolean {
  if (token !== undefined) return isSame(text(headers.authorization) ?? '', `Bearer ${token}`);
  return LOOPBACK.test(remoteAddress) && FORWARDED.every((name) => headers[name] === undefined);
}

function refusal(token: string | undefined): StatusResponse {
  if (token === undefined) return { status: 403, headers: NOW_ONLY, body: '' };
  return { status: 401, headers: { 'WWW-Authenticate': 'Bearer', ...NOW_ONLY }, body: '' };
}

/** Compares digests, in constant time and whatever the lengths. */
function isSame(given: string, wanted: string): boolean {
  const digest = (value: string) => createHash('sha256').update(value).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}

function plainType(type: string): string {
  return type.replace(/;.*/, '');
}

function text(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header.join(', ') : header;
}
