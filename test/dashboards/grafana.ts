/** What Grafana does with a dashboard's InfluxQL before the database sees it. */
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';

/** A query as it stands in a dashboard. */
export interface DashboardQuery {
  /** Which panel, variable or annotation, for messages. */
  where: string;
  query: string;
  format: 'time_series' | 'table';
  /** Columns that the panel's settings name. */
  columns: string[];
  /** Range of the panel, if it is not the dashboard's, for example `30d`. */
  timeFrom?: string;
}

export interface Scope {
  /** ms since 1970. */
  from: number;
  to: number;
  /** Values of the dashboard's variables; `.*` is an "all" that stands as it is. */
  variables: Record<string, string | string[]>;
}

interface InfluxTarget {
  query: string;
  resultFormat: 'time_series' | 'table';
}

/** Queries of all panels and annotations. */
export function queriesOf(dashboard: Dashboard): DashboardQuery[] {
  const panels = (dashboard.panels ?? []).filter((panel) => panel.type !== 'row');
  const ofPanels = panels.flatMap((panel) => {
    const overrides = ('fieldConfig' in panel && panel.fieldConfig?.overrides) || [];
    const columns = overrides
      .filter(({ matcher }) => matcher.id === 'byName')
      .map(({ matcher }) => String(matcher.options));
    const timeFrom = 'timeFrom' in panel ? panel.timeFrom : undefined;
    const targets = 'targets' in panel ? (panel.targets as unknown as InfluxTarget[]) : [];
    return targets.map(({ query, resultFormat: format }) => ({
      where: `${dashboard.title} / ${panel.title}`,
      query,
      format,
      columns,
      ...(timeFrom !== undefined && { timeFrom }),
    }));
  });
  return [...ofPanels, ...annotationsOf(dashboard)];
}

function annotationsOf(dashboard: Dashboard): DashboardQuery[] {
  return (dashboard.annotations.list ?? []).map((annotation) => {
    const { query, textColumn, tagsColumn } = annotation.target as unknown as {
      query: string;
      textColumn: string;
      tagsColumn: string;
    };
    const columns = [textColumn, ...tagsColumn.split(',')];
    return { where: `${dashboard.title} / ${annotation.name}`, query, format: 'table', columns };
  });
}

const UNITS_MS: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of a duration such as `30d`. */
export function duration(text: string): number {
  const [, amount, unit] = /^(\d+)([mhd])$/.exec(text) ?? [];
  const factor = UNITS_MS[unit ?? ''];
  if (factor === undefined) throw new Error(`no duration: ${text}`);
  return Number(amount) * factor;
}

/** Replaces `$timeFilter`, `$__interval` and variables. Throws if anything of Grafana's notation is left. */
export function expand(query: string, { from, to, variables }: Scope): string {
  const intervalMs = Math.max(60_000, Math.ceil((to - from) / 1000));
  const expanded = query
    .replaceAll('$timeFilter', `time >= ${from}ms and time <= ${to}ms`)
    .replaceAll('$__interval', `${intervalMs}ms`)
    .replace(/\$\{(\w+)(?::(\w+))?\}/g, (_all, name: string, format: string | undefined) =>
      formatted(variables[name], name, format),
    );
  if (expanded.replaceAll('$/', '').includes('$')) throw new Error(`not expanded: ${expanded}`);
  return expanded;
}

function formatted(value: string | string[] | undefined, name: string, format: string | undefined): string {
  if (value === undefined) throw new Error(`no variable ${name}`);
  if (typeof value === 'string') return value;
  if (format !== 'regex') throw new Error(`${name} has several values and no format`);
  const escaped = value.map((part) => part.replace(/[\\^$*+?.()|[\]{}/]/g, '\\$&'));
  return escaped.length === 1 ? `${escaped[0]}` : `(${escaped.join('|')})`;
}
