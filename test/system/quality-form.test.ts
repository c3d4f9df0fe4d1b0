/** How staff set the limits of the quality check, in a real browser. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Browser, Locator } from 'playwright-core';
import { type Editor, openBrowser, openEditor } from '../support/browser.ts';
import { Installation } from './installation.ts';

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'];
const CHECK = 'byflyt-quality-check';

interface EditorNode {
  id: string;
  type: string;
  z: string;
  valid: boolean;
  overrides?: object[];
  preset?: string;
}

/** Node-RED's editor in the page. */
declare const RED: {
  nodes: { eachNode(visit: (node: EditorNode) => void): void };
  workspaces: { active(): string };
};
declare const axe: { run(context: object, options: object): Promise<AxeResults> };

describe('the quality check in the browser', () => {
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
  });
  after(async () => {
    await browser?.close();
    await byflyt?.remove();
  });

  const nodeOf = (type: string): Promise<EditorNode | undefined> =>
    editor.page.evaluate((wanted) => {
      let found: EditorNode | undefined;
      RED.nodes.eachNode((node) => {
        if (node.type === wanted && node.z === RED.workspaces.active()) found ??= node;
      });
      if (!found) return undefined;
      const { id, type: own, z, valid, overrides, preset } = found;
      return { id, type: own, z, valid, overrides, preset } as EditorNode;
    }, type);

  const unreadable = (): Promise<string[]> =>
    editor.page.evaluate(async (rules) => {
      // Node-RED's own traps for password managers have no labels.
      const context = { include: [['#dialog-form']], exclude: [['[id^=red-ui-trap]']] };
      const { violations } = await axe.run(context, { runOnly: rules });
      return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
    }, RULES);

  async function openCheck(): Promise<Locator> {
    const { id = '' } = (await nodeOf(CHECK)) ?? {};
    return editor.openNode(id);
  }

  it('keeps limits for one device and for a season', async () => {
    const form = await openCheck();
    await form
      .getByLabel('Start from')
      .selectOption({ label: 'usual limits, outdoors in the Nordic climate' });
    await form.getByText('Also knows what is possible outdoors').waitFor();
    await form.getByText('Your own limits').click();
    await form.getByRole('button', { name: 'quantity' }).click();
    await form.getByLabel('Only for device (name)').fill('Trail sensor A');
    await form.getByLabel('Applies').selectOption('in some months');
    assert.equal(await form.getByLabel('Fastest change per hour').isVisible(), false);
    await form.getByLabel('From', { exact: true }).fill('11');
    await form.getByLabel('To', { exact: true }).fill('2');
    await form.getByLabel('Unlikely above').fill('7,5');
    assert.deepEqual(await unreadable(), []);
    if (process.env.BYFLYT_PICTURES)
      await editor.page.screenshot({ path: `${process.env.BYFLYT_PICTURES}/quality-form.png` });
    await editor.done();
    const node = await nodeOf(CHECK);
    assert.equal(node?.preset, 'outdoors');
    assert.deepEqual(node?.overrides, [
      {
        quantity: 'air_temperature',
        when: 'month',
        device: 'Trail sensor A',
        from: '11',
        to: '2',
        suspectHigh: '7,5',
      },
    ]);
    assert.equal(node?.valid, true);
  });

  it('marks a node whose season is none, with the reason', async () => {
    const form = await openCheck();
    await form.getByLabel('To', { exact: true }).fill('13');
    await editor.done();
    assert.equal((await nodeOf(CHECK))?.valid, false);
  });
});
