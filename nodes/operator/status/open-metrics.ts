/** The text format of OpenMetrics 1.0 (https://prometheus.io/docs/specs/om/open_metrics_spec/). */

/** Readers of Prometheus' older format 0.0.4 understand the same text: what is new stands in comments. */
export const METRICS_TYPES = [
  'application/openmetrics-text; version=1.0.0; charset=utf-8',
  'text/plain; version=0.0.4; charset=utf-8',
] as const;

export type Labels = Readonly<Record<string, string>>;

export interface Sample {
  labels?: Labels;
  value: number;
}

/** Counts of observations; `counts[i]` of those up to `bounds[i]` and above the bound before, the last one of all above. */
export interface Distribution {
  labels?: Labels;
  bounds: readonly number[];
  counts: readonly number[];
  sum: number;
}

interface Described {
  /** snake_case; without `_total`, and with the unit at its end if it has one. */
  name: string;
  /** One English sentence. */
  help: string;
  /** A base unit: seconds, bytes. */
  unit?: string;
}

export type MetricFamily = Described &
  (
    | { type: 'counter' | 'gauge'; samples: readonly Sample[] }
    | { type: 'histogram'; distributions: readonly Distribution[] }
  );

/** All families as one exposition. Families without samples are left out. */
export function openMetrics(families: readonly MetricFamily[]): string {
  const lines = families.flatMap((family) => {
    const samples = samplesOf(family);
    return samples.length > 0 ? [...descriptionOf(family), ...samples] : [];
  });
  return `${[...lines, '# EOF'].join('\n')}\n`;
}

function descriptionOf({ name, type, unit, help }: MetricFamily): string[] {
  const lines = [`# TYPE ${name} ${type}`, `# HELP ${name} ${escaped(help)}`];
  return unit === undefined ? lines : [...lines, `# UNIT ${name} ${unit}`];
}

function samplesOf(family: MetricFamily): string[] {
  const { name } = family;
  if (family.type === 'histogram') {
    return family.distributions.flatMap((distribution) => bucketsOf(name, distribution));
  }
  const suffix = family.type === 'counter' ? '_total' : '';
  return family.samples.map(({ labels, value }) => line(name + suffix, labels, value));
}

function bucketsOf(name: string, { labels, bounds, counts, sum }: Distribution): string[] {
  let count = 0;
  const buckets = counts.map((more, index) => {
    count += more;
    const bound = bounds[index];
    const le = bound === undefined ? '+Inf' : floatText(bound);
    return line(`${name}_bucket`, { ...labels, le }, count);
  });
  return [...buckets, line(`${name}_count`, labels, count), line(`${name}_sum`, labels, sum)];
}

function line(name: string, labels: Labels | undefined, value: number): string {
  const pairs = Object.entries(labels ?? {}).map(([label, text]) => `${label}="${escaped(text)}"`);
  return `${name}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} ${numberText(value)}`;
}

/** OpenMetrics wants bounds as floats: readers compare them as texts. */
function floatText(bound: number): string {
  return Number.isInteger(bound) ? bound.toFixed(1) : String(bound);
}

function numberText(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
