import { translate } from '../observation/messages.ts';
import type { Dataset } from './dataset.ts';
import { type Html, html } from './html.ts';
import type { PublicPlace } from './places.ts';
import { hasEmptying } from './sharing/emptying.ts';
import { linkTo, type Visit } from './visit.ts';

const DAY = 86_400_000;

/** A file: its name, what its text is called, and whether it is of the last 30 days only. */
type Download = readonly [name: string, text: string, isRecent?: true];

const OF_VALUES: readonly Download[] = [
  ['data.spreadsheet.csv', 'sheet_month', true],
  ['data.spreadsheet.csv', 'sheet_all'],
  ['data.csv', 'csv_all'],
  ['data.json', 'json', true],
  ['data.geojson', 'geojson', true],
  ['data.parquet', 'parquet'],
];
const OF_DATASET: readonly Download[] = [
  ['latest.json', 'latest'],
  ['report/', 'report'],
  ['feed.atom', 'feed'],
];

/** The files of a dataset, or of one place in it. */
export function downloadList(visit: Visit, dataset: Dataset, place?: PublicPlace): Html {
  const text = (key: string) => translate(visit.language, `opendata.page.${key}`);
  const from = new Date(visit.now - 30 * DAY).toISOString().slice(0, 10);
  const line = ([name, key, isRecent]: Download, chosen: Record<string, string> = {}) => {
    const query = { ...(isRecent && { from }), ...chosen };
    return html`<li><a href="${linkTo(visit, `${dataset.id}/${name}`, query)}">${text(key)}</a></li>
`;
  };
  const ofPlace = place && { place: place.id };
  return html`<ul class="links">
${OF_VALUES.map((download) => line(download, ofPlace))}${OF_DATASET.map((download) => line(download))}${
  hasEmptying(dataset) && line(['emptying.ics', 'emptying'])
}<li><a href="${linkTo({ ...visit, chosen: false }, 'catalog.ttl')}">${text('catalogue')}</a></li>
</ul>`;
}
