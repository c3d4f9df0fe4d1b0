/**
 * Sources: https://docs.influxdata.com/influxdb3/core/api/ (authentication, /ping, v1 and v2 compatibility,
 * configure/database) and https://docs.influxdata.com/influxdb3/core/write-data/troubleshoot/, and for the wording
 * influxdata/influxdb, influxdb3_server/src/http.rs; tags in columns as in influxdata/influxdb issue 25751.
 */
import {
  type Answer,
  ask,
  createDatabase,
  type Front,
  type Speak,
  startFront,
  TOKEN,
  write,
} from './influxdb-front.ts';

/** InfluxDB 3 Core. `tagColumns`: tags stand in columns of the answer, as in its first releases. */
export function startInfluxdb3(tagColumns = false): Promise<Front> {
  return startFront(async (asked, state, real) => {
    if (tokenOf(asked.authorization) !== TOKEN) {
      return [401, { error: 'the request was not authenticated', data: null }];
    }
    const answer = (await ROUTES[asked.route]?.(asked, state, real)) ?? [404, 'not found'];
    return tagColumns ? withTagColumns(answer) : answer;
  });
}

/** All three ways are taken; the user's name does not matter. */
function tokenOf(authorization: string): string | undefined {
  const [scheme = '', value = ''] = authorization.split(' ');
  if (scheme === 'Basic') return Buffer.from(value, 'base64').toString().split(':')[1];
  return scheme === 'Bearer' || scheme === 'Token' ? value : undefined;
}

const ROUTES: Readonly<Record<string, Speak>> = {
  'GET /ping': () => [
    200,
    { version: '3.4.1', revision: 'a0f1b2c', process_id: '5ad2f3c0-0000-7000-8000-000000000000' },
    { 'X-Influxdb-Build': 'Core', 'X-Influxdb-Version': '3.4.1' },
  ],
  'POST /api/v3/configure/database': async ({ body }, { buckets }, real) => {
    const { db, retention_period: period = '0d' } = JSON.parse(body) as {
      db: string;
      retention_period?: string;
    };
    buckets.set(db, Number.parseInt(period, 10) * 86_400);
    await createDatabase(real, db);
    return [200];
  },
  'GET /api/v3/query_sql': (_asked, { buckets }) => [
    200,
    [...buckets].map(([name, seconds]) => ({
      database_name: name,
      ...(seconds > 0 && { retention_period_ns: seconds * 1e9 }),
    })),
  ],
  'POST /api/v2/write': async ({ database, body }, { buckets }, real) => {
    if (body === '') return [400, 'incoming write was empty'];
    // A database that is missing is made by the first write.
    if (!buckets.has(database)) {
      buckets.set(database, 0);
      await createDatabase(real, database);
    }
    if ((await write(real, database, body)) === undefined) return [204];
    // Good lines are stored, the others named one by one.
    const data: object[] = [];
    for (const [index, line] of body.split('\n').entries()) {
      const said = await write(real, database, line);
      if (said) data.push({ original_line: line, line_number: index + 1, error_message: said });
    }
    return data.length > 0 ? [400, { error: 'partial write of line protocol occurred', data }] : [204];
  },
  'GET /query': query,
  'POST /query': query,
};

async function query(
  ...[{ database, query: search }, { buckets }, real]: Parameters<Speak>
): Promise<Answer> {
  if (!buckets.has(database))
    return [404, { error: `query error: database not found: ${database}`, data: null }];
  const answer = await ask(real, search);
  const { results = [] } = typeof answer[1] === 'object' ? (answer[1] as QueryAnswer) : {};
  return results.length > 1 ? [500, 'must provide only one InfluxQl statement per query'] : answer;
}

interface QueryAnswer {
  results?: { series?: { tags?: Record<string, string>; columns: string[]; values: unknown[][] }[] }[];
}

function withTagColumns([status, body, headers]: Answer): Answer {
  const { results } = typeof body === 'object' ? (body as QueryAnswer) : {};
  if (!results) return [status, body, headers];
  const changed = results.map(({ series = [], ...result }) => ({
    ...result,
    series: series.map(({ tags = {}, columns, values, ...one }) => ({
      ...one,
      columns: [...columns, ...Object.keys(tags)],
      values: values.map((row) => [...row, ...Object.values(tags)]),
    })),
  }));
  return [status, { results: changed }, headers];
}
