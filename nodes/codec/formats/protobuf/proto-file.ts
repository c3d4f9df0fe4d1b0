import { type EnumType, type FieldType, isScalar, type MessageField, type MessageType } from './wire.ts';

/** Strings, words with dots, numbers, single signs; comments and space in between. */
const TOKEN = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|\s+|("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|[\w.]+|[^\s\w])/gy;

/** Statements that say nothing of the bytes. */
const PASSED_OVER = new Set(['option', 'import', 'package', 'reserved', 'extensions', 'syntax']);

/** A field whose type has yet to be found. */
interface Declared extends Omit<MessageField, 'type'> {
  number: number;
  typeName: string;
  /** Message in which it stands: names are looked up there first, and outwards. */
  scope: string;
}

interface File {
  /** By full name without the package. */
  messages: Map<string, { type: { fields: Map<number, MessageField> }; declared: Declared[] }>;
  enums: Map<string, EnumType>;
  package: string;
  isProto3: boolean;
}

/**
 * The messages of a .proto file (Protocol Buffers, proto2 and proto3) by their names; nested ones as `Outer.Inner`.
 * Groups, extensions and types of other files are refused. Throws SyntaxError that says what was expected where.
 */
export function parseProto(text: string): ReadonlyMap<string, MessageType> {
  const tokens = new Tokens(text);
  const file: File = { messages: new Map(), enums: new Map(), package: '', isProto3: false };
  while (!tokens.atEnd) readStatement(tokens, file);
  for (const { type, declared } of file.messages.values()) {
    for (const { number, typeName, scope, ...field } of declared) {
      if (type.fields.has(number)) throw new SyntaxError(`two fields have the number ${number}`);
      type.fields.set(number, { ...field, type: typeOf(file, typeName, scope) });
    }
  }
  return new Map([...file.messages].map(([name, { type }]) => [name, type]));
}

function readStatement(tokens: Tokens, file: File): void {
  const word = tokens.next();
  if (word === 'message') readMessage(tokens, file, '');
  else if (word === 'enum') readEnum(tokens, file, '');
  else if (word === 'service') skipBlock(tokens);
  else if (PASSED_OVER.has(word)) readPassedOver(tokens, file, word);
  else if (word !== ';') throw unexpected(word);
}

function readPassedOver(tokens: Tokens, file: File, word: string): void {
  const content = tokens.until(';');
  if (word === 'syntax') file.isProto3 = content.includes('proto3');
  if (word === 'package') file.package = content;
}

function readMessage(tokens: Tokens, file: File, outer: string): void {
  const name = `${outer}${tokens.next()}`;
  const declared: Declared[] = [];
  file.messages.set(name, { type: { fields: new Map() }, declared });
  tokens.expect('{');
  for (let word = tokens.next(); word !== '}'; word = tokens.next()) {
    if (word === 'message') readMessage(tokens, file, `${name}.`);
    else if (word === 'enum') readEnum(tokens, file, `${name}.`);
    else if (word === 'oneof') readOneof(tokens, declared, name);
    else if (PASSED_OVER.has(word)) tokens.until(';');
    else if (word === 'map') readMap(tokens, file, declared, name);
    else if (word !== ';') declared.push(readField(tokens, word, name, file.isProto3));
  }
}

function readField(tokens: Tokens, first: string, scope: string, isProto3: boolean): Declared {
  const label = ['repeated', 'optional', 'required'].includes(first) ? first : undefined;
  const typeName = label === undefined ? first : tokens.next();
  if (typeName === 'group' || !/^\.?[A-Za-z_]/.test(typeName)) throw unexpected(typeName);
  const { name, number } = readNumbered(tokens);
  const field = { name, number, typeName, scope };
  if (label === 'repeated') return { ...field, repeated: true };
  return isProto3 && label === undefined ? field : { ...field, optional: true };
}

function readNumbered(tokens: Tokens): { name: string; number: number } {
  const name = tokens.next();
  tokens.expect('=');
  const number = Number(tokens.next());
  if (!(Number.isInteger(number) && number > 0)) throw new SyntaxError(`the field ${name} has no number`);
  // Options such as [packed = true]: both ways of writing a list are read.
  tokens.until(';');
  return { name, number };
}

/** Its fields are there or not. */
function readOneof(tokens: Tokens, declared: Declared[], scope: string): void {
  tokens.next();
  tokens.expect('{');
  for (let word = tokens.next(); word !== '}'; word = tokens.next()) {
    if (word === 'option') tokens.until(';');
    else if (word !== ';') declared.push(readField(tokens, word, scope, false));
  }
}

/** `map<K, V>` is a repeated message with a key and a value. */
function readMap(tokens: Tokens, file: File, declared: Declared[], scope: string): void {
  tokens.expect('<');
  const key = tokens.next();
  tokens.expect(',');
  const value = tokens.next();
  tokens.expect('>');
  const { name, number } = readNumbered(tokens);
  const entry = `${scope}.${name}Entry`;
  const parts: Declared[] = [
    { name: 'key', number: 1, typeName: key, scope },
    { name: 'value', number: 2, typeName: value, scope },
  ];
  file.messages.set(entry, { type: { fields: new Map() }, declared: parts });
  declared.push({ name, number, typeName: entry, scope: '', repeated: true, map: true });
}

function readEnum(tokens: Tokens, file: File, outer: string): void {
  const name = `${outer}${tokens.next()}`;
  const names = new Map<number, string>();
  tokens.expect('{');
  for (let word = tokens.next(); word !== '}'; word = tokens.next()) {
    if (PASSED_OVER.has(word)) tokens.until(';');
    else if (word !== ';') {
      tokens.expect('=');
      const sign = tokens.peek() === '-' ? Number(`${tokens.next()}1`) : 1;
      const number = sign * Number(tokens.next());
      // Of several names of a number the first is meant.
      if (!names.has(number)) names.set(number, word);
      tokens.until(';');
    }
  }
  file.enums.set(name, { names });
}

function skipBlock(tokens: Tokens): void {
  tokens.until('{');
  for (let depth = 1; depth > 0; ) {
    const word = tokens.next();
    if (word === '{') depth += 1;
    else if (word === '}') depth -= 1;
  }
}

/** The type of a name: in its own message, or one further out. */
function typeOf(file: File, typeName: string, scope: string): FieldType {
  if (isScalar(typeName)) return typeName;
  const name = typeName.replace(/^\./, '');
  const inPackage = file.package !== '' && name.startsWith(`${file.package}.`);
  const own = inPackage ? name.slice(file.package.length + 1) : name;
  const steps = scope === '' ? [] : scope.split('.');
  for (let depth = steps.length; depth >= 0; depth--) {
    const candidate = [...steps.slice(0, depth), own].join('.');
    const found = file.messages.get(candidate)?.type ?? file.enums.get(candidate);
    if (found) return found;
  }
  throw new SyntaxError(`the type ${typeName} is not described`);
}

class Tokens {
  readonly #words: string[] = [];
  #at = 0;

  constructor(text: string) {
    let end = 0;
    for (const { 0: token, 1: word, index } of text.matchAll(TOKEN)) {
      if (word !== undefined) this.#words.push(word);
      end = index + token.length;
    }
    if (end < text.length) throw unexpected(text.slice(end, end + 10));
  }

  get atEnd(): boolean {
    return this.#at >= this.#words.length;
  }

  peek(): string | undefined {
    return this.#words[this.#at];
  }

  next(): string {
    const word = this.#words[this.#at++];
    if (word === undefined) throw new SyntaxError('the file ends too early');
    return word;
  }

  expect(word: string): void {
    const found = this.next();
    if (found !== word) throw new SyntaxError(`“${word}” is missing before “${found}”`);
  }

  /** The words before one that ends a statement. */
  until(word: string): string {
    const words: string[] = [];
    for (let found = this.next(); found !== word; found = this.next()) words.push(found);
    return words.join('');
  }
}

function unexpected(word: string): SyntaxError {
  return new SyntaxError(`“${word}” cannot stand there`);
}
