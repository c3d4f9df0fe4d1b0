import { translate } from '../observation/messages.ts';
import type { Publisher } from './dataset.ts';
import { html } from './html.ts';
import { page } from './layout.ts';
import { linkTo, type Visit } from './visit.ts';

/** Titles of pages that say why there is nothing to see, by HTTP status. */
const TITLES: Readonly<Record<number, string>> = { 404: 'not_found', 410: 'withdrawn' };

/** A page that says in a sentence why there is nothing to see. */
export function problemPage(status: number, sentence: string, owner: Publisher, visit: Visit): string {
  const title = translate(visit.language, `opendata.problem.${TITLES[status] ?? 'title'}`);
  return page({
    visit,
    title,
    owner: owner.name,
    isProblem: true,
    body: html`<h1>${title}</h1><p class="lead">${sentence}</p>
<p><a href="${linkTo(visit, '')}">${translate(visit.language, 'opendata.page.all_datasets')}</a></p>`,
  });
}
