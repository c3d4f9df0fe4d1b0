/**
 * Sources: https://docs.influxdata.com/influxdb/v2/api/v2/ (headers of /ping, organisations, buckets, DBRP mappings),
 * https://docs.influxdata.com/influxdb/v2/write-data/troubleshoot/ (status codes), and for the wording and the order of
 * the checks influxdata/influxdb 2.x, http/write_handler.go and http/points/points_parser.go.
 */
import {
  type Answer,
  ask,
  createDatabase,
  type Front,
  type FrontState,
  type Speak,
  startFront,
  TOKEN,
  write,
} from './influxdb-front.ts';

const VERSION = { 'X-Influxdb-Build': 'OSS', 'X-Influxdb-Version': 'v2.7.12' };
const ORG = 'town';

function error(status: number, code: string, message: string): Answer {
  return [status, { code, message }, { ...VERSION, 'X-Platform-Error-Code': code }];
}

const forbidden = (right: string) => error(403, 'forbidden', `insufficient permissions for ${right}`);

/** InfluxDB 2.7 with one organisation, `town`. `virtualMappings`: every bucket has an InfluxQL name, as since 2.3. */
export function startInfluxdb2(virtualMappings = true): Promise<Front> {
  return startFront((asked, state, real) => {
    if (asked.route === 'GET /ping') return [204, undefined, VERSION];
    if (asked.authorization !== `Token ${TOKEN}`) return error(401, 'unauthorized', 'unauthorized access');
    const org = asked.query.get('org') ?? ORG;
    if (org !== ORG) return error(404, 'not found', `organization name "${org}" not found`);
    const answer = ROUTES[asked.route];
    if (!answer) return error(404, 'not found', 'path not found');
    if (virtualMappings) for (const name of state.buckets.keys()) state.mapped.add(name);
    return answer(asked, state, real);
  });
}

const ROUTES: Readonly<Record<string, Speak>> = {
  // What a token may not see is left out.
  'GET /api/v2/orgs': (_asked, state) => [
    200,
    { orgs: state.forbidden.has('orgs') ? [] : [{ id: 'id of town', name: ORG }] },
    VERSION,
  ],
  'GET /api/v2/buckets': ({ database }, state) =>
    state.buckets.has(database)
      ? [200, { buckets: [bucketOf(database, state)] }, VERSION]
      : missing(database),
  'POST /api/v2/buckets': async ({ body }, state, real) => {
    if (state.forbidden.has('buckets')) return forbidden('write');
    const { name, retentionRules } = JSON.parse(body) as {
      name: string;
      retentionRules: { everySeconds: number }[];
    };
    state.buckets.set(name, retentionRules[0]?.everySeconds ?? 0);
    await createDatabase(real, name);
    return [201, bucketOf(name, state), VERSION];
  },
  'GET /api/v2/dbrps': ({ database }, { mapped }) => [
    200,
    { content: mapped.has(database) ? [{ database, retention_policy: 'autogen', default: true }] : [] },
    VERSION,
  ],
  'POST /api/v2/dbrps': ({ body }, state) => {
    if (state.forbidden.has('dbrps')) return forbidden('write');
    state.mapped.add((JSON.parse(body) as { database: string }).database);
    return [201, {}, VERSION];
  },
  'POST /api/v2/write': async ({ database, body }, state, real) => {
    if (!state.buckets.has(database)) return missing(database);
    if (state.forbidden.has('write')) return forbidden('write');
    if (body === '') return error(400, 'invalid', 'writing requires points');
    const said = await write(real, database, body);
    if (said === undefined) return [204, undefined, VERSION];
    return said.startsWith('partial write')
      ? error(422, 'unprocessable entity', `failure writing points to database: ${said}`)
      : error(400, 'invalid', said);
  },
  'GET /query': query,
  'POST /query': query,
};

function query(...[{ database, query: search }, state, real]: Parameters<Speak>): ReturnType<Speak> {
  if (state.forbidden.has('read')) return forbidden('read');
  if (state.mapped.has(database)) return ask(real, search);
  return [200, { results: [{ statement_id: 0, error: `database not found: ${database}` }] }, VERSION];
}

function bucketOf(name: string, { buckets }: FrontState): object {
  const everySeconds = buckets.get(name) ?? 0;
  return {
    id: `id of ${name}`,
    orgID: 'id of town',
    name,
    retentionRules: [{ type: 'expire', everySeconds }],
  };
}

function missing(bucket: string): Answer {
  return error(404, 'not found', `bucket "${bucket}" not found`);
}
