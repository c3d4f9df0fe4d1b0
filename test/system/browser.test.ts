/** What municipal staff and citizens see in a real browser after a first start with sandbox devices. */
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import {
  DESKTOP,
  type Editor,
  openBrowser,
  openEditor,
  openPage,
  PHONE,
  signInOperator,
} from '../support/browser.ts';
import { eventually } from '../support/eventually.ts';
import { Installation } from './installation.ts';
import { sharedLines } from './uplinks.ts';

const PICTURES = join(import.meta.dirname, '../../ci-output');
const MODEL = 'Milesight EM310-UDL';

interface Vector {
  device: string;
  direction: string;
  fPort: number;
  bytesHex: string;
  expected: { data?: { distance?: number; battery?: number } };
}

describe('in the browser', () => {
  let byflyt: Installation;
  let browser: Browser;
  let editor: Editor;

  before(async () => {
    await mkdir(PICTURES, { recursive: true });
    byflyt = await Installation.prepare({ BYFLYT_SANDBOX: 'on' });
    await byflyt.start();
    browser = await openBrowser();
    editor = await openEditor(browser, byflyt);
  });
  after(async () => {
    await browser?.close();
    await byflyt?.remove();
  });

  const picture = (page: Page, name: string) => page.screenshot({ path: join(PICTURES, `${name}.png`) });

  it('shows each area as a flow that fits on a laptop’s screen and has nothing to complain about', async () => {
    for (const [label, prefix] of [
      ['NB-IoT sensors', 'byflyt-nbiot-'],
      ['Water level', 'byflyt-water-level-'],
      ['Waste', 'byflyt-waste-'],
      ['Ski trail', 'byflyt-ski-trail-'],
    ] as const) {
      await editor.showFlow(label);
      if (prefix !== 'byflyt-nbiot-') await editor.node(`${prefix}store`).getByText('saved').waitFor();
      assert.deepEqual(await editor.outsideOfCanvas(), [], label);
      assert.deepEqual(await editor.overlapping(), [], label);
      assert.equal(await editor.page.locator('.red-ui-flow-node-error:visible').count(), 0, label);
      await picture(editor.page, `editor-${prefix.slice(7, -1)}`);
    }
  });

  it('decodes a pasted vendor payload into values with units, before anything is deployed', async () => {
    const vector = sharedLines<Vector>('codec-vectors/vectors.jsonl').find(
      ({ device, direction }) => device === MODEL && direction === 'decodeUplink',
    );
    assert.ok(vector?.expected.data?.distance);
    const form = await editor.openNode('byflyt-ski-trail-decode');
    await form.getByLabel('Payload', { exact: true }).fill(vector.bytesHex);
    await form.getByLabel('Port (FPort)').fill(String(vector.fPort));
    await form.getByLabel('Device or model').selectOption({ label: MODEL });
    await form.getByRole('button', { name: 'Decode' }).click();
    const rows = form.locator('.byflyt-paste-values tbody tr');
    await rows.first().waitFor();
    const cells = await Promise.all((await rows.all()).map((row) => row.locator('td').allInnerTexts()));
    const { distance, battery } = vector.expected.data;
    assert.deepEqual(cells[0], ['Distance', String(distance / 1000), 'm']);
    assert.deepEqual(cells.at(-1), ['Battery level', String(battery), '%']);
    await picture(editor.page, 'paste');

    await form.getByLabel('Payload', { exact: true }).fill(vector.bytesHex.slice(0, 4));
    await form.getByRole('button', { name: 'Decode' }).click();
    await form.getByText('The payload is cut off').waitFor();
    await editor.cancel();
  });

  it('says which network server sent a pasted message, and reads with a mapping what nobody knows', async () => {
    const form = await editor.openNode('byflyt-ski-trail-decode');
    const loriot = { cmd: 'rx', EUI: '24E124713B00FFFF', fcnt: 3, port: 85, data: '01755c03824408' };
    const decode = async (message: object) => {
      await form.getByLabel('Payload', { exact: true }).fill(JSON.stringify(message, null, 2));
      await form.getByRole('button', { name: 'Decode' }).click();
    };
    await decode(loriot);
    await form.getByText('Recognised: LORIOT.').waitFor();
    await form.getByText('No registered device has this DevEUI').waitFor();
    await form.getByLabel('Device or model').selectOption({ label: MODEL });
    await decode(loriot);
    await form.getByRole('cell', { name: '2.116' }).waitFor();
    await picture(editor.page, 'paste-message');

    assert.ok(await form.getByText('Written in JSONata').isHidden());
    await form
      .getByLabel('Network server', { exact: true })
      .selectOption({ label: 'another one, with a mapping' });
    await form.getByText('Written in JSONata').waitFor();
    await decode({ device: { eui: '24e124713b00ffff' }, port: 85, data: '01755c03824408' });
    await form.getByText('Read by the mapping.').waitFor();
    await form.getByRole('cell', { name: '2.116' }).waitFor();
    await picture(editor.page, 'mapping');
    await editor.cancel();
  });

  it('decodes a pasted message of an NB-IoT device, by the device that it names or a model', async () => {
    await editor.showFlow('NB-IoT sensors');
    const form = await editor.openNode('byflyt-nbiot-decode');
    const decode = async (text: string) => {
      await form.getByLabel('Payload', { exact: true }).fill(text);
      await form.getByRole('button', { name: 'Decode' }).click();
    };
    await decode('f35265610000002800840cf41e010008446967a8f0');
    await form.getByRole('cell', { name: '2.116' }).waitFor();
    await decode('{"imei": "352099001761481", "data": "f35209900176148100840cf41e010008446967a8f0"}');
    await form.getByText('No registered device has what the message says of itself').waitFor();
    await form.getByLabel('Device or model').selectOption({ label: 'Dragino NDDS20' });
    await form.getByRole('button', { name: 'Decode' }).click();
    await form.getByRole('cell', { name: '3.316' }).waitFor();
    await picture(editor.page, 'paste-nbiot');
    await editor.cancel();
    await editor.showFlow('Ski trail');
  });

  it('asks for what a webhook needs to know its sender', async () => {
    const form = await editor.openNode('byflyt-ski-trail-intake');
    await form.getByLabel('Comes by').selectOption('webhook');
    await form.getByLabel('Header').fill('Authorization');
    await form.getByText('must give it in the header Authorization').waitFor();
    await form.getByLabel('Sender shows').selectOption({ label: "ThingPark's token" });
    await form.getByLabel('LRC-AS key').fill('secret');
    assert.ok(await form.getByLabel('Header').isHidden());
    await form.getByLabel('Sender shows').selectOption({ label: 'user name and password' });
    await form.locator('#byflyt-intake-basic').getByLabel('User name').fill('byflyt');
    assert.ok(await form.locator('#byflyt-intake-secret').isHidden());
    await picture(editor.page, 'webhook');
    await editor.cancel();
  });

  it('says what is wrong with a form, in words', async () => {
    const form = await editor.openNode('byflyt-ski-trail-thaw');
    await form.getByLabel('Limit').fill('warm');
    await editor.done();
    const error = editor.node('byflyt-ski-trail-thaw').locator('.red-ui-flow-node-error');
    await error.hover();
    await editor.page.locator('.red-ui-flow-port-tooltip').getByText('The limit is not a number').waitFor();
    await picture(editor.page, 'reason');
  });

  it('deploys what was edited', async () => {
    const form = await editor.openNode('byflyt-ski-trail-thaw');
    await form.getByLabel('Limit').fill('1,5');
    await form.getByLabel('Name in the flow').fill('Warm snow');
    await editor.done();
    const revision = await editor.deploy();
    await eventually(async () => {
      const { flows, rev } = await deployedFlows(byflyt);
      const thaw = flows.find(({ id }) => id === 'byflyt-ski-trail-thaw');
      assert.deepEqual([rev, thaw?.limit, thaw?.name], [revision, '1,5', 'Warm snow']);
    });
    await editor
      .node('byflyt-ski-trail-thaw')
      .locator('.red-ui-flow-node-changed')
      .waitFor({ state: 'hidden' });
  });

  it('offers the shipped flows under Import > Examples', async () => {
    const { page } = editor;
    await page.keyboard.press('Control+i');
    const dialog = page.getByRole('dialog');
    await dialog.getByText('Examples', { exact: true }).first().click();
    for (const folder of ['@byflyt/nodes', 'en']) await dialog.getByText(folder, { exact: true }).click();
    for (const flow of ['ski-trail', 'waste', 'water-level', 'nbiot'])
      await dialog.getByText(flow, { exact: true }).waitFor();
    await picture(page, 'examples');
    await dialog.getByRole('button', { name: 'Cancel' }).click();
  });

  it('speaks Norwegian to a Norwegian browser', async () => {
    const norwegian = await openEditor(browser, byflyt, 'nb-NO');
    await norwegian.page.locator('#red-ui-palette').getByText('finn avvik').waitFor();
    await norwegian.page.locator('#red-ui-header-button-deploy').getByText('Ta i bruk').waitFor();
    const form = await norwegian.openNode('byflyt-ski-trail-decode');
    await form.getByText('Prøv en nyttelast').waitFor();
    await norwegian.page.close();
  });

  it('shows citizens the two places on a phone, and nothing that only engineers need', async () => {
    const page = await openPage(browser, PHONE);
    await eventually(async () => {
      await page.goto(`${byflyt.site}/opendata/ski-trail/`);
      assert.deepEqual(await page.locator('h3').allInnerTexts(), ['Start', 'Toppen']);
    });
    const [text = ''] = await page.locator('main').allInnerTexts();
    assert.match(text, /Snow temperature\s+[-−]?\d+([.,]\d)? °C/);
    assert.doesNotMatch(text, /battery|rssi|snr|spreading|DevEUI|02b7f1/i);
    const width = await page.evaluate('document.documentElement.scrollWidth');
    assert.equal(width, PHONE.width, 'the page is as wide as the phone');
    await page.screenshot({ path: join(PICTURES, 'public-page.png'), fullPage: true });
    await page.close();
  });

  it('lets staff sign in to the operator page', async () => {
    const page = await openPage(browser, DESKTOP);
    await signInOperator(page, byflyt);
    await page.getByRole('heading', { name: 'Ski trails' }).waitFor();
    // The flow makes the list some seconds after each start; the page asks for it when it is told to.
    await eventually(async () => {
      await page.getByRole('button', { name: 'Refresh' }).click();
      await page.getByRole('heading', { name: 'Bins to empty today' }).waitFor({ timeout: 1000 });
    });
    await page.screenshot({ path: join(PICTURES, 'operator-page.png'), fullPage: true });
    await page.close();
  });
});

interface FlowNode {
  id: string;
  limit?: string;
  name?: string;
}

/** The flows that the server runs, by the API's version 2, which tells their revision. */
async function deployedFlows(byflyt: Installation): Promise<{ flows: FlowNode[]; rev: string }> {
  const headers = { Authorization: `Bearer ${await byflyt.signIn()}`, 'Node-RED-API-Version': 'v2' };
  const response = await fetch(`${byflyt.site}/editor/flows`, { headers });
  return (await response.json()) as { flows: FlowNode[]; rev: string };
}
