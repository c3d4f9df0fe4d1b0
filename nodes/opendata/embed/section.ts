import { readFileSync } from 'node:fs';
import { goneFrom } from '../changes.ts';
import { notFound } from '../parameters.ts';
import type { Context } from '../request.ts';
import { type Content, HTML, pagePolicy } from '../response.ts';
import { visitKey, visitOf } from '../visit.ts';
import { embedPage } from './embed-page.ts';

const SCRIPT = 'byflyt-value.js';
const SCRIPT_TEXT = readFileSync(new URL(`./${SCRIPT}`, import.meta.url), 'utf8');

/** `embed/<dataset>/<place>/` for frames, and the script of the element for other web pages. */
export async function embedSection(context: Context, rest: string): Promise<Content> {
  if (rest === SCRIPT) {
    // Modules are read across sites only with leave; another site's page may run it.
    const headers = { 'Cross-Origin-Resource-Policy': 'cross-origin' };
    return { type: 'text/javascript; charset=utf-8', body: SCRIPT_TEXT, maxAge: 3600, headers };
  }
  const [, dataset = '', place = ''] = /^([^/]+)\/([^/]+)\/?$/.exec(rest) ?? [];
  const entry = context.site.get(dataset);
  if (!entry) throw goneFrom(context, dataset) ?? notFound();
  const hasChart = context.query.get('chart') !== 'no';
  const visit = visitOf(context, hasChart ? [] : [['chart', 'no']]);
  return context.site.answer(entry, 'place', `embed ${visitKey(visit)}`, visit.now, async () => {
    const body = await embedPage(entry, place, hasChart, visit);
    if (body === undefined) throw notFound();
    const headers = { 'Content-Security-Policy': pagePolicy({ frames: '*' }) };
    return { type: HTML, body, maxAge: 60, vary: 'Accept-Language', headers };
  });
}
