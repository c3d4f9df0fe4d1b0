import assert from 'node:assert/strict';
import type { Locale } from '../../../../nodes/opendata/wording.ts';
import type { Health } from '../../../../nodes/operator/status/health.ts';
import { type StatusRequest, statusRoutes } from '../../../../nodes/operator/status/status-routes.ts';

const TOKEN = 'a token of this test';

describe('status routes', () => {
  let ready: Health = { status: 'pass', checks: {} };
  const locales: Locale[] = [];
  const service = {
    report: (locale: Locale) => {
      locales.push(locale);
      return { title: '', status: 'pass' as const, sentence: 'All is well.', lines: [] };
    },
    health: (): Health => ({ status: 'pass', checks: {} }),
    ready: () => ready,
    metrics: () => '# EOF\n',
  };

  function routes(metricsToken?: string) {
    return statusRoutes({ service, language: 'nb', timeZone: 'Europe/Oslo', metricsToken });
  }
  function get(path: string, request: Partial<StatusRequest> = {}, metricsToken?: string) {
    const route = routes(metricsToken).find((candidate) => candidate.path === `/byflyt/${path}`);
    assert.ok(route, path);
    return route.answer({
      query: new URLSearchParams(),
      headers: {},
      remoteAddress: '192.0.2.7',
      ...request,
    });
  }

  it('open health to everybody, and sentences to staff only', () => {
    const behind = routes().filter(({ signIn }) => signIn);
    assert.deepEqual(
      behind.map(({ path }) => path),
      ['/byflyt/problems'],
    );
    const { status, headers, body } = get('health');
    assert.deepEqual([status, headers['Content-Type']], [200, 'application/health+json']);
    assert.deepEqual(JSON.parse(body), { status: 'pass', checks: {} });
  });

  it('answer 503 when it is not ready', () => {
    assert.equal(get('ready').status, 200);
    ready = { status: 'warn', checks: {} };
    assert.equal(get('ready').status, 200);
    ready = { status: 'fail', checks: {} };
    assert.equal(get('ready').status, 503);
  });

  it('show metrics to programs on this machine only, and not through a proxy', () => {
    for (const remoteAddress of ['127.0.0.1', '127.8.0.1', '::1', '::ffff:127.0.0.1']) {
      assert.equal(get('metrics', { remoteAddress }).status, 200, remoteAddress);
      for (const header of ['x-forwarded-for', 'forwarded', 'via', 'x-real-ip']) {
        assert.equal(get('metrics', { remoteAddress, headers: { [header]: 'x' } }).status, 403, header);
      }
    }
    for (const remoteAddress of ['192.0.2.7', '::ffff:192.0.2.7', '2001:db8::1', '', undefined]) {
      const { status, body } = get('metrics', { remoteAddress });
      assert.deepEqual([status, body], [403, ''], remoteAddress);
    }
  });

  it('show metrics to whoever sends the token, once there is one', () => {
    const sent = (authorization?: string) => {
      const headers = authorization === undefined ? {} : { authorization };
      return get('metrics', { headers, remoteAddress: '127.0.0.1' }, TOKEN);
    };
    assert.equal(sent(`Bearer ${TOKEN}`).status, 200);
    for (const wrong of [undefined, '', TOKEN, `Bearer ${TOKEN}x`, `bearer ${TOKEN}`, 'Basic x']) {
      const { status, headers } = sent(wrong);
      assert.deepEqual([status, headers['WWW-Authenticate']], [401, 'Bearer'], wrong);
    }
  });

  it('name the format that the reader asks for', () => {
    const type = (accept?: string) =>
      get('metrics', {
        remoteAddress: '::1',
        headers: accept === undefined ? {} : { accept },
      }).headers['Content-Type'];
    const open = 'application/openmetrics-text; version=1.0.0; charset=utf-8';
    assert.equal(type(), open);
    assert.equal(type('*/*'), open);
    // What Prometheus 3 sends, in short, and what Telegraf does.
    assert.equal(
      type('application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.3'),
      open,
    );
    assert.equal(
      type('application/vnd.google.protobuf;q=0.7,text/plain;version=0.0.4;q=0.3'),
      'text/plain; version=0.0.4; charset=utf-8',
    );
  });

  it('speak the language that is asked for', () => {
    get('problems', { query: new URLSearchParams('lang=en') });
    get('problems', { headers: { 'accept-language': 'en-GB' } });
    get('problems');
    assert.deepEqual(
      locales.map(({ language }) => language),
      ['en-US', 'en-US', 'nb'],
    );
  });
});
