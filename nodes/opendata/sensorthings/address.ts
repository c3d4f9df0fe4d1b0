import { isSet, navigationOf, propertyOf, type SetName } from './model.ts';
import { invalid, nothingThere } from './request-problem.ts';

/** A set of entities, one of them if an id is given. */
export interface Segment {
  name: string;
  set: SetName;
  many: boolean;
  id?: number;
}

/** What an address below the service root means (OGC 18-088, section 9.2). */
export interface Address {
  segments: readonly Segment[];
  /** Names of a property and of what is inside of it; empty: the entities themselves. */
  property: readonly string[];
  /** `value`: the property without quotation marks; `ref`: only the addresses of the entities. */
  as: 'json' | 'value' | 'ref';
}

const MOST_SEGMENTS = 20;
const LARGEST = Number.MAX_SAFE_INTEGER;

/**
 * Reads an address such as `Datastreams(12)/Observations(34)/result/$value`, percent-encoded.
 * Throws RequestError, with status 404 for what cannot exist.
 */
export function addressFrom(path: string): Address {
  const names = path.split('/').map(decoded);
  if (names.at(-1) === '') names.pop();
  if (names.length > MOST_SEGMENTS) throw invalid('steps', { most: MOST_SEGMENTS });
  const last = names.at(-1);
  const as = last === '$value' ? 'value' : last === '$ref' ? 'ref' : 'json';
  if (as !== 'json') names.pop();
  const { segments, property } = read(names);
  const end = segments.at(-1);
  const isEntity = end !== undefined && (!end.many || end.id !== undefined);
  if (!end || (property.length > 0 && !isEntity)) throw nothingThere();
  if (as === 'value' && property.length === 0) throw invalid('value');
  if (as === 'ref' && property.length > 0) throw invalid('ref');
  return { segments, property, as };
}

function read(names: readonly string[]): Pick<Address, 'segments' | 'property'> {
  const segments: Segment[] = [];
  for (const [at, word] of names.entries()) {
    const before = segments.at(-1);
    const isEntity = before !== undefined && (!before.many || before.id !== undefined);
    if (before && isEntity && isProperty(before.set, word)) return { segments, property: names.slice(at) };
    segments.push(segmentFrom(word, isEntity ? before?.set : undefined, before !== undefined));
  }
  return { segments, property: [] };
}

function isProperty(set: SetName, word: string): boolean {
  return (
    word === '@iot.id' || word === 'id' || word === '@iot.selfLink' || propertyOf(set, word) !== undefined
  );
}

function segmentFrom(word: string, owner: SetName | undefined, isInside: boolean): Segment {
  const [, name = '', key] = /^(\w+)(?:\((.*)\))?$/s.exec(word) ?? [];
  const found = owner
    ? navigationOf(owner, name)
    : !isInside && isSet(name)
      ? { set: name, many: true }
      : undefined;
  if (!found || (key !== undefined && !found.many)) throw nothingThere();
  return { name, ...found, ...(key !== undefined && { id: idFrom(key) }) };
}

/** Ids are whole numbers; text in quotation marks is an id elsewhere, so there is nothing under it here. */
function idFrom(text: string): number {
  const plain = text.trim().replace(/^'(.*)'$/s, '$1');
  if (plain !== text.trim() && !/^\d+$/.test(plain)) throw nothingThere();
  if (!/^-?\d+$/.test(plain)) throw invalid('id', { text: text.slice(0, 40) });
  const id = Number(plain);
  if (id < 0 || id > LARGEST) throw nothingThere();
  return id;
}

function decoded(word: string): string {
  try {
    return decodeURIComponent(word);
  } catch {
    throw invalid('unreadable', { text: word.slice(0, 40), position: 1 });
  }
}
