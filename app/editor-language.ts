/** Gives the editor the language of this Byflyt: Node-RED takes the browser's, and has no Norwegian texts. */
import { join } from 'node:path';
import { readJson } from '../nodes/devices/atomic-file.ts';
import type { Language } from '../nodes/observation/messages.ts';

const FOLDER = join(import.meta.dirname, 'editor');

/** Scripts that the editor's page loads before it asks for its language. */
export function languageScripts(language: Language): string[] {
  return language === 'nb' ? [join(FOLDER, 'nb.js')] : [];
}

/** Where the editor asks for its own texts, below its root. */
export const EDITOR_TEXTS = '/locales/editor';

/** The parts of an HTTP request and response that are needed here. */
interface TextsRequest {
  query: { lng?: unknown };
}
interface TextsResponse {
  json(texts: unknown): unknown;
}

/** Answers with the editor's most seen texts in Norwegian; what is not among them, the editor shows in English. */
export function answerEditorTexts(request: TextsRequest, response: TextsResponse, next: () => void): void {
  if (/^(nb|nn|no)(-|$)/i.test(String(request.query.lng))) response.json(texts());
  else next();
}

let cached: unknown;

function texts(): unknown {
  cached ??= readJson(join(FOLDER, 'nb.json'));
  return cached;
}
