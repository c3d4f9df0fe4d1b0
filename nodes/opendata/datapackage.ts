import { languageTag, type PublicLanguage } from '../observation/messages.ts';
import { QUANTITIES } from '../observation/quantities.ts';
import { LICENCES } from './dataset.ts';
import { inLanguage } from './localized.ts';
import type { Content } from './response.ts';
import type { Entry } from './site.ts';
import { type Column, isFlagColumn, publicColumns } from './table.ts';

/** Names of licences in the Open Definition's list, which Data Package prescribes. */
const LICENCE_NAMES = { 'NLOD-2.0': 'NLOD-2.0', 'CC-BY-4.0': 'CC-BY-4.0', CC0: 'CC0-1.0' } as const;
const TYPES = { time: 'datetime', text: 'string', number: 'number', boolean: 'boolean' } as const;

/**
 * The dataset after Data Package 2.0 (which readers of version 1 understand, too): the CSV file with its columns,
 * their types, units and ranges. `base` is the address of the overview, with the final slash.
 */
export function dataPackage({ dataset, publisher }: Entry, language: PublicLanguage, base: string): Content {
  const folder = `${base}${dataset.id}/`;
  const { licence, contact } = dataset;
  const email = contact?.email ?? publisher.contactEmail;
  const content = {
    $schema: 'https://datapackage.org/profiles/2.0/datapackage.json',
    profile: 'tabular-data-package',
    name: dataset.id,
    id: `${folder}#dataset`,
    title: inLanguage(dataset.title, language),
    description: inLanguage(dataset.description, language),
    homepage: folder,
    licenses: [
      { name: LICENCE_NAMES[licence], path: LICENCES[licence].page, title: LICENCES[licence].label },
    ],
    contributors: [
      { title: publisher.name, role: 'publisher', roles: ['publisher'], ...(email && { email }) },
    ],
    keywords: dataset.quantities.map((quantity) => QUANTITIES[quantity].labels[languageTag(language)]),
    resources: [
      {
        name: dataset.id,
        type: 'table',
        profile: 'tabular-data-resource',
        path: `${folder}data.csv`,
        title: inLanguage(dataset.title, language),
        format: 'csv',
        mediatype: 'text/csv',
        encoding: 'utf-8',
        dialect: { delimiter: ',', lineTerminator: '\r\n', quoteChar: '"', doubleQuote: true, header: true },
        schema: {
          fields: publicColumns(dataset).map((column) => fieldOf(column, language)),
          missingValues: [''],
        },
      },
    ],
  };
  return {
    type: 'application/json; charset=utf-8',
    maxAge: 3600,
    vary: 'Accept-Language',
    body: JSON.stringify(content),
  };
}

function fieldOf(column: Column, language: PublicLanguage) {
  const { name, type, quantity } = column;
  if (quantity === undefined) return { name, type: TYPES[type], constraints: { required: true } };
  const { unit, labels, range } = QUANTITIES[quantity];
  const title = labels[languageTag(language)];
  if (isFlagColumn(column)) {
    // QARTOD: passed, not evaluated, suspect, failed, missing.
    return { name, type: 'integer', title, constraints: { enum: [1, 2, 3, 4, 9] } };
  }
  const isNumber = type === 'number';
  return {
    name,
    type: TYPES[type],
    title,
    ...(isNumber && { unit }),
    ...(isNumber && range && { constraints: { minimum: range[0], maximum: range[1] } }),
  };
}
