/** How staff choose what LwM2M devices report and what may be written to them, in a real browser. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Browser } from 'playwright-core';
import { type Editor, openBrowser, openEditor } from '../support/browser.ts';
import { Installation } from './installation.ts';

const SERVER = 'byflyt-nbiot-lwm2m';

interface ServerNode {
  valid: boolean;
  port: string;
  networks: string[];
  observe: object[];
  allowed: object[];
}

/** Node-RED's editor in the page. */
declare const RED: { nodes: { node(id: string): ServerNode } };
declare const axe: { run(context: object, options: object): Promise<AxeResults> };

describe('the LwM2M server in the browser', () => {
  let byflyt: Installation;
  let browser: Browser;
  let editor: Editor;

  before(async () => {
    byflyt = await Installation.prepare({ BYFLYT_SANDBOX: 'on' });
    await byflyt.start();
    browser = await openBrowser();
    editor = await openEditor(browser, byflyt);
    await editor.page.evaluate(
      await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'),
    );
    await editor.showFlow('NB-IoT');
  });
  after(async () => {
    await browser?.close();
    await byflyt?.remove();
  });

  const server = (): Promise<ServerNode> =>
    editor.page.evaluate((id) => {
      const { valid, port, networks, observe, allowed } = RED.nodes.node(id);
      return { valid, port, networks, observe, allowed };
    }, SERVER);

  it('keeps what devices report and what may be written', async () => {
    const form = await editor.openNode(SERVER);
    await form.getByRole('button', { name: 'report something' }).click();
    await form.getByLabel('Path').fill('/3330/*/5700');
    await form.getByLabel('Not before (s)').fill('60');
    await form.getByLabel('At least every (s)').fill('3600');
    await form.getByRole('button', { name: 'allow something' }).click();
    await form.getByLabel('Device', { exact: true }).selectOption({ value: 'sandbox-bin-biblioteket' });
    await form.getByLabel('Path').nth(1).fill('/3330/0/5603');
    await form.getByLabel('To', { exact: true }).fill('2,5');
    await form.getByRole('button', { name: 'network' }).click();
    await form.getByLabel('Network or address').fill('10.64.0.0/16');
    const violations = await editor.page.evaluate(async () => {
      const context = { include: [['#dialog-form']], exclude: [['[id^=red-ui-trap]']] };
      const found = await axe.run(context, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] });
      return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
    });
    assert.deepEqual(violations, []);
    if (process.env.BYFLYT_PICTURES)
      await editor.page.screenshot({ path: `${process.env.BYFLYT_PICTURES}/lwm2m-form.png` });
    await editor.done();
    const { valid, port, networks, observe, allowed } = await server();
    assert.match(port, /^\$\{BYFLYT_LWM2M_PORT\}$/);
    assert.deepEqual(networks, ['10.64.0.0/16']);
    assert.deepEqual(observe, [{ path: '/3330/*/5700', pmin: '60', pmax: '3600' }]);
    assert.deepEqual(allowed, [{ device: 'sandbox-bin-biblioteket', path: '/3330/0/5603', highest: '2,5' }]);
    assert.equal(valid, true);
  });

  it('marks a node that asks for the keys of devices', async () => {
    const form = await editor.openNode(SERVER);
    await form.getByLabel('Path').first().fill('/0/0/5');
    await editor.done();
    assert.equal((await server()).valid, false);
  });
});
