import { translate } from '../../observation/messages.ts';
import { type Html, html } from '../html.ts';
import type { PublicPlace } from '../places.ts';
import type { Entry } from '../site.ts';
import { addressOf, type Visit } from '../visit.ts';

/** What to copy into another web page to show a place there: a frame, or an element with a script. */
export function embedHint({ dataset }: Entry, { id, name }: PublicPlace, visit: Visit): Html {
  const text = (key: string) => translate(visit.language, `opendata.embed.${key}`);
  const frame = addressOf({ ...visit, path: `embed/${dataset.id}/${id}/`, query: [] }, visit.language);
  const script = addressOf({ ...visit, path: 'embed/byflyt-value.js', query: [] });
  const codes = [
    ['frame', html`<iframe src="${frame}" title="${name}" width="360" height="520"></iframe>`.markup],
    [
      'element',
      html`<script type="module" src="${script}"></script>
<byflyt-value dataset="${dataset.id}" place="${id}" lang="${visit.language}"></byflyt-value>`.markup,
    ],
  ] as const;
  return html`<details class="hint"><summary>${text('title')}</summary>${codes.map(
    ([key, code]) => html`<p>${text(key)}</p><pre tabindex="0"><code>${code}</code></pre>`,
  )}</details>`;
}
