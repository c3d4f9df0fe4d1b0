import { type TextLanguage, translate } from '../observation/messages.ts';
import { LICENCES } from './dataset.ts';
import { type Html, html } from './html.ts';
import { written } from './layout.ts';
import type { Entry } from './site.ts';

/** How it is measured and how often, the licence, who answers for it. `more` are further rows: text of the label, value. */
export function factList(
  { dataset, publisher }: Entry,
  language: TextLanguage,
  more: readonly (readonly [label: string, value: Html])[] = [],
): Html {
  const licence = LICENCES[dataset.licence];
  const { name, homepage } = publisher;
  const contact = dataset.contact ?? { name: publisher.contactName, email: publisher.contactEmail };
  const label = (key: string) => translate(language, `opendata.facts.${key}`);
  const rows: (readonly [label: string, value: Html | false | undefined])[] = [
    [label('method'), dataset.method && written(dataset.method, language)],
    [label('interval'), html`${intervalText(dataset.updateMinutes, language)}`],
    ...more,
    [label('licence'), html`<a href="${licence.page}" rel="license">${licence.label}</a>`],
    [label('publisher'), homepage ? html`<a href="${homepage}">${name}</a>` : html`${name}`],
    [
      label('contact'),
      contact.email !== undefined &&
        html`<a href="mailto:${contact.email}">${contact.name ?? contact.email}</a>`,
    ],
  ];
  return html`<dl class="facts">${rows.map(([key, value]) => value && html`<dt>${key}</dt><dd>${value}</dd>`)}</dl>`;
}

function intervalText(minutes: number, language: TextLanguage): string {
  if (minutes % 1440 === 0) return counted('days', minutes / 1440, language);
  return minutes % 60 === 0
    ? counted('hours', minutes / 60, language)
    : counted('minutes', minutes, language);
}

function counted(unit: string, count: number, language: TextLanguage): string {
  return translate(language, `opendata.every.${unit}_${count === 1 ? 'one' : 'many'}`, { count });
}
