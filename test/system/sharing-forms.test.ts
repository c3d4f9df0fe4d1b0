/** Staff pass a dataset on to a context broker, a data portal and a chat by three forms. */
import assert from 'node:assert/strict';
import type { Browser, Locator } from 'playwright-core';
import { type Editor, openBrowser, openEditor } from '../support/browser.ts';
import { eventually } from '../support/eventually.ts';
import { Installation } from './installation.ts';

interface EditorWindow {
  RED: {
    nodes: {
      import(nodes: object[]): void;
      node(id: string): { valid: boolean };
      getType(type: string): { defaults: Record<string, { value: unknown }> };
    };
    workspaces: { active(): string };
    view: { redraw(isAll: boolean): void };
  };
}

describe('forms of the nodes that pass a dataset on', () => {
  let installation: Installation;
  let browser: Browser;
  let editor: Editor;

  before(async () => {
    installation = await Installation.prepare({
      BYFLYT_SANDBOX: 'on',
      BYFLYT_PUBLIC_URL: 'https://data.example.org',
    });
    [browser] = await Promise.all([openBrowser(), installation.start()]);
    editor = await openEditor(browser, installation);
    await editor.showFlow('Ski trail');
  });
  after(async () => {
    await browser?.close();
    await installation?.remove();
  });

  async function open(id: string, type: string): Promise<Locator> {
    await editor.page.evaluate(
      ([nodeId, nodeType]) => {
        const { RED } = globalThis as unknown as EditorWindow;
        const z = RED.workspaces.active();
        const defaults = Object.entries(RED.nodes.getType(nodeType).defaults);
        const values = Object.fromEntries(defaults.map(([name, { value }]) => [name, value]));
        RED.nodes.import([{ ...values, id: nodeId, type: nodeType, z, x: 200, y: 700, wires: [] }]);
        RED.view.redraw(true);
      },
      [id, type] as const,
    );
    const form = await editor.openNode(id);
    await form.locator('#node-input-dataset').selectOption('ski-trail');
    return form;
  }
  const isValid = (id: string) =>
    editor.page.evaluate(
      (nodeId) => (globalThis as unknown as EditorWindow).RED.nodes.node(nodeId).valid,
      id,
    );
  /** Presses the button until the sandbox has measured something. */
  const shown = (form: Locator, kind: string, pattern: RegExp) =>
    eventually(async () => {
      await form.locator(`#byflyt-${kind}-preview`).click();
      await editor.page.waitForTimeout(500);
      assert.match((await form.locator(`#byflyt-${kind}-preview-text`).textContent()) ?? '', pattern);
    });

  it('show the entities for a context broker', async () => {
    const form = await open('o-broker', 'byflyt-ngsi-ld');
    await form.locator('#node-input-url').fill('nowhere');
    await shown(form, 'ngsi-ld', /simulated sensors[\s\S]*urn:ngsi-ld:WeatherObserved:ski-trail:/);
    await editor.done();
    assert.equal(await isValid('o-broker'), false);
    const again = await editor.openNode('o-broker');
    await again.locator('#node-input-url').fill('http://broker.example.org/');
    await editor.done();
    assert.equal(await isValid('o-broker'), true);
  });

  it('show the dataset for a CKAN portal', async () => {
    const form = await open('o-portal', 'byflyt-ckan');
    await form.locator('#node-input-url').fill('https://portal.example.org');
    await form.locator('#node-input-organisation').fill('fjellby');
    await form.locator('#node-input-style').selectOption('open-data-dk');
    await shown(
      form,
      'ckan',
      /title_translated[\s\S]*https:\/\/data\.example\.org\/opendata\/ski-trail\/data\.csv/,
    );
    await editor.done();
    assert.equal(await isValid('o-portal'), true);
  });

  it('show the post and its chart', async () => {
    const form = await open('o-post', 'byflyt-share');
    assert.equal(await form.locator('#byflyt-share-url').isVisible(), false);
    await form.locator('#node-input-channel').selectOption('mastodon');
    assert.equal(await form.locator('#byflyt-share-url').isVisible(), true);
    await form.locator('#node-input-language').selectOption('en');
    await shown(form, 'share', /Ski trail[^\n]*, \d+ \w+ \d{4}\n/);
    const picture = form.locator('#byflyt-share-picture');
    await picture.waitFor();
    assert.ok(
      await picture.evaluate((image) => (image as unknown as { naturalWidth: number }).naturalWidth > 0),
    );
    await editor.done();
    assert.equal(await isValid('o-post'), true);
  });
});
