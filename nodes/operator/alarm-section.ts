import type { OpenAlarm } from '../alarm/alarm-answer.ts';
import { translate } from '../observation/messages.ts';
import { type Html, html } from '../opendata/html.ts';
import { scrollable } from '../opendata/layout.ts';
import { type Locale, momentText } from '../opendata/wording.ts';
import { sandboxMark } from './marks.ts';

/** Open alarms, each with buttons to say that it was seen, and what was behind it. */
export function alarmSection(alarms: readonly OpenAlarm[], locale: Locale, now: number): Html {
  const text = (key: string) => translate(locale.language, `operator.alarm.${key}`);
  const rows = alarms.map((alarm, index) => row(alarm, `alarm-${index}`, locale, now));
  const headings = ['severity', 'what', 'since', 'answer'].map(
    (key) => html`<th scope="col">${text(key)}</th>`,
  );
  return html`<section aria-labelledby="alarms"><h2 id="alarms">${text('title')}</h2>${
    rows.length === 0
      ? html`<p>${text('none')}</p>`
      : scrollable(
          'alarms',
          html`<table class="aside"><thead><tr>${headings}</tr></thead><tbody>${rows}</tbody></table>`,
        )
  }</section>`;
}

/** The buttons are described by the sentence of their row. */
function row({ key, event, acknowledged }: OpenAlarm, id: string, locale: Locale, now: number): Html {
  const text = (name: string) => translate(locale.language, `operator.alarm.${name}`);
  const button = (action: string) =>
    html`<button type="button" class="act" data-path="alarm" data-action="${action}" data-key="${key}" aria-describedby="${id}">${text(`reply.${action}`)}</button>`;
  const seen = acknowledged ? html`<span class="quiet">${text('acknowledged')}</span>` : button('seen');
  return html`<tr><td><span class="mark ${event.severity}">${text(event.severity)}</span></td><td id="${id}">${event.sentence}${sandboxMark(event, locale)}</td>
<td>${momentText(Date.parse(event.time), now, locale)}</td><td><div class="acts">${seen}${['right', 'false', 'planned'].map(button)}</div></td></tr>`;
}
