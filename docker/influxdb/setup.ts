/**
 * Prepares InfluxDB 2 for Byflyt: both buckets, their names for InfluxQL, and one token per reader and writer that
 * reaches these buckets only. Runs at each start of the stack; what is there stays as it is.
 */
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { argv, env } from 'node:process';

const ORGANISATION = 'byflyt';
/** Name of the bucket, and for InfluxQL of the database; sandbox data is kept for a month. */
const BUCKETS = [
  { name: 'byflyt', keepSeconds: 0 },
  { name: 'byflyt_sandbox', keepSeconds: 30 * 86_400 },
] as const;

type Action = 'read' | 'write';

/** Who gets a token, and the file that it is left in. */
export interface Account {
  description: string;
  file: string;
  actions: readonly Action[];
}

/** The two containers that use the database; each sees its own file only. */
const ACCOUNTS: readonly Account[] = [
  { description: 'Byflyt', file: '/run/byflyt/node-red/token', actions: ['read', 'write'] },
  { description: 'Grafana', file: '/run/byflyt/grafana/token', actions: ['read'] },
];

export interface Administration {
  url: string;
  /** May do everything in the organisation. */
  token: string;
}

/** Sets everything up. Throws if the server refuses, with the request and its answer but never a token. */
export async function setUp(admin: Administration, accounts: readonly Account[]): Promise<void> {
  const { orgs } = await call<{ orgs: { id: string }[] }>(admin, 'GET', `orgs?org=${ORGANISATION}`);
  const orgID = orgs[0]?.id;
  if (orgID === undefined) throw new Error(`InfluxDB has no organisation ${ORGANISATION}`);
  const bucketIds = await buckets(admin, orgID);
  await queryNames(admin, orgID, bucketIds);
  for (const account of accounts) {
    if (!existsSync(account.file)) await token(admin, orgID, [...bucketIds.values()], account);
  }
}

/** Ids of the buckets by name; the missing ones are made. */
async function buckets(admin: Administration, orgID: string): Promise<Map<string, string>> {
  const found = await call<{ buckets: { id: string; name: string }[] }>(
    admin,
    'GET',
    `buckets?orgID=${orgID}&limit=100`,
  );
  const ids = new Map<string, string>();
  for (const { name, keepSeconds } of BUCKETS) {
    const known = found.buckets.find((bucket) => bucket.name === name);
    const retentionRules = keepSeconds > 0 ? [{ type: 'expire', everySeconds: keepSeconds }] : [];
    const body = { orgID, name, retentionRules };
    ids.set(name, (known ?? (await call<{ id: string }>(admin, 'POST', 'buckets', body))).id);
  }
  return ids;
}

/** InfluxQL asks for a database and a retention policy; this says which bucket that is. */
async function queryNames(
  admin: Administration,
  orgID: string,
  bucketIds: ReadonlyMap<string, string>,
): Promise<void> {
  const { content } = await call<{ content: { database: string; virtual?: boolean }[] }>(
    admin,
    'GET',
    `dbrps?orgID=${orgID}`,
  );
  for (const [database, bucketID] of bucketIds) {
    if (content.some((mapping) => mapping.database === database && !mapping.virtual)) continue;
    const body = { orgID, bucketID, database, retention_policy: 'autogen', default: true };
    await call(admin, 'POST', 'dbrps', body);
  }
}

/** Makes a token and leaves it in the account's file. A token from an earlier, lost file is taken back first. */
async function token(
  admin: Administration,
  orgID: string,
  bucketIds: readonly string[],
  { description, file, actions }: Account,
): Promise<void> {
  const { authorizations } = await call<{ authorizations: { id: string; description: string }[] }>(
    admin,
    'GET',
    `authorizations?orgID=${orgID}`,
  );
  for (const { id } of authorizations.filter((other) => other.description === description)) {
    await call(admin, 'DELETE', `authorizations/${id}`);
  }
  const permissions = bucketIds.flatMap((id) =>
    actions.map((action) => ({ action, resource: { type: 'buckets', id, orgID } })),
  );
  const made = await call<{ token: string }>(admin, 'POST', 'authorizations', {
    orgID,
    description,
    permissions,
  });
  // Another container with another user reads it; the volume that it is on is for the two of them only.
  await writeFile(file, made.token, { mode: 0o444, flag: 'wx' });
}

async function call<T>(admin: Administration, method: string, path: string, body?: object): Promise<T> {
  const response = await fetch(`${admin.url}/api/v2/${path}`, {
    method,
    headers: { Authorization: `Token ${admin.token}`, 'Content-Type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`InfluxDB answered ${response.status} to ${method} ${path}: ${text}`);
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

if (import.meta.filename === argv[1]) {
  const { INFLUXDB_URL: url, INFLUXDB_ADMIN_TOKEN: adminToken } = env;
  if (!url || !adminToken) throw new Error('INFLUXDB_URL and INFLUXDB_ADMIN_TOKEN must be set');
  await setUp({ url, token: adminToken }, ACCOUNTS);
}
