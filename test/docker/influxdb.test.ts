/**
 * No InfluxDB 2 can be installed where these tests run, so a small server stands in for its management API
 * (paths, fields and answers as in its API reference). It shows what setup.ts asks for, not that InfluxDB agrees.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type Account, setUp } from '../../docker/influxdb/setup.ts';
import { freePort } from '../support/servers.ts';

const ADMIN = 'the-admin-token';

interface Entry {
  id: string;
  [field: string]: unknown;
}

/** Lists of what has been made; GET answers with the list under its name, POST adds to it. */
class ManagementApi {
  readonly requests: string[] = [];
  readonly lists: Record<string, Entry[]> = {
    orgs: [{ id: 'org', name: 'byflyt' }],
    buckets: [
      { id: 'bucket-real', name: 'byflyt' },
      { id: 'bucket-system', name: '_monitoring' },
    ],
    dbrps: [{ id: 'v', database: 'byflyt', virtual: true }],
    authorizations: [{ id: 'admin', description: "admin's Token" }],
  };
  #made = 0;

  answer(method: string, path: string, body: string): [status: number, body: object | undefined] {
    const [kind = '', id] = path.replace('/api/v2/', '').split(/[/?]/);
    const list = this.lists[kind];
    if (!list) return [404, { code: 'not found', message: path }];
    this.requests.push(`${method} ${kind}`);
    if (method === 'GET') return [200, { [kind === 'dbrps' ? 'content' : kind]: list }];
    if (method === 'DELETE') {
      this.lists[kind] = list.filter((entry) => entry.id !== id);
      return [204, undefined];
    }
    this.#made += 1;
    const entry: Entry = {
      ...(JSON.parse(body) as object),
      id: `${kind}-${this.#made}`,
      token: `token-${this.#made}`,
    };
    list.push(entry);
    return [201, entry];
  }
}

describe('database setup', () => {
  let api: ManagementApi;
  let server: Server;
  let folder: string;
  let url: string;
  let accounts: Account[];

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'byflyt-influxdb-'));
    accounts = [
      { description: 'Byflyt', file: join(folder, 'node-red'), actions: ['read', 'write'] },
      { description: 'Grafana', file: join(folder, 'grafana'), actions: ['read'] },
    ];
    api = new ManagementApi();
    server = createServer(async (request, response) => {
      const allowed = request.headers.authorization === `Token ${ADMIN}`;
      const [status, body] = allowed
        ? api.answer(request.method ?? '', request.url ?? '', await text(request))
        : [401, { code: 'unauthorized', message: 'unauthorized access' }];
      response.writeHead(status, { 'Content-Type': 'application/json' }).end(body && JSON.stringify(body));
    });
    const port = await freePort();
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${port}`;
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true });
  });

  const made = (kind: string) => api.lists[kind]?.filter(({ orgID }) => orgID === 'org') ?? [];

  it('adds the sandbox bucket, kept for a month, and names both for InfluxQL', async () => {
    await setUp({ url, token: ADMIN }, accounts);
    assert.deepEqual(
      made('buckets').map(({ name, retentionRules }) => ({ name, retentionRules })),
      [{ name: 'byflyt_sandbox', retentionRules: [{ type: 'expire', everySeconds: 2_592_000 }] }],
    );
    assert.deepEqual(
      made('dbrps').map(({ database, bucketID }) => [database, bucketID]),
      [
        ['byflyt', 'bucket-real'],
        ['byflyt_sandbox', 'buckets-1'],
      ],
    );
  });

  it('makes tokens that reach the two buckets only, and for Grafana only to read', async () => {
    await setUp({ url, token: ADMIN }, accounts);
    const reach = made('authorizations').map(({ description, permissions }) => [
      description,
      (permissions as { action: string; resource: { type: string; id: string } }[]).map(
        ({ action, resource }) => `${action} ${resource.type} ${resource.id}`,
      ),
    ]);
    assert.deepEqual(reach, [
      ['Byflyt', ['bucket-real', 'buckets-1'].flatMap((id) => [`read buckets ${id}`, `write buckets ${id}`])],
      ['Grafana', ['read buckets bucket-real', 'read buckets buckets-1']],
    ]);
  });

  it('leaves each token in the file of its container, not to be changed', async () => {
    await setUp({ url, token: ADMIN }, accounts);
    for (const { description, file } of accounts) {
      const entry = made('authorizations').find((authorization) => authorization.description === description);
      assert.equal(readFileSync(file, 'utf8'), entry?.token);
      assert.equal(statSync(file).mode & 0o777, 0o444);
    }
  });

  it('changes nothing when it runs again', async () => {
    await setUp({ url, token: ADMIN }, accounts);
    api.requests.length = 0;
    await setUp({ url, token: ADMIN }, accounts);
    assert.deepEqual([...new Set(api.requests.map((request) => request.split(' ')[0]))], ['GET']);
  });

  it('takes a token back whose file is lost', async () => {
    await setUp({ url, token: ADMIN }, accounts);
    const lost = accounts[1]?.file ?? '';
    const before = readFileSync(lost, 'utf8');
    rmSync(lost);
    await setUp({ url, token: ADMIN }, accounts);
    assert.notEqual(readFileSync(lost, 'utf8'), before);
    const descriptions = made('authorizations').map(({ description }) => description);
    assert.deepEqual(descriptions, ['Byflyt', 'Grafana']);
  });

  it('says what was refused, without the token', async () => {
    const failure = await setUp({ url, token: 'wrong' }, accounts).catch((error: Error) => error);
    assert.match(String(failure), /InfluxDB answered 401 to GET orgs/);
    assert.doesNotMatch(String(failure), /wrong/);
  });
});
