/** The NB-IoT intake in the app: staff set it in a real browser, and a device sends to what they set. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Browser } from 'playwright-core';
import { freePort } from '../nodes/lorawan/gateway-support.ts';
import { ask } from '../nodes/nbiot/coap-devices.ts';
import { type Editor, openBrowser, openEditor } from '../support/browser.ts';
import { eventually } from '../support/eventually.ts';
import { Installation } from './installation.ts';

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'];

/** Node-RED's editor in the page. */
declare const RED: { nodes: { node(id: string): Record<string, unknown> & { valid: boolean } } };
declare const axe: { run(context: object, options: object): Promise<AxeResults> };

/** A setting of the installation, as Node-RED's forms write it. */
const variable = (name: string) => `$\{${name}}`;

describe('the NB-IoT intake in the browser', () => {
  let byflyt: Installation;
  let browser: Browser;
  let editor: Editor;
  let port: number;

  before(async () => {
    port = await freePort();
    byflyt = await Installation.prepare();
    await byflyt.start();
    const headers = { Authorization: `Bearer ${await byflyt.signIn()}`, 'Content-Type': 'application/json' };
    const node = {
      ...{
        id: 'nbiot',
        z: 'own',
        type: 'byflyt-nbiot-intake',
        devices: 'own-devices',
        x: 200,
        y: 100,
        wires: [[], []],
      },
      ...{
        coap: true,
        coapPort: String(port),
        udp: false,
        udpPort: '5700',
        address: '127.0.0.1',
        networks: [],
      },
      ...{ paths: [], observed: [], acknowledgement: '', keepDownlinks: '168', longest: '16384' },
      ...{ perSource: '50', strangers: '200' },
    };
    const flow = [
      { id: 'own', type: 'tab', label: 'own' },
      { id: 'own-devices', type: 'byflyt-devices', name: 'devices' },
      node,
    ];
    await fetch(`${byflyt.site}/editor/flows`, { method: 'POST', headers, body: JSON.stringify(flow) });
    browser = await openBrowser();
    editor = await openEditor(browser, byflyt);
    await editor.page.evaluate(
      await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'),
    );
  });
  after(async () => {
    await browser?.close();
    await byflyt?.remove();
  });

  const node = (...fields: string[]) =>
    editor.page.evaluate((names) => {
      const found = RED.nodes.node('nbiot');
      return names.map((name) => found[name]);
    }, fields);

  it('takes what a device sends', async () => {
    await eventually(async () =>
      assert.equal((await ask(port, { path: '/bins', payload: 'full' })).code, '2.04'),
    );
  });

  it('keeps ports, networks, paths and limits, all with labels and by keyboard', async () => {
    const form = await editor.openNode('nbiot');
    await form.getByLabel('Plain UDP').check();
    await form.getByLabel('port').last().fill('5701');
    await form.getByRole('button', { name: 'network' }).click();
    await form.getByLabel('Network or address').fill('10.64.0.0/16');
    await form.getByRole('button', { name: 'path' }).press('Enter');
    await form.getByLabel('Path', { exact: true }).fill('/bins');
    await form.getByLabel('Answer to each message').fill('06 {time}');
    const { violations } = await editor.page.evaluate(
      (rules) =>
        // Node-RED's own traps for password managers have no labels.
        axe.run({ include: [['#dialog-form']], exclude: [['[id^=red-ui-trap]']] }, { runOnly: rules }),
      RULES,
    );
    assert.deepEqual(
      violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`),
      [],
    );
    await editor.done();
    assert.deepEqual(await node('udp', 'udpPort', 'networks', 'paths', 'acknowledgement', 'valid'), [
      ...[true, '5701', ['10.64.0.0/16'], ['/bins'], '06 {time}', true],
    ]);
  });

  it('may take its port and address from the settings of the installation', async () => {
    const form = await editor.openNode('nbiot');
    await form.getByLabel('port').first().fill(variable('BYFLYT_COAP_PORT'));
    await form.getByLabel('Listens on').fill(variable('BYFLYT_NBIOT_HOST'));
    await editor.done();
    assert.deepEqual(await node('valid'), [true]);
  });

  it('hides what is only for CoAP, and marks a node that listens to nothing', async () => {
    const form = await editor.openNode('nbiot');
    await form.getByLabel('CoAP', { exact: true }).uncheck();
    assert.equal(await form.getByText('Resources of devices').isVisible(), false);
    await form.getByLabel('Plain UDP').uncheck();
    await editor.done();
    assert.deepEqual(await node('valid'), [false]);
  });
});
