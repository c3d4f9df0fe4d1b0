/** The link in an alarm's message, followed as its reader does: without signing in, on the running Byflyt. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { eventually } from '../support/eventually.ts';
import { observation } from '../support/observations.ts';
import { freePort } from '../support/servers.ts';
import { Installation } from './installation.ts';

/** A reading that is posted comes back as the alarm's message. */
const FLOW = [
  { id: 'tab', type: 'tab', label: 'Alarms by web' },
  { id: 'in', type: 'http in', z: 'tab', url: '/raise', method: 'post', x: 100, y: 100, wires: [['alarm']] },
  {
    ...{ id: 'alarm', type: 'byflyt-alarm', z: 'tab', name: '', version: 1, x: 300, y: 100 },
    ...{ alarm: 'Thaw', quantity: 'snow_temperature', condition: 'above', limit: 0, severity: 'warning' },
    wires: [['out'], [], []],
  },
  { id: 'out', type: 'http response', z: 'tab', x: 500, y: 100, wires: [] },
];

describe('links in the messages of alarms', () => {
  let byflyt: Installation;
  let link: string;

  before(async () => {
    const port = String(await freePort());
    byflyt = await Installation.prepare({
      BYFLYT_PORT: port,
      BYFLYT_PUBLIC_URL: `http://127.0.0.1:${port}/`,
    });
    await byflyt.start();
    const row = 'start;Trail sensor;ski_trail;Start;a840410000000001;dragino-lht65n';
    await byflyt.write('list.csv', `id;name;area;site;devEui;model\n${row}`);
    await byflyt.command('devices', 'import', join(byflyt.folder, 'list.csv'));
    await deploy();
    const body = JSON.stringify(observation(Date.now(), { snow_temperature: 4 }));
    const headers = { 'Content-Type': 'application/json' };
    await eventually(async () => {
      const response = await fetch(`${byflyt.site}/raise`, { method: 'POST', headers, body });
      assert.equal(response.status, 200);
      link = ((await response.json()) as { link: string }).link;
    });
  });
  after(() => byflyt?.remove());

  async function deploy(): Promise<void> {
    const headers = { Authorization: `Bearer ${await byflyt.signIn()}`, 'Content-Type': 'application/json' };
    const flows = JSON.parse(await byflyt.read('flows')) as object[];
    const body = JSON.stringify([...flows, ...FLOW]);
    const response = await fetch(`${byflyt.site}/editor/flows`, { method: 'POST', headers, body });
    assert.ok(response.ok, await response.text());
  }

  const follow = (address: string, method = 'GET') =>
    fetch(address, { method, headers: { 'Accept-Language': 'nb' } });

  it('open a page that says nothing but the sentence, and asks', async () => {
    assert.ok(link.startsWith(`${byflyt.site}/byflyt/alarm/`), link);
    const response = await follow(link);
    const page = await response.text();
    assert.equal(response.status, 200);
    assert.match(page, /Snow temperature at Start is 4 °C, above the limit of 0 °C/);
    assert.match(page, /Falsk alarm/);
    assert.doesNotMatch(page, /a840410000000001|<script/i);
    assert.match(response.headers.get('content-security-policy') ?? '', /default-src 'none'/);
  });

  it('take the answer, after which nobody is reminded', async () => {
    const response = await follow(`${link}?answer=planned`, 'POST');
    assert.match(await response.text(), /planlagt arbeid/);
    assert.match(await byflyt.read('byflyt/operator/content?lang=en'), /<span class="quiet">seen<\/span>/);
  });

  it('that nobody has made lead to a page that says so', async () => {
    for (const address of [`${link}x`, `${byflyt.site}/byflyt/alarm/nonsense`]) {
      const response = await follow(address);
      assert.equal(response.status, 404);
      assert.match(await response.text(), /Lenken er ikke kjent/);
    }
    assert.equal((await follow(`${link}?answer=explode`, 'POST')).status, 400);
  });
});
