import { NORMALIZED_NAME, NORMALIZED_TIME } from './vocabulary.ts';

/** A name of a codec's output as people see it: its path, and values that examples gave it. */
export interface OutputName {
  path: string;
  /** Different ones, at most `VALUES_SHOWN`. */
  values: (number | boolean | string)[];
}

const VALUES_SHOWN = 5;
/** A codec that makes names up as it goes must not make a form that nobody can read. */
const NAMES_AT_MOST = 200;

/**
 * The names of several outputs of one codec that carry a single value, in the order of their first appearance; `lists`
 * are the names of lists, whose entries have no fixed names. Normalized measurements are numbered instead.
 */
export function namesIn(outputs: readonly unknown[]): { names: OutputName[]; lists: string[] } {
  const names = new Map<string, OutputName>();
  const lists = new Set<string>();
  const visit = (value: unknown, path: string): void => {
    if (Array.isArray(value) && path !== NORMALIZED_NAME) {
      lists.add(path);
    } else if (typeof value === 'object' && value !== null) {
      for (const [key, entry] of Object.entries(value)) visit(entry, path === '' ? key : `${path}.${key}`);
    } else if (path !== '' && path !== NORMALIZED_TIME && isPlain(value)) {
      addValue(names, path, value);
    }
  };
  for (const output of outputs) for (const sample of [output].flat()) visit(sample, '');
  return { names: [...names.values()], lists: [...lists] };
}

function isPlain(value: unknown): value is number | boolean | string {
  return ['number', 'boolean', 'string'].includes(typeof value);
}

function addValue(names: Map<string, OutputName>, path: string, value: number | boolean | string): void {
  const name = names.get(path) ?? { path, values: [] };
  if (!names.has(path) && names.size >= NAMES_AT_MOST) return;
  names.set(path, name);
  if (name.values.length < VALUES_SHOWN && !name.values.includes(value)) name.values.push(value);
}
