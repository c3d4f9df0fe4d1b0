import { type YamlObject, yamlObject, yamlText } from './yaml-file.ts';

/** Sections of a codec definition for commands, with the names that the functions they are for have in scripts. */
const COMMAND_SECTIONS = [
  ['downlinkEncoder', ['encodeDownlink', 'Encode', 'Encoder']],
  ['downlinkDecoder', ['decodeDownlink']],
] as const;

/** The scripts that a codec definition names besides the one for uplinks, each with the functions wanted of it. */
export function commandScripts(definition: YamlObject, uplinkScript: string): Map<string, string[]> {
  const scripts = new Map<string, string[]>();
  for (const [section, functions] of COMMAND_SECTIONS) {
    const file = yamlText(yamlObject(definition[section])?.fileName);
    if (file === undefined || file === uplinkScript) continue;
    scripts.set(file, [...(scripts.get(file) ?? []), ...functions]);
  }
  return scripts;
}

/**
 * One script with the functions of another one. Vendors' files have helpers of the same names that do different things:
 * those of the other stay out of sight. Lines of the first keep their numbers.
 */
export function withFunctionsOf(source: string, other: string, functions: readonly string[]): string {
  const shown = functions.map((name) => `if (typeof ${name} === 'function') globalThis.${name} = ${name};`);
  return `${source}\n;(function () {\n${other}\n;${shown.join('\n')}\n})();\n`;
}
