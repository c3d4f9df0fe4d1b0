/** A strict reader of OpenMetrics 1.0 text: https://prometheus.io/docs/specs/om/open_metrics_spec/ */

export interface ReadSample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

export interface ReadFamily {
  name: string;
  type: string;
  unit: string;
  help: string;
  samples: ReadSample[];
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const LABEL = '[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\["\\\\n])*"';
const NUMBER = '[-+]?(?:\\d+(?:\\.\\d*)?(?:e[-+]?\\d+)?|Inf)|NaN';
const DESCRIPTION = new RegExp(`^# (TYPE|HELP|UNIT) (${NAME}) (.*)$`);
const SAMPLE = new RegExp(`^(${NAME})(?:\\{(${LABEL}(?:,${LABEL})*)\\})? (${NUMBER})$`);
const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  counter: ['_total', '_created'],
  gauge: [''],
  histogram: ['_bucket', '_count', '_sum', '_created'],
};

/** All families by name. Throws an Error that names the line and the rule it breaks. */
export function readOpenMetrics(text: string): Map<string, ReadFamily> {
  if (!text.endsWith('# EOF\n')) throw new Error('the text does not end with # EOF');
  const families = new Map<string, ReadFamily>();
  let family: ReadFamily | undefined;
  for (const line of text.slice(0, -'# EOF\n'.length).split('\n').slice(0, -1)) {
    const [, keyword, name = '', rest = ''] = DESCRIPTION.exec(line) ?? [];
    if (keyword === undefined) {
      addSample(family, line);
      continue;
    }
    if (family?.name !== name) {
      if (families.has(name)) throw new Error(`${line}: the family is in two places`);
      family = { name, type: '', unit: '', help: '', samples: [] };
      families.set(name, family);
    }
    describe(family, keyword, rest, line);
  }
  for (const one of families.values()) checkFamily(one);
  return families;
}

function describe(family: ReadFamily, keyword: string, rest: string, line: string): void {
  if (family.samples.length > 0) throw new Error(`${line}: after the samples`);
  const property = keyword.toLowerCase() as 'type' | 'help' | 'unit';
  if (family[property] !== '') throw new Error(`${line}: twice`);
  family[property] = rest;
}

function addSample(family: ReadFamily | undefined, line: string): void {
  const [, name = '', labels = '', value = ''] = SAMPLE.exec(line) ?? [];
  if (name === '') throw new Error(`no sample: ${line}`);
  const suffixes = SUFFIXES[family?.type ?? ''];
  if (!family || !suffixes?.some((suffix) => name === family.name + suffix))
    throw new Error(`${line}: does not belong to the family ${family?.name}`);
  const pairs = [...labels.matchAll(/([^=,]+)="((?:[^"\\]|\\.)*)"/g)].map(
    ([, label = '', text = '']) =>
      [label, text.replaceAll('\\n', '\n').replaceAll('\\"', '"').replaceAll('\\\\', '\\')] as const,
  );
  const sample = { name, labels: Object.fromEntries(pairs), value: Number(value.replace('Inf', 'Infinity')) };
  if (pairs.length !== Object.keys(sample.labels).length) throw new Error(`${line}: a label is there twice`);
  family.samples.push(sample);
}

function checkFamily({ name, type, unit, samples }: ReadFamily): void {
  if (unit !== '' && !name.endsWith(`_${unit}`))
    throw new Error(`${name} does not end with its unit ${unit}`);
  const keys = samples.map((sample) => JSON.stringify([sample.name, Object.entries(sample.labels).sort()]));
  if (new Set(keys).size < keys.length) throw new Error(`${name} has a sample twice`);
  if (type === 'counter' && samples.some(({ value }) => !(value >= 0)))
    throw new Error(`${name} counts below 0`);
  if (type === 'histogram') checkHistogram(name, samples);
}

function checkHistogram(name: string, samples: readonly ReadSample[]): void {
  const groups = Map.groupBy(samples, ({ labels: { le: _le, ...labels } }) => JSON.stringify(labels));
  for (const group of groups.values()) {
    const buckets = group.filter((sample) => sample.name === `${name}_bucket`);
    const bounds = buckets.map(({ labels }) => labels.le ?? '');
    if (bounds.at(-1) !== '+Inf') throw new Error(`${name} has no last bucket`);
    for (const [index, bound] of bounds.slice(0, -1).entries()) {
      if (!/^\d+\.\d+$/.test(bound)) throw new Error(`${name}: the bound ${bound} is no float`);
      if (index > 0 && Number(bound) <= Number(bounds[index - 1]))
        throw new Error(`${name}: bounds do not rise`);
    }
    const counts = buckets.map(({ value }) => value);
    if (counts.some((count, index) => count < (counts[index - 1] ?? 0)))
      throw new Error(`${name}: counts fall`);
    const count = group.find((sample) => sample.name === `${name}_count`)?.value;
    if (count !== counts.at(-1)) throw new Error(`${name}: the count is not that of the last bucket`);
    if (!group.some((sample) => sample.name === `${name}_sum`)) throw new Error(`${name} has no sum`);
  }
}
