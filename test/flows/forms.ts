/** What the editor knows of node types: read from their forms, as the editor reads them. */
import { globSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createContext, runInContext } from 'node:vm';

/** A property of a form: `type` names the configuration node that it refers to. */
interface FormProperty {
  type?: string;
  required?: boolean;
}

const ROOT = join(import.meta.dirname, '../..');
const CORE = join(dirname(createRequire(import.meta.url).resolve('@node-red/nodes/package.json')), 'core');
const SHARED = join(ROOT, 'resources/forms.js');
const SCRIPT = /<script type="text\/javascript">([\s\S]*?)<\/script>/g;

/** Node type -> its properties, of our own nodes. */
export function ownForms(): Map<string, Record<string, FormProperty>> {
  const forms = new Map<string, Record<string, FormProperty>>();
  const registerType = (type: string, { defaults }: { defaults: Record<string, FormProperty> }) =>
    forms.set(type, defaults);
  const nodes = withAnything({ registerType });
  const shared = readFileSync(SHARED, 'utf8');
  for (const path of globSync('nodes/*/*.node.html', { cwd: ROOT })) {
    for (const [, script = ''] of readFileSync(join(ROOT, path), 'utf8').matchAll(SCRIPT)) {
      const context = createContext({ RED: withAnything({ nodes }), $: anything, window: {} });
      runInContext(shared, context);
      runInContext(script, context);
    }
  }
  return forms;
}

/** Types that Node-RED brings. */
export function coreTypes(): ReadonlySet<string> {
  const pages = globSync('**/*.html', { cwd: CORE }).filter((path) => !path.includes('locales'));
  const registered = pages.flatMap((path) => [
    ...readFileSync(join(CORE, path), 'utf8').matchAll(/registerType\(\s*['"]([^'"]+)['"]/g),
  ]);
  return new Set(['tab', 'group', ...registered.map(([, type = '']) => type)]);
}

/** Stands for any part of the editor that a form touches while it is loaded. */
const anything: unknown = new Proxy(() => anything, { get: () => anything });

function withAnything(known: Record<string, unknown>): unknown {
  return new Proxy(known, { get: (target, name) => Reflect.get(target, name) ?? anything });
}
