/** How a Byflyt is: what monitoring reads, and what staff see in the editor when something breaks. */
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import type { Health } from '../../nodes/operator/status/health.ts';
import {
  DESKTOP,
  type Editor,
  openBrowser,
  openEditor,
  openPage,
  signInOperator,
} from '../support/browser.ts';
import { eventually } from '../support/eventually.ts';
import { readOpenMetrics } from '../support/open-metrics.ts';
import { startVictoriaMetrics } from '../support/servers.ts';
import { Installation } from './installation.ts';

interface FlowNode {
  id: string;
  type: string;
  [property: string]: unknown;
}

const PICTURES = join(import.meta.dirname, '../../ci-output');
const STORE = 'byflyt-waste-store';
const INTAKE = 'byflyt-waste-intake';

describe('the status of a Byflyt', () => {
  let byflyt: Installation;
  let token: string;

  before(async () => {
    await mkdir(PICTURES, { recursive: true });
    byflyt = await Installation.prepare({ BYFLYT_SANDBOX: 'on' });
    await byflyt.start();
    token = await byflyt.signIn();
  });
  after(() => byflyt?.remove());

  const get = (path: string) => fetch(byflyt.site + path);
  const health = async (path: string) => {
    const response = await get(path);
    assert.match(response.headers.get('content-type') ?? '', /^application\/health\+json/);
    return { code: response.status, ...((await response.json()) as Health) };
  };

  /** Deploys the flows as `change` makes them; resolves with what was there before. */
  async function deploy(change: (nodes: FlowNode[]) => FlowNode[]): Promise<FlowNode[]> {
    const headers = {
      Authorization: `Bearer ${token}`,
      'Content-Type': 'application/json',
      'Node-RED-API-Version': 'v2',
    };
    const url = `${byflyt.site}/editor/flows`;
    const { flows } = (await (await fetch(url, { headers })).json()) as { flows: FlowNode[] };
    const body = JSON.stringify({ flows: change(flows) });
    const response = await fetch(url, { method: 'POST', headers, body });
    assert.equal(response.status, 200);
    return flows;
  }

  describe('for programs', () => {
    it('is alive and ready, with one line per component', async () => {
      const alive = await health('/health');
      assert.deepEqual([alive.code, Object.keys(alive.checks)], [200, ['eventLoop:delay']]);
      const ready = await eventually(async () => {
        const answer = await health('/ready');
        assert.deepEqual([answer.code, answer.status], [200, 'pass']);
        return answer;
      });
      assert.ok(Object.values(ready.checks).every(([check]) => check?.status === 'pass'));
    });

    it('counts messages in metrics that a strict reader and VictoriaMetrics understand', async () => {
      const stored = /^byflyt_messages_stored_total\{[^}]*\} [1-9]/m;
      const response = await eventually(async () => {
        assert.match(await (await get('/metrics')).text(), stored);
        return get('/metrics');
      });
      assert.equal(
        response.headers.get('content-type'),
        'application/openmetrics-text; version=1.0.0; charset=utf-8',
      );
      const text = await response.text();
      const families = readOpenMetrics(text);
      const total = (name: string) =>
        (families.get(name)?.samples ?? []).reduce((sum, { value }) => sum + value, 0);
      assert.ok(total('byflyt_messages_received') > 0);
      assert.ok(total('byflyt_messages_stored') > 0);
      assert.equal(
        total('byflyt_messages_received'),
        ['stored', 'rejected', 'dropped', 'queued', 'unaccounted', 'in_flow']
          .map((end) => total(`byflyt_messages_${end}`))
          .reduce((sum, count) => sum + count, 0),
      );
      assert.equal(total('byflyt_database_up'), 1);
      for (const name of ['process_resident_memory_bytes', 'nodejs_eventloop_lag_p99_seconds']) {
        assert.ok(families.has(name), name);
      }
      assert.doesNotMatch(text, /sandbox-|device="/i, 'no device is named');
      await imported(text, families.size);
    });

    async function imported(text: string, atLeast: number): Promise<void> {
      const server = await startVictoriaMetrics();
      try {
        const answer = await fetch(`${server.url}/api/v1/import/prometheus`, { method: 'POST', body: text });
        assert.equal(answer.status, 204);
        await eventually(async () => {
          const names = await fetch(`${server.url}/api/v1/label/__name__/values`);
          const { data } = (await names.json()) as { data: string[] };
          assert.ok(data.includes('byflyt_messages_received_total'), data.join());
          assert.ok(data.length >= atLeast, data.join());
        });
      } finally {
        await server.stop();
      }
    }

    it('keeps metrics from whoever comes through a proxy', async () => {
      const response = await fetch(`${byflyt.site}/metrics`, { headers: { 'X-Forwarded-For': '192.0.2.1' } });
      assert.equal(response.status, 403);
      assert.equal((await fetch(`${byflyt.site}/editor/byflyt/problems`)).status, 401);
    });

    it('is not ready while an intake has no broker, and ready again afterwards', async () => {
      const before = await deploy((nodes) =>
        nodes.map((node) =>
          node.id === INTAKE ? { ...node, broker: 'own', url: 'mqtt://127.0.0.1:1' } : node,
        ),
      );
      await eventually(async () => {
        const { code, checks } = await health('/ready');
        assert.deepEqual([code, checks.intake?.[0]?.status], [503, 'fail']);
        assert.match(checks.intake?.[0]?.output ?? '', /intake\.error\.brokerAway/);
      });
      await deploy(() => before);
      await eventually(async () => assert.equal((await health('/ready')).code, 200));
    });
  });

  describe('for staff', () => {
    let browser: Browser;
    let editor: Editor;
    before(async () => {
      browser = await openBrowser();
      editor = await openEditor(browser, byflyt);
    });
    after(() => browser?.close());

    const picture = (page: Page, name: string) => page.screenshot({ path: join(PICTURES, `${name}.png`) });
    const badge = () => editor.page.locator('#byflyt-status-badge button');
    const tab = () => editor.page.locator('#byflyt-status-page');

    it('is in sight below the canvas, and opens with the keyboard', async () => {
      await badge().getByText('all is well').waitFor();
      await badge().focus();
      await editor.page.keyboard.press('Enter');
      await tab().getByText('All is well: messages are received').waitFor();
      await picture(editor.page, 'status-well');
    });

    it('names a flow without a store, what to do, and shows the node', async () => {
      const before = await deploy((nodes) => nodes.filter(({ id }) => id !== STORE));
      const line = tab().getByRole('listitem').filter({ hasText: 'can reach no store node' });
      await line.waitFor();
      await badge().getByText('1 thing needs attention').waitFor();
      await line.getByRole('button', { name: 'Show Waste: intake' }).focus();
      await editor.page.keyboard.press('Enter');
      await editor.node(INTAKE).locator('rect.red-ui-flow-node').waitFor();
      await picture(editor.page, 'status-no-store');

      const page = await openPage(browser, DESKTOP);
      await signInOperator(page, byflyt);
      await page.locator('.problems').getByText('can reach no store node').waitFor();
      await picture(page, 'status-operator-page');
      await page.close();

      await deploy(() => before);
      await badge().getByText('all is well').waitFor();
      assert.equal(await line.count(), 0);
    });

    it('says that Byflyt does not answer', async () => {
      await byflyt.kill();
      await badge().getByText('does not answer').waitFor();
      await tab().getByText('Byflyt does not answer. It may be restarting').waitFor();
    });
  });
});
