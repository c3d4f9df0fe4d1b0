import { translate } from '../observation/messages.ts';
import type { Dataset } from './dataset.ts';
import { type Html, html } from './html.ts';
import { linkTo, type Visit } from './visit.ts';

const DAY = 86_400_000;

/** The files of a dataset. */
export function downloadList(visit: Visit, { id }: Dataset): Html {
  const text = (key: string) => translate(visit.language, `opendata.page.${key}`);
  const month = new Date(visit.now - 30 * DAY).toISOString().slice(0, 10);
  const file = (name: string, query?: Record<string, string>) => linkTo(visit, `${id}/${name}`, query);
  return html`<ul class="links">
<li><a href="${file('data.csv', { from: month })}">${text('csv_month')}</a></li>
<li><a href="${file('data.csv')}">${text('csv_all')}</a></li>
<li><a href="${file('data.json', { from: month })}">${text('json')}</a></li>
<li><a href="${file('latest.json')}">${text('latest')}</a></li>
<li><a href="${linkTo(visit, 'catalog.ttl')}">${text('catalogue')}</a></li>
</ul>`;
}
