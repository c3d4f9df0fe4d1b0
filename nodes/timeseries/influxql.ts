import { bucketRuns } from './buckets.ts';
import { tagValue } from './series.ts';
import type { StoreQuery } from './store.ts';

/** A name (measurement, field, tag, database) as InfluxQL reads it, whatever characters it has. */
export function identifier(name: string): string {
  return `"${escaped(name).replaceAll('"', '\\"')}"`;
}

/** A text value as InfluxQL reads it. */
export function literal(text: string): string {
  return `'${escaped(text).replaceAll("'", "\\'")}'`;
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

/**
 * The statements of a query, one per run of its buckets; their answers have one series per series of the measurement.
 * Times of a query without buckets and with an aggregate are not to be used. `fields` must not be empty.
 * Time zones stay here: the servers' own `tz()` puts values into wrong buckets when the clock changes
 * (influxdata/influxdb issues 10194, 20238, 25078), and needs a list of zones that small containers lack.
 */
export function selectsOf(query: StoreQuery, fields: readonly string[]): string[] {
  const { aggregate, every, from = 0, to = 0 } = query;
  const columns = fields.map((field) => {
    const name = identifier(field);
    return aggregate ? `${aggregate}(${name}) AS ${name}` : name;
  });
  if (!aggregate || every === undefined) return [selectOf(query, columns, '*')];
  return bucketRuns(query).map(({ start, end, width }) => {
    const period = { ...query, from: Math.max(start, from), to: Math.min(end, to) };
    return selectOf(period, columns, `time(${width}ms, ${start % width}ms), * fill(none)`);
  });
}

function selectOf(query: StoreQuery, columns: readonly string[], grouping: string): string {
  const { order, limit, offset = 0, fill = 'none' } = query;
  return [
    `SELECT ${columns.join(', ')} FROM ${identifier(query.measurement)}`,
    conditionsOf(query),
    `GROUP BY ${grouping}`,
    order === 'descending' ? 'ORDER BY time DESC' : 'ORDER BY time ASC',
    // InfluxDB's limit is per series, so that it never cuts away a row that belongs to the answer.
    limit === undefined || fill !== 'none' ? '' : `LIMIT ${limit + offset}`,
  ]
    .filter(Boolean)
    .join(' ');
}

/** All rows of a query without an aggregate in the order of time, with `tags` as columns after the fields. */
export function rowsInOrder(query: StoreQuery, fields: readonly string[], tags: readonly string[]): string {
  const columns = [
    ...fields.map((field) => `${identifier(field)}::field`),
    ...tags.map((tag) => `${identifier(tag)}::tag`),
  ];
  const direction = query.order === 'descending' ? 'DESC' : 'ASC';
  const from = `FROM ${identifier(query.measurement)}`;
  return [`SELECT ${columns.join(', ')}`, from, conditionsOf(query), `ORDER BY time ${direction}`]
    .filter(Boolean)
    .join(' ');
}

/** One statement per field, because each field has a newest time of its own. */
export function latestOf({ measurement, fields, where }: StoreQuery): string[] {
  const conditions = conditionsOf({ measurement, fields, ...(where && { where }) });
  return fields.map((field) => {
    const name = identifier(field);
    return `SELECT last(${name}) AS ${name} FROM ${identifier(measurement)} ${conditions} GROUP BY *`;
  });
}

function conditionsOf({ from, to, where = {} }: StoreQuery): string {
  const conditions = Object.entries(where).map(([tag, wanted]) => {
    const values = typeof wanted === 'string' ? [wanted] : wanted;
    const tests = values.map((value) => `${identifier(tag)} = ${literal(tagValue(value))}`);
    return `(${tests.join(' OR ')})`;
  });
  if (from !== undefined) conditions.push(`time >= ${from}ms`);
  if (to !== undefined) conditions.push(`time < ${to}ms`);
  return conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '';
}
