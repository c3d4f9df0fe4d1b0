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

/** The InfluxQL of a query; one series of the answer per series of the measurement. `fields` must not be empty. */
export function selectOf(query: StoreQuery, fields: readonly string[]): string {
  const { aggregate, every, order, limit } = query;
  const columns = fields.map((field) => {
    const name = identifier(field);
    return aggregate ? `${aggregate}(${name}) AS ${name}` : name;
  });
  const grouping = aggregate && every ? `time(${every}ms), * fill(none)` : '*';
  return [
    `SELECT ${columns.join(', ')} FROM ${identifier(query.measurement)}`,
    conditionsOf(query),
    `GROUP BY ${grouping}`,
    order === 'descending' ? 'ORDER BY time DESC' : 'ORDER BY time ASC',
    // InfluxDB's limit is per series, so that it never cuts away a row that belongs to the answer.
    limit === undefined ? '' : `LIMIT ${limit + (query.offset ?? 0)}`,
  ]
    .filter(Boolean)
    .join(' ');
}

/** One statement per field, because each field has a newest time of its own. */
export function latestOf({ measurement, fields, where }: StoreQuery): string {
  const conditions = conditionsOf({ measurement, fields, ...(where && { where }) });
  return fields
    .map((field) => {
      const name = identifier(field);
      return `SELECT last(${name}) AS ${name} FROM ${identifier(measurement)} ${conditions} GROUP BY *`;
    })
    .join('; ');
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
