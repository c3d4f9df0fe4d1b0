import { translate } from '../observation/messages.ts';
import type { Change } from './change-log.ts';
import type { Dataset, Publisher } from './dataset.ts';
import { type Html, html } from './html.ts';
import { page, written } from './layout.ts';
import { linkTo, type Visit } from './visit.ts';
import { momentText } from './wording.ts';

/** What has a text below `opendata.part`. A log of another version may know others: those are not named. */
const PARTS: Readonly<Record<keyof Dataset, true>> = {
  id: true,
  title: true,
  description: true,
  method: true,
  area: true,
  quantities: true,
  devices: true,
  licence: true,
  themes: true,
  keywords: true,
  updateMinutes: true,
  frequency: true,
  spatial: true,
  temporal: true,
  conformsTo: true,
  highValue: true,
  contact: true,
  approved: true,
  phrases: true,
  failed: true,
  privacy: true,
};

/** Of a long log the newest; the file has all. */
const MOST = 200;

/** Every publication, change and withdrawal, newest first. `published` are the ids of datasets that have a page now. */
export function changesPage(
  changes: readonly Change[],
  published: ReadonlySet<string>,
  owner: Publisher,
  visit: Visit,
): string {
  const text = (key: string) => translate(visit.language, `opendata.changes.${key}`);
  const newest = changes.slice(-MOST).toReversed();
  return page({
    visit,
    title: text('title'),
    description: text('lead'),
    owner: owner.name,
    above: [{ path: '', name: translate(visit.language, 'opendata.page.all_datasets') }],
    alternates: [{ type: 'application/json', href: 'changes.json' }],
    body: html`<h1>${text('title')}</h1><p class="lead">${text('lead')}</p>
${newest.length > 0 ? html`<ol class="changes">${newest.map((change) => line(change, published, visit))}</ol>` : html`<p>${text('none')}</p>`}
<p><a href="${linkTo(visit, 'changes.json')}">${text('file')}</a></p>`,
  });
}

function line(change: Change, published: ReadonlySet<string>, visit: Visit): Html {
  const { time, kind, dataset, title, parts = [], reason } = change;
  const at = Date.parse(time);
  const name = written(title, visit.language);
  const names = parts
    .filter((part) => Object.hasOwn(PARTS, part))
    .map((part) => translate(visit.language, `opendata.part.${part}`));
  return html`<li><time datetime="${time}">${momentText(at, visit.now, visit)}</time>
<strong>${translate(visit.language, `opendata.changes.${kind}`)}</strong>
${published.has(dataset) ? html`<a href="${linkTo(visit, `${dataset}/`)}">${name}</a>` : name}${
  names.length > 0 && html`: ${names.join(', ')}`
}${reason && html`: ${reason}`}</li>`;
}
