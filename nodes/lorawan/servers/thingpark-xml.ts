import { MessageError } from '../../observation/errors.ts';
import type { JsonObject } from '../json-fields.ts';

/** Reports of ThingPark have three levels. */
const DEEPEST = 8;

const DECLARATION = /^\uFEFF?\s*(?:<\?xml[^?<>]*\?>)?\s*/;
const NAME = String.raw`[A-Za-z_][\w.-]*`;
/** An opening, closing or empty element; prefixes and attributes (only `xmlns` is known) say nothing here. */
const TAG = new RegExp(
  String.raw`<(/?)(?:${NAME}:)?(${NAME})((?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(/?)>`,
  'y',
);
const TEXT = /[^<]*/y;

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

interface Element {
  name: string;
  children: JsonObject;
  text: string;
}

/**
 * The elements of a ThingPark report as the object that ThingPark's JSON has: texts stay texts, what stands several
 * times becomes a list. Only what such reports need is read: no document types, entities of their own, comments or
 * CDATA, which are the ways to attack a reader of XML. Throws MessageError `lorawan.error.xmlNotReadable`.
 */
export function readXml(xml: string): JsonObject {
  const start = DECLARATION.exec(xml)?.[0].length ?? 0;
  const root: Element = { name: '', children: {}, text: '' };
  const open: Element[] = [root];
  for (let at = start; at < xml.length; ) {
    const text = match(TEXT, xml, at);
    const element = open.at(-1) ?? root;
    element.text += text;
    at += text.length;
    if (at < xml.length) at += readTag(xml, at, open);
  }
  if (open.length !== 1 || root.text.trim() !== '' || Object.keys(root.children).length !== 1)
    throw notReadable();
  return root.children;
}

/** Reads one tag; returns its length. */
function readTag(xml: string, at: number, open: Element[]): number {
  TAG.lastIndex = at;
  const found = TAG.exec(xml);
  const [tag = '', isEnd, name = '', , isEmpty] = found ?? [];
  if (!found) throw notReadable();
  const element = open.at(-1);
  if (isEnd) {
    if (open.length < 2 || element?.name !== name || isEmpty) throw notReadable();
    open.pop();
    add(open.at(-1), name, contentOf(element));
  } else if (isEmpty) {
    add(element, name, '');
  } else {
    if (open.length > DEEPEST) throw notReadable();
    open.push({ name, children: Object.create(null) as JsonObject, text: '' });
  }
  return tag.length;
}

function contentOf({ children, text }: Element): unknown {
  if (Object.keys(children).length === 0) return decoded(text);
  if (text.trim() !== '') throw notReadable();
  return { ...children };
}

function add(parent: Element | undefined, name: string, content: unknown): void {
  if (!parent) throw notReadable();
  const { children } = parent;
  const before = children[name];
  if (before === undefined) children[name] = content;
  else if (Array.isArray(before)) before.push(content);
  else children[name] = [before, content];
}

/** Text with the five entities of XML and numbered characters. */
function decoded(text: string): string {
  return text.replace(/&([^;&]*)(;?)/g, (_, entity: string, end: string) => {
    const [, hex, decimal] = /^#(?:x([0-9a-f]{1,6})|(\d{1,7}))$/i.exec(entity) ?? [];
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    if (end !== '' && code > 0 && code <= 0x10ffff) return String.fromCodePoint(code);
    const character = end === '' || !Object.hasOwn(ENTITIES, entity) ? undefined : ENTITIES[entity];
    if (character === undefined) throw notReadable();
    return character;
  });
}

function match(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? '';
}

function notReadable(): MessageError {
  return new MessageError({ key: 'lorawan.error.xmlNotReadable' });
}
