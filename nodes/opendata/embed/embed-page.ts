import { readFileSync } from 'node:fs';
import { translate } from '../../observation/messages.ts';
import { chartSection } from '../chart-section.ts';
import { readPeriod } from '../history.ts';
import { html, trusted } from '../html.ts';
import { sandboxNotice } from '../layout.ts';
import { inLanguage } from '../localized.ts';
import { placePath, placeValues } from '../place-card.ts';
import { readPlacesNow } from '../place-now.ts';
import type { Entry } from '../site.ts';
import { addressOf, type Visit } from '../visit.ts';

const STYLE = readFileSync(new URL('../page.css', import.meta.url), 'utf8');

/** A place for the frame of another page: what it is like now, and the last two days. Undefined if there is none. */
export async function embedPage(
  entry: Entry,
  id: string,
  hasChart: boolean,
  visit: Visit,
): Promise<string | undefined> {
  const { dataset, publisher, sources } = entry;
  const { language, now, timeZone } = visit;
  const { places, sandbox } = await readPlacesNow(entry);
  const place = places.find((each) => each.id === id);
  if (!place) return undefined;
  const quantities = hasChart ? dataset.quantities.slice(0, 1) : [];
  const asked = { period: 'two_days', quantities, now, timeZone } as const;
  const history = await readPeriod(dataset, sources, [place], asked);
  const charts = await Promise.all(
    history.quantities.map((quantity) => chartSection(quantity, history, dataset, visit)),
  );
  const whole = addressOf(
    { ...visit, path: placePath(entry, place), query: [] },
    visit.chosen ? language : undefined,
  );
  return html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${place.name}: ${inLanguage(dataset.title, language)}</title>
<meta name="robots" content="noindex">
<link rel="canonical" href="${whole}">
<link rel="icon" href="data:,">
<style>${trusted(STYLE)}</style>
</head>
<body class="embed">
<main><h1>${place.name}</h1>${sandbox && sandboxNotice(language)}
<div class="place">${placeValues(entry, place, visit)}</div>
${charts}
<p class="when"><a href="${whole}" target="_blank" rel="noopener">${translate(language, 'opendata.embed.more', { publisher: publisher.name })}</a></p></main>
</body>
</html>
`.markup;
}
