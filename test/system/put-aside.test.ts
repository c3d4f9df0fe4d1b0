/** What a Byflyt does with values that do not fit, and with messages that a flow leaves out: from the webhook to the staff's page. */
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { DESKTOP, openBrowser, openPage, signInOperator } from '../support/browser.ts';
import { eventually } from '../support/eventually.ts';
import { Installation } from './installation.ts';

const PICTURES = join(import.meta.dirname, '../../ci-output');

/** A device of somebody's own making: its flow makes readings in a function node. */
const READING = `
const { device, site, minute, values } = msg.payload;
const time = new Date(Date.now() - minute * 60000).toISOString();
msg.payload = {
  device: { id: device, name: device, area: 'waste', ...(site && { site }) },
  phenomenonTime: time, timeSource: 'arrival', receivedTime: time, values,
  raw: { payloadHex: '', codec: 'own', codecVersion: '1' },
};
return msg;`;

const FLOW = [
  { id: 'own', type: 'tab', label: 'Own' },
  { id: 'own-db', type: 'byflyt-database', kind: 'settings' },
  { id: 'own-list', type: 'byflyt-devices' },
  {
    id: 'in',
    z: 'own',
    type: 'byflyt-intake',
    version: 1,
    transport: 'webhook',
    path: '/own',
    topics: [],
    wires: [['make']],
  },
  { id: 'make', z: 'own', type: 'function', func: READING, outputs: 1, wires: [['choose']] },
  {
    id: 'choose',
    z: 'own',
    type: 'switch',
    property: 'payload.device.id',
    propertyType: 'msg',
    rules: [{ t: 'eq', v: 'storehouse', vt: 'str' }, { t: 'else' }],
    checkall: 'false',
    outputs: 2,
    wires: [['drop'], ['save']],
  },
  { id: 'drop', z: 'own', type: 'byflyt-drop', reason: 'Not in use', wires: [] },
  { id: 'save', z: 'own', type: 'byflyt-store', database: 'own-db', wires: [[]] },
];

describe('values that do not fit and messages that are left out', () => {
  let byflyt: Installation;
  let browser: Browser;
  let page: Page;
  let token: string;
  before(async () => {
    await mkdir(PICTURES, { recursive: true });
    byflyt = await Installation.prepare();
    await byflyt.start();
    token = await byflyt.signIn();
    const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' };
    const deployed = await fetch(`${byflyt.site}/editor/flows`, {
      method: 'POST',
      headers,
      body: JSON.stringify(FLOW),
    });
    assert.equal(deployed.status, 204);
    await eventually(async () =>
      assert.equal(await post({ device: 'bin', minute: 9, values: { fill_level: 50 } }), 200),
    );
    for (const [minute, value] of ['full', 'empty', '81.5'].entries())
      assert.equal(await post({ device: 'bin', minute, values: { fill_level: value, distance: 1 } }), 200);
    assert.equal(
      await post({ device: 'bin', minute: 5, site: '2026-01-15 12:00', values: { distance: 2 } }),
      200,
    );
    assert.equal(await post({ device: 'storehouse', minute: 1, values: { distance: 2 } }), 200);
    browser = await openBrowser();
    page = await openPage(browser, DESKTOP);
  });
  after(async () => {
    await browser?.close();
    await byflyt?.remove();
  });

  const post = async (body: object) => {
    const headers = { 'Content-Type': 'application/json' };
    const answer = await fetch(`${byflyt.site}/own`, { method: 'POST', headers, body: JSON.stringify(body) });
    return answer.status;
  };
  const change = (headers: Record<string, string>) =>
    fetch(`${byflyt.site}/editor/byflyt/operator/aside`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body: JSON.stringify({ action: 'discard', key: 'x' }),
    });
  const section = () => page.locator('section[aria-labelledby="aside"]');
  const row = (text: string) => section().getByRole('row').filter({ hasText: text });

  it('have an account each', async () => {
    await eventually(async () => {
      const content = await byflyt.read('byflyt/operator/content?lang=en');
      assert.match(content, /Put aside \(3\)/);
      assert.match(content, /Rejected messages \(3\)/);
    });
    const account = (await byflyt.command('account', '--json')).trim().split('\n');
    const rows = account.map((line) => JSON.parse(line) as Record<string, unknown>);
    const ends = ({ device, received, stored, rejected, dropped }: Record<string, unknown>) => [
      device,
      [received, stored, rejected, dropped],
    ];
    assert.deepEqual(rows.filter(({ kind }) => kind === 'device').map(ends), [
      ['bin', [5, 2, 3, 0]],
      ['storehouse', [1, 0, 0, 1]],
    ]);
    const csv = await byflyt.command(
      'export',
      '--query',
      'waste',
      '--fields',
      'fill_level,distance',
      '--from',
      '2020-01-01',
    );
    const values = csv.trim().split(/\r?\n/).slice(1);
    assert.equal(values.length, 4, csv);
    assert.ok(
      values.some((line) => line.includes('81.5')),
      csv,
    );
  });

  it('take no change without a sign-in, or from a foreign page', async () => {
    assert.equal((await change({})).status, 401);
    assert.equal((await change({ 'X-Requested-With': 'byflyt-operator' })).status, 401);
    assert.equal((await change({ Authorization: `Bearer ${token}` })).status, 403);
  });

  it('are dealt with by keyboard, with a question before anything is thrown away', async () => {
    await signInOperator(page, byflyt);
    await row('"Fill level" is a number, but "empty" came')
      .getByRole('cell', { name: '2', exact: true })
      .waitFor();
    await page.screenshot({ path: join(PICTURES, 'operator-put-aside.png'), fullPage: true });
    await row('looks like a point in time').getByRole('button', { name: 'Try again' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('status').getByText('On their way to the database: 1.').waitFor();
    assert.equal(await row('looks like a point in time').count(), 0);

    const discard = row('"Fill level"').getByRole('button', { name: 'Throw away' });
    const question = page.getByRole('dialog').getByText('Throw away everything in this row (2)?');
    await discard.focus();
    await page.keyboard.press('Enter');
    await question.waitFor();
    await page.keyboard.press('Enter');
    await question.waitFor({ state: 'hidden' });
    assert.equal(await row('"Fill level"').count(), 1, 'the first button keeps it');
    await discard.focus();
    await page.keyboard.press('Enter');
    await question.waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('status').getByText('Thrown away: 2.').waitFor();
    await section().getByText('Nothing is put aside.').waitFor();
  });
});
