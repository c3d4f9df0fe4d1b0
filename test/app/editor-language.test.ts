import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { answerEditorTexts } from '../../app/editor-language.ts';

type Texts = { [key: string]: string | Texts };

const nodeRed = createRequire(createRequire(import.meta.url).resolve('node-red'));
const editor = dirname(nodeRed.resolve('@node-red/editor-client'));
const english = JSON.parse(readFileSync(join(editor, 'locales/en-US/editor.json'), 'utf8')) as Texts;

/** What the editor gets if it asks for this language; undefined if Node-RED is left to answer. */
function textsIn(lng: unknown): Texts | undefined {
  const answers: Texts[] = [];
  const json = (texts: unknown) => answers.push(texts as Texts);
  answerEditorTexts({ query: { lng } }, { json }, () => undefined);
  return answers[0];
}

/** Dotted key and text of every entry; Node-RED's files write the plural in the older way. */
function entries(texts: Texts, prefix = ''): [string, string][] {
  return Object.entries(texts).flatMap(([key, text]): [string, string][] =>
    typeof text === 'string'
      ? [[`${prefix}${key.replace(/_other$/, '_plural')}`, text]]
      : entries(text, `${prefix}${key}.`),
  );
}

describe('texts of the editor', () => {
  for (const language of ['nb', 'nb-NO', 'nn', 'no']) {
    it(`are Norwegian for ${language}`, () => {
      assert.deepEqual(
        entries(textsIn(language) ?? {}).find(([key]) => key === 'deploy.deploy'),
        ['deploy.deploy', 'Ta i bruk'],
      );
    });
  }

  for (const language of ['en-US', 'de', 'nbx', undefined]) {
    it(`are Node-RED's own for ${language}`, () => assert.equal(textsIn(language), undefined));
  }

  it('replace texts that Node-RED has, with the same placeholders', () => {
    const originals = new Map(entries(english));
    const placeholders = (text: string) => text.match(/__\w+?__/g)?.sort() ?? [];
    for (const [key, text] of entries(textsIn('nb') ?? {})) {
      assert.deepEqual(placeholders(text), placeholders(originals.get(key) ?? 'no such text'), key);
      assert.ok(originals.has(key), key);
    }
  });
});
