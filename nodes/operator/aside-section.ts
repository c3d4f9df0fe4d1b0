import type { DeviceRegistry } from '../devices/registry.ts';
import { translate } from '../observation/messages.ts';
import { type Html, html } from '../opendata/html.ts';
import { scrollable } from '../opendata/layout.ts';
import { type Locale, momentText } from '../opendata/wording.ts';
import type { AsideGroup, KeptAside } from '../timeseries/kept-aside.ts';
import { problemSentence } from './problem-words.ts';

type Devices = Pick<DeviceRegistry, 'get'>;

/** What was put aside, by reason, with a button each to try it again and to throw it away. */
export function asideSection(aside: KeptAside, devices: Devices, locale: Locale, now: number): Html {
  const text = (key: string, parameters?: Record<string, number>) =>
    translate(locale.language, `operator.aside.${key}`, parameters);
  const groups = aside.groups();
  const rows = groups.map((group, index) => row(group, `aside-${index}`, devices, locale, now));
  const shown = groups.reduce((sum, { count }) => sum + count, 0);
  const more =
    aside.count > shown && html`<p class="quiet">${text('more', { count: aside.count - shown })}</p>`;
  return html`<section aria-labelledby="aside"><h2 id="aside">${text('title', { count: aside.count })}</h2>${
    rows.length === 0
      ? html`<p>${text('none')}</p>`
      : html`<p>${text('what_to_do')}</p>${scrollable(
          'aside',
          html`<table class="aside"><thead><tr><th scope="col">${text('time')}</th><th scope="col">${text('reason')}</th><th scope="col" class="number">${text('count')}</th><th scope="col">${text('actions')}</th></tr></thead><tbody>${rows}</tbody></table>`,
        )}${more}`
  }</section>`;
}

/** The buttons are described by the sentence of their row. */
function row(
  { key, problem, count, time }: AsideGroup,
  id: string,
  devices: Devices,
  locale: Locale,
  now: number,
): Html {
  const { language } = locale;
  const text = (name: string) => translate(language, `operator.aside.${name}`, { count });
  const button = (action: 'retry' | 'discard') =>
    html`<button type="button" class="act" data-action="${action}" data-key="${key}" aria-describedby="${id}"${
      action === 'discard' && html` data-question="${text('question')}"`
    }>${text(action)}</button>`;
  return html`<tr><td>${momentText(Date.parse(time), now, locale)}</td><td id="${id}">${problemSentence(problem, devices, language)}</td>
<td class="number">${count}</td><td><div class="acts">${button('retry')}${button('discard')}</div></td></tr>`;
}
