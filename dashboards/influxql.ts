/** InfluxQL for Grafana's own InfluxDB data source; the Foundation SDK has no type for its queries. */
import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import type { DataSourceRef } from '@grafana/grafana-foundation-sdk/common';

/** A variable of the dashboard, in Grafana's notation with an optional format. */
export function variable(name: string, format?: 'regex' | 'text'): string {
  return `\${${format ? `${name}:${format}` : name}}`;
}

/** The data source that the reader chose: real data or the sandbox. */
export const DATASOURCE: DataSourceRef = { type: 'influxdb', uid: variable('datasource') };

/** Only the devices and places that the reader chose. A device without a place has no tag `site`: `.*` finds it too. */
export const CHOSEN = `"device" =~ /^${variable('device', 'regex')}$/ AND "site" =~ /^${variable('site', 'regex')}$/`;

/** One series per device; `$tag_...` in a legend names them. */
export const PER_DEVICE = '"device", "site"';
export const DEVICE_LEGEND = '$tag_site · $tag_device';

/** How an annotation is read from a query's columns. */
export interface AnnotationColumns {
  name: string;
  textColumn: string;
  tagsColumn: string;
}

interface InfluxqlDataquery extends Dataquery {
  refId: string;
  datasource: DataSourceRef;
  query: string;
  rawQuery: true;
  resultFormat: 'time_series' | 'table';
  alias?: string;
}

function target(query: Omit<InfluxqlDataquery, 'datasource' | 'rawQuery' | '_implementsDataqueryVariant'>) {
  const dataquery: InfluxqlDataquery = {
    datasource: DATASOURCE,
    rawQuery: true,
    ...query,
    _implementsDataqueryVariant: () => undefined,
  };
  return { build: () => dataquery } satisfies Builder<Dataquery>;
}

/** A query whose series are drawn; `alias` names them, for example `$tag_site`. */
export function seriesQuery(query: string, alias = DEVICE_LEGEND, refId = 'A'): Builder<Dataquery> {
  return target({ refId, query, resultFormat: 'time_series', alias });
}

/** A query whose rows are listed. */
export function tableQuery(query: string, refId = 'A'): Builder<Dataquery> {
  return target({ refId, query, resultFormat: 'table' });
}

/** A query whose rows are events on the time axis of every chart. */
export function annotationQuery(query: string, columns: AnnotationColumns): Builder<Dataquery> {
  const events = { fromAnnotations: true, textEditor: true, titleColumn: '', timeEndColumn: '', ...columns };
  return target({ refId: 'Anno', query, resultFormat: 'table', ...events });
}
