import type { DeviceRegistry } from '../devices/registry.ts';
import { nameOf, type UnknownDevice } from '../devices/unknown-devices.ts';
import { translate } from '../observation/messages.ts';
import { type Html, html } from '../opendata/html.ts';
import { scrollable } from '../opendata/layout.ts';
import { type Locale, momentText } from '../opendata/wording.ts';
import type { JournalEntry } from '../persistence/journal.ts';
import { problemSentence } from './problem-words.ts';
import type { OperatorSources } from './sources.ts';

/** Entries shown of what may be long. */
const SHOWN = 10;

/** Devices heard on the air that nobody registered: how many, and the newest. */
export function unknownSection(unknown: readonly UnknownDevice[], locale: Locale, now: number): Html {
  const text = (key: string, parameters?: Record<string, number>) =>
    translate(locale.language, `operator.unknown.${key}`, parameters);
  const newest = [...unknown].sort((a, b) => b.lastSeen.localeCompare(a.lastSeen)).slice(0, SHOWN);
  const rows = newest.map(
    ({ network, count, lastSeen, ...identity }) =>
      html`<tr><td><code>${nameOf(identity)}</code></td><td>${network}</td><td class="number">${count}</td><td>${momentText(Date.parse(lastSeen), now, locale)}</td></tr>`,
  );
  return html`<section aria-labelledby="unknown"><h2 id="unknown">${text('title', { count: unknown.length })}</h2>${
    rows.length === 0
      ? html`<p>${text('none')}</p>`
      : html`<p>${text('what_to_do')}</p>${scrollable('unknown', html`<table><thead><tr><th scope="col">${text('device')}</th><th scope="col">${text('network')}</th><th scope="col" class="number">${text('messages')}</th><th scope="col">${text('last_seen')}</th></tr></thead><tbody>${rows}</tbody></table>`)}`
  }</section>`;
}

/** Messages that could not become readings, with the newest reasons. The raw messages are kept. */
export function rejectedSection(
  journal: OperatorSources['journal'],
  devices: Pick<DeviceRegistry, 'get'>,
  locale: Locale,
  now: number,
): Html {
  const text = (key: string, parameters?: Record<string, number>) =>
    translate(locale.language, `operator.rejected.${key}`, parameters);
  const { rejected, lost } = journal.counts();
  const rows = journal
    .rejected({ limit: SHOWN })
    .map(
      (entry) =>
        html`<tr><td>${momentText(Date.parse(entry.receivedTime), now, locale)}</td><td>${reason(entry, devices, locale)}</td><td><code>${entry.topic}</code></td></tr>`,
    );
  return html`<section aria-labelledby="rejected"><h2 id="rejected">${text('title', { count: rejected })}</h2>${
    lost > 0 && html`<p class="notice">${text('lost', { count: lost })}</p>`
  }${
    rows.length === 0
      ? html`<p>${text('none')}</p>`
      : scrollable(
          'rejected',
          html`<table><thead><tr><th scope="col">${text('time')}</th><th scope="col">${text('reason')}</th><th scope="col">${text('topic')}</th></tr></thead><tbody>${rows}</tbody></table>`,
        )
  }</section>`;
}

function reason(
  { reasonKey, parameters, device }: JournalEntry,
  devices: Pick<DeviceRegistry, 'get'>,
  { language }: Locale,
): string {
  if (reasonKey === undefined) return translate(language, 'operator.rejected.unknown_reason');
  return problemSentence({ key: reasonKey, ...(parameters && { parameters }), device }, devices, language);
}
