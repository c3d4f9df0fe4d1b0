/** Editor forms: each is loaded as the editor loads it; validators give reasons, fields have labels, types a place in the palette. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { argv } from 'node:process';
import { createContext, runInContext } from 'node:vm';

type Validator = (this: object, value: unknown, options: object) => unknown;

interface Definition {
  category?: string;
  color?: string;
  icon?: string;
  inputs?: number;
  defaults?: Record<string, { value?: unknown; required?: boolean; validate?: Validator }>;
}

const root = join(import.meta.dirname, '../..');

/** What people leave or mistype in a field, and leave in a list. */
const NONSENSE = { field: ['', ' ', 'nonsense', '-1', undefined], list: [[], undefined] };

/** A file of `resources/` that the editor loads before the form. */
const SHARED = /<script src="(resources)\/@byflyt\/nodes\/([\w-]+\.js)"><\/script>/g;
const SCRIPT = /<script type="text\/javascript">([\s\S]*?)<\/script>/g;
const TEMPLATE = /<script type="text\/html" data-template-name="([\w-]+)">([\s\S]*?)<\/script>/g;

/** What the form registers, by node type. Catalog lookups answer with the key. */
function definitionsOf(html: string): Map<string, Definition> {
  const definitions = new Map<string, Definition>();
  const translator = { _: (key: string) => key };
  const nodes = {
    registerType: (type: string, definition: Definition) => definitions.set(type, definition),
    getType: () => translator,
    node: () => null,
  };
  const actions = { add: () => undefined };
  const context = createContext({ RED: { nodes, actions, settings: {} } });
  for (const [, folder = '', name = ''] of html.matchAll(SHARED))
    runInContext(readFileSync(join(root, folder, name), 'utf8'), context);
  for (const [, script = ''] of html.matchAll(SCRIPT)) runInContext(script, context);
  return definitions;
}

function* definitionProblems(type: string, definition: Definition): Generator<string> {
  const { category, color, icon, inputs } = definition;
  if (category !== 'Byflyt' && category !== 'config') yield `${type}: category is ${category}`;
  if (category === 'Byflyt' && !(color && icon && inputs !== undefined))
    yield `${type}: lacks a colour, an icon or its number of inputs`;
  const defaults = definition.defaults ?? {};
  const values = Object.fromEntries(Object.entries(defaults).map(([name, { value }]) => [name, value]));
  for (const [name, { required, validate }] of Object.entries(defaults)) {
    if (required) yield `${type}: ${name}: "required" gives no reason; use a validator`;
    if (!validate) continue;
    for (const problem of validatorProblems(name, validate, values)) yield `${type}: ${problem}`;
  }
}

/** Node-RED 5 takes a text for a reason only from a validator with two parameters; from others it means "valid". */
function* validatorProblems(
  property: string,
  validate: Validator,
  values: Record<string, unknown>,
): Generator<string> {
  if (validate.length !== 2) yield `${property}: a validator takes two parameters`;
  const node = { ...values, _: (key: string) => key };
  for (const value of NONSENSE[Array.isArray(values[property]) ? 'list' : 'field']) {
    const answer = validate.call(node, value, {});
    if (answer !== true && (typeof answer !== 'string' || answer === ''))
      yield `${property}: answers ${String(answer)} for ${JSON.stringify(value)}, neither true nor a reason`;
  }
}

/** Every field that a person fills in has a label of its own or a name for screen readers. */
function* templateProblems(type: string, template: string): Generator<string> {
  for (const [field, attributes = ''] of template.matchAll(/<(?:input|select|textarea)\b([^>]*)>/g)) {
    const id = /\bid="([^"]+)"/.exec(attributes)?.[1];
    const labelled = new RegExp(`<label [^>]*for="${id}"`).test(template);
    if (!labelled && !attributes.includes('[aria-label]')) yield `${type}: no label for ${field}`;
  }
}

function* problemsOf(file: string): Generator<string> {
  const html = readFileSync(join(root, file), 'utf8');
  const definitions = definitionsOf(html);
  const templates = new Map([...html.matchAll(TEMPLATE)].map(([, type = '', body = '']) => [type, body]));
  for (const [type, definition] of definitions) {
    yield* definitionProblems(type, definition);
    const template = templates.get(type);
    if (template === undefined) yield `${type}: no form`;
    else yield* templateProblems(type, template);
  }
  if (definitions.size === 0) yield `${file}: registers no node type`;
}

/** One line per problem; empty if all forms are in order. */
export function formProblems(): string[] {
  return globSync('nodes/*/*.node.html', { cwd: root }).flatMap((file) => [...problemsOf(file)]);
}

if (import.meta.filename === argv[1]) {
  const problems = formProblems();
  for (const line of problems) console.error(line);
  process.exitCode = problems.length > 0 ? 1 : 0;
}
