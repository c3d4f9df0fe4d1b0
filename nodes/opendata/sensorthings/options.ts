import { type Expression, ExpressionReader, filterFrom } from './expression.ts';
import { navigationOf, propertyOf, type SetName } from './model.ts';
import { invalid } from './request-problem.ts';

export interface Ordering {
  by: Expression;
  isDescending: boolean;
}

/** A relation whose entities are put into the answer. */
export interface Expansion {
  /** Name of the relation. */
  name: string;
  set: SetName;
  many: boolean;
  options: Options;
}

/** Query options of a request, or of an expansion inside of it (OGC 18-088, section 9.3). */
export interface Options {
  filter?: Expression;
  orderby: readonly Ordering[];
  /** Entities of a page. */
  top: number;
  skip: number;
  count: boolean;
  /** Names of properties and relations; absent: all. */
  select?: ReadonlySet<string>;
  expand: readonly Expansion[];
  /** Observations as tables, one per Datastream. */
  isDataArray: boolean;
  /** Where the page before ended, as its link says. */
  token?: string;
  /** The options as they were given, for the link to the next page. */
  given: readonly (readonly [string, string])[];
}

/** Entities of a page, if nobody says how many; Observations inside of other entities, which are many; and at most. */
const USUAL_PAGE = 100;
const USUAL_INSIDE = 25;
export const LONGEST_PAGE = 1000;
/** Characters of all options together. */
const LONGEST_QUERY = 8000;
const MOST_SKIPPED = 1_000_000_000;
/** Relations inside of relations, beside each other, and values to order by. */
const DEEPEST = 5;
const MOST_LISTED = 20;

const ALONE = ['$select', '$expand'];
const COLLECTION = [...ALONE, '$filter', '$orderby', '$top', '$skip', '$count'];
const OBSERVATIONS = [...COLLECTION, '$resultFormat', '$skiptoken'];

/**
 * The options in a request for entities of a set. `isMany`: for a collection, else for a single entity. Options that do
 * not begin with a dollar sign are not ours (OData 4.0, part 2, 5.2), except `resultFormat`.
 * Throws RequestError that names what cannot be understood.
 */
export function optionsFrom(
  query: Iterable<readonly [string, string]>,
  set: SetName,
  isMany: boolean,
): Options {
  const given = [...query]
    .map(([name, text]) => [name === 'resultFormat' ? '$resultFormat' : name, text] as const)
    .filter(([name]) => name.startsWith('$'));
  const length = given.reduce((sum, [, text]) => sum + text.length, 0);
  if (length > LONGEST_QUERY) throw invalid('query_long', { most: LONGEST_QUERY });
  const known = !isMany ? ALONE : set === 'Observations' ? OBSERVATIONS : COLLECTION;
  return read(given, set, known, 0);
}

function read(given: Options['given'], set: SetName, known: readonly string[], depth: number): Options {
  const options = new Map<string, string>();
  for (const [name, text] of given) {
    if (!known.includes(name)) throw invalid('option', { name: name.slice(0, 40), known: known.join(', ') });
    if (options.has(name)) throw invalid('twice', { name });
    options.set(name, text.trim());
  }
  const filter = options.get('$filter');
  const select = options.get('$select');
  const token = options.get('$skiptoken');
  const usual = set === 'Observations' && depth > 0 ? USUAL_INSIDE : USUAL_PAGE;
  return {
    ...(filter !== undefined && { filter: filterFrom(filter, set) }),
    ...(select !== undefined && select !== '*' && { select: selection(select, set) }),
    ...(token !== undefined && { token }),
    orderby: orderings(options.get('$orderby'), set),
    top: Math.min(whole(options.get('$top'), '$top') ?? usual, LONGEST_PAGE),
    skip: whole(options.get('$skip'), '$skip') ?? 0,
    count: yesOrNo(options.get('$count')),
    expand: expansions(options.get('$expand'), set, depth),
    isDataArray: resultFormat(options.get('$resultFormat')),
    given,
  };
}

function whole(text: string | undefined, name: string): number | undefined {
  if (text === undefined) return undefined;
  const number = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (!(number <= MOST_SKIPPED)) throw invalid('whole', { name });
  return number;
}

function yesOrNo(text: string | undefined): boolean {
  if (text !== undefined && text !== 'true' && text !== 'false') throw invalid('count');
  return text === 'true';
}

function resultFormat(text: string | undefined): boolean {
  if (text !== undefined && text !== 'dataArray') throw invalid('result_format');
  return text === 'dataArray';
}

function selection(text: string, set: SetName): Set<string> {
  const names = text.split(',').map((name) => name.trim().replace(/^@iot\./, ''));
  for (const name of names) {
    const known = name === 'id' || name === 'selfLink' || propertyOf(set, name) || navigationOf(set, name);
    if (!known) throw invalid('property', { name: name.slice(0, 80), set });
  }
  return new Set(names);
}

function orderings(text: string | undefined, set: SetName): Ordering[] {
  if (text === undefined) return [];
  const reader = new ExpressionReader(text, set);
  const found: Ordering[] = [];
  do {
    const by = reader.expression();
    const isDescending = reader.takes('desc');
    if (!isDescending) reader.takes('asc');
    found.push({ by, isDescending });
  } while (reader.takes(','));
  reader.end();
  if (found.length > MOST_LISTED) throw invalid('listed', { name: '$orderby', most: MOST_LISTED });
  return found;
}

/** `Datastreams/Observations` puts Observations into Datastreams; what is named twice is put there once. */
function expansions(text: string | undefined, set: SetName, depth: number): Expansion[] {
  if (text === undefined) return [];
  if (depth === DEEPEST) throw invalid('deep', { most: DEEPEST });
  const found = new Map<string, Expansion>();
  for (const item of split(text, ',')) {
    const expansion = expansionFrom(item.trim(), set, depth);
    const before = found.get(expansion.name);
    found.set(expansion.name, before ? together(before, expansion) : expansion);
  }
  if (found.size > MOST_LISTED) throw invalid('listed', { name: '$expand', most: MOST_LISTED });
  return [...found.values()];
}

function expansionFrom(item: string, set: SetName, depth: number): Expansion {
  const [, name = '', below, inside] = /^([A-Za-z]+)(?:\/(.+)|\((.*)\))?$/s.exec(item) ?? [];
  const navigation = navigationOf(set, name);
  if (!navigation) throw invalid('relation', { name: (name || item).slice(0, 80), set });
  const given = below === undefined ? pairs(inside ?? '') : [['$expand', below] as const];
  const options = read(given, navigation.set, navigation.many ? COLLECTION : ALONE, depth + 1);
  return { ...navigation, name, options };
}

function pairs(text: string): (readonly [string, string])[] {
  if (text.trim() === '') return [];
  return split(text, ';').map((pair) => {
    const [, name = '', value = ''] = /^\s*(\$?\w+)\s*=(.*)$/s.exec(pair) ?? [];
    if (name === '') throw invalid('unreadable', { text: pair.slice(0, 40), position: 1 });
    return [name, value] as const;
  });
}

/** Both: the options of the later one, and what either puts inside. */
function together(one: Expansion, other: Expansion): Expansion {
  const names = new Map(one.options.expand.map((expansion) => [expansion.name, expansion]));
  for (const expansion of other.options.expand) {
    const before = names.get(expansion.name);
    names.set(expansion.name, before ? together(before, expansion) : expansion);
  }
  const richer = other.options.given.some(([name]) => name !== '$expand') ? other : one;
  return { ...richer, options: { ...richer.options, expand: [...names.values()] } };
}

/** Parts of a text between separators that stand in no brackets and no quotation marks. */
function split(text: string, separator: string): string[] {
  const parts: string[] = [];
  let [depth, start, isQuoted] = [0, 0, false];
  for (const [at, letter] of text.split('').entries()) {
    if (letter === "'") isQuoted = !isQuoted;
    if (isQuoted) continue;
    if (letter === '(') depth += 1;
    if (letter === ')') depth -= 1;
    if (letter !== separator || depth > 0) continue;
    parts.push(text.slice(start, at));
    start = at + 1;
  }
  return [...parts, text.slice(start)];
}
