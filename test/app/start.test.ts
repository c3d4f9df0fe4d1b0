import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { connectAsync } from 'mqtt';
import { readLedger } from '../../nodes/persistence/read-ledger.ts';
import { eventually } from '../support/eventually.ts';
import { freePort, Program } from './support.ts';

const START_WITHIN_MS = 15_000;
const SANDBOX_STATE = "SELECT key FROM state WHERE key LIKE '%/sandbox-%'";

describe('start', function () {
  this.timeout(40_000);
  let folder: string;
  let environment: Record<string, string>;
  let site: string;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'byflyt-start-'));
    const port = await freePort();
    site = `http://127.0.0.1:${port}`;
    environment = {
      BYFLYT_DATA: join(folder, 'data'),
      BYFLYT_PORT: String(port),
      BYFLYT_MQTT_PORT: String(await freePort()),
      BYFLYT_LANGUAGE: 'en-US',
    };
  });
  afterEach(() => {
    Program.killAll();
    rmSync(folder, { recursive: true });
  });

  const start = (more: Record<string, string> = {}): Program =>
    new Program('app/start.ts', [], { ...environment, ...more });
  const data = (name: string): string => join(folder, 'data', name);

  /** Messages that were received so far. */
  function received(): number {
    const ledger = readLedger(join(folder, 'data'), 'Europe/Oslo');
    try {
      return ledger.days().reduce((sum, day) => sum + day.received, 0);
    } finally {
      ledger.close();
    }
  }

  /** What a query finds in a database of the data folder, also while the program has it open. */
  function rows(name: string, query: string): unknown[] {
    const database = new DatabaseSync(data(name), { readOnly: true });
    try {
      return database.prepare(query).all();
    } finally {
      database.close();
    }
  }

  async function stopped(program: Program): Promise<number | null> {
    program.signal('SIGINT');
    return program.ended;
  }

  /** Signs in to the editor's API; the HTTP status of reading the flows with what that gave. */
  async function signIn(password: string): Promise<number> {
    const body = new URLSearchParams({
      client_id: 'node-red-admin',
      grant_type: 'password',
      scope: '*',
      username: 'admin',
      password,
    });
    const response = await fetch(`${site}/editor/auth/token`, { method: 'POST', body });
    if (!response.ok) return response.status;
    const { access_token } = (await response.json()) as { access_token: string };
    const flows = await fetch(`${site}/editor/flows`, {
      headers: { Authorization: `Bearer ${access_token}` },
    });
    return flows.status;
  }

  /** The editor's live connection opens (status texts, debug output). */
  async function editorSocket(): Promise<void> {
    const socket = new WebSocket(`${site.replace('http', 'ws')}/editor/comms`);
    await new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onerror = reject;
    });
    socket.close();
  }

  function passwordIn(output: string): string {
    const [, password = ''] = output.match(/password (\S+-\S+-\S+-\S+)/) ?? [];
    assert.ok(password, output);
    return password;
  }

  /** The password is only there as a hash, and secrets are for the owner only. */
  function assertPrivate(password: string): void {
    assert.equal(statSync(data('')).mode & 0o777, 0o700);
    for (const name of ['secrets.json', 'users.json', 'devices.keys.json']) {
      assert.equal(statSync(data(name)).mode & 0o777, 0o600, name);
    }
    const entries = readdirSync(data(''), { recursive: true, withFileTypes: true });
    for (const file of entries.filter((entry) => entry.isFile())) {
      const text = readFileSync(join(file.parentPath, file.name), 'latin1');
      assert.ok(!text.includes(password), file.name);
    }
    assert.match(readFileSync(data('users.json'), 'utf8'), /\$2b\$1\d\$/);
  }

  it('tells what runs where, guards the editor, stops cleanly, and keeps everything', async () => {
    const first = start();
    await first.until('Ctrl-C stops it.', START_WITHIN_MS);
    const password = passwordIn(first.output);
    for (const place of [
      `${site}/editor/`,
      `${site}/opendata/`,
      data(''),
      environment.BYFLYT_MQTT_PORT ?? '',
    ]) {
      assert.ok(first.output.includes(place.replace(/\/$/, '')), `${place} in ${first.output}`);
    }
    assert.equal((await fetch(`${site}/editor/`)).status, 200);
    assert.equal((await fetch(`${site}/editor/flows`)).status, 401);
    assert.equal((await fetch(site, { redirect: 'manual' })).headers.get('location'), '/opendata/');
    assert.equal(await signIn(password), 200);
    assert.equal(await signIn(`${password}x`), 403);
    await editorSocket();
    assert.equal(await stopped(first), 0);
    assert.equal(first.errors, '');
    assertPrivate(password);
    const kept = ['devices.json', 'devices.keys.json', 'secrets.json', 'users.json', 'node-red/flows.json'];
    const before = kept.map((name) => readFileSync(data(name), 'utf8'));

    const second = start();
    await second.until('Ctrl-C stops it.', START_WITHIN_MS);
    assert.ok(!second.output.includes(password));
    assert.equal(await signIn(password), 200);
    assert.equal(await stopped(second), 0);
    assert.deepEqual(
      kept.map((name) => readFileSync(data(name), 'utf8')),
      before,
    );
  });

  it('has no sandbox device when the sandbox is off', async () => {
    const on = start();
    await on.until('Ctrl-C stops it.');
    await eventually(() => assert.notEqual(rows('byflyt.db', SANDBOX_STATE).length, 0));
    await stopped(on);
    assert.match(readFileSync(data('devices.json'), 'utf8'), /sandbox-ski-start/);
    const off = start({ BYFLYT_SANDBOX: 'off', BYFLYT_LANGUAGE: 'nb' });
    await off.until('Ctrl-C for å stoppe.');
    assert.match(off.output, /Sandkasse +av/);
    await stopped(off);
    assert.doesNotMatch(readFileSync(data('devices.json'), 'utf8'), /sandbox/);
    assert.deepEqual(rows('byflyt.db', SANDBOX_STATE), []);
  });

  for (const [name, what] of [
    ['BYFLYT_PORT', 'the web pages'],
    ['BYFLYT_MQTT_PORT', 'the broker'],
  ] as const) {
    it(`says which setting to change when the port of ${what} is in use`, async () => {
      const other = createServer().listen(Number(environment[name]), '127.0.0.1');
      const program = start();
      assert.equal(await program.ended, 1);
      other.close();
      const lines = program.errors.trim().split('\n');
      assert.equal(lines.length, 1, program.errors);
      assert.ok(lines[0]?.includes(String(environment[name])) && lines[0].includes(name), program.errors);
      assert.ok(!program.output.includes('password'));
    });
  }

  it('says so when the flows do not run, and when it already runs with this data folder', async () => {
    mkdirSync(data('node-red'), { recursive: true });
    writeFileSync(data('node-red/flows.json'), '[{ "id": "1", "type": "node-that-nobody-has" }]');
    const program = start();
    await program.until('Ctrl-C stops it.');
    assert.match(program.output, /flows do not run/);
    assert.doesNotMatch(program.output, /is running/);
    const other = start({
      BYFLYT_PORT: String(await freePort()),
      BYFLYT_MQTT_PORT: String(await freePort()),
    });
    assert.equal(await other.ended, 1);
    assert.match(other.errors, /already running.*\n$/);
    assert.equal(await stopped(program), 0);
  });

  it('names the nodes that did not start', async () => {
    mkdirSync(data('node-red'), { recursive: true });
    const inCircle = [
      { id: 'tab', type: 'tab', label: 'Tab' },
      { id: 'one', type: 'mqtt-broker', name: 'Broker one', broker: 'localhost', other: 'two' },
      { id: 'two', type: 'mqtt-broker', name: 'Broker two', broker: 'localhost', other: 'one' },
      { id: 'note', type: 'comment', z: 'tab', name: 'Note', wires: [] },
      { id: 'off', type: 'debug', z: 'tab', name: 'Switched off', d: true, wires: [] },
    ];
    writeFileSync(data('node-red/flows.json'), JSON.stringify(inCircle));
    const program = start({ BYFLYT_SANDBOX: 'off' });
    await program.until('Ctrl-C stops it.');
    assert.match(program.output, /not all of its flows[\s\S]*did not start: Broker one, Broker two\./);
    assert.doesNotMatch(program.output, /is running/);
    assert.equal(await stopped(program), 0);
  });

  it('runs timed nodes in the time zone of the municipality', async () => {
    mkdirSync(data('node-red'), { recursive: true });
    const func = 'node.warn("noon at " + new Date(2026, 0, 1, 12).toISOString());';
    const flow = [
      { id: 'tab', type: 'tab' },
      {
        id: 'inject',
        type: 'inject',
        z: 'tab',
        x: 0,
        y: 0,
        once: true,
        onceDelay: 0,
        props: [],
        wires: [['function']],
      },
      { id: 'function', type: 'function', z: 'tab', x: 0, y: 0, func, wires: [] },
    ];
    writeFileSync(data('node-red/flows.json'), JSON.stringify(flow));
    const program = start({ BYFLYT_SANDBOX: 'off', BYFLYT_TIMEZONE: 'Europe/Helsinki', TZ: 'UTC' });
    await program.until('Byflyt is running.');
    const log = data('logs/byflyt.log');
    await eventually(() => assert.match(readFileSync(log, 'utf8'), /noon at 2026-01-01T10:00/));
    assert.equal(await stopped(program), 0);
  });

  it('receives as soon as it says that it runs', async () => {
    const program = start({ BYFLYT_SANDBOX: 'off' });
    await program.until('Byflyt is running.');
    const client = await connectAsync(`mqtt://127.0.0.1:${environment.BYFLYT_MQTT_PORT}`);
    await client.publishAsync('v3/app/devices/stranger/up', '{}', { qos: 0 });
    await client.endAsync();
    await eventually(() => assert.equal(received(), 2, 'once per flow'));
    assert.equal(await stopped(program), 0);
  });

  it('says so when the data folder cannot be made', async () => {
    writeFileSync(join(folder, 'data'), 'a file, not a folder');
    const program = start();
    assert.equal(await program.ended, 1);
    assert.match(program.errors, /data.*BYFLYT_DATA\.\n$/);
  });
});
