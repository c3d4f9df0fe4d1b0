import { ConfigurationError } from '../observation/errors.ts';

/** Identifiers and keys of a LoRaWAN device: how many hex digits each has, and what to tell who typed it wrong. */
const IDENTIFIERS = {
  devEui: { digits: 16, key: 'devices.error.devEui' },
  devAddr: { digits: 8, key: 'devices.error.devAddr' },
  key: { digits: 32, key: 'devices.error.key' },
} as const;

export type IdentifierKind = keyof typeof IDENTIFIERS;

/**
 * Lower-case hex digits of an identifier in any usual notation: `A8-40-41-00-01-81-27-3E`, `a8:40:...`, with spaces,
 * underscores or dots, each byte with `0x`, in braces or as a C array. The byte order is as written: most
 * significant first, as on labels. Throws ConfigurationError; its text never contains what may be a key.
 */
export function parseIdentifier(text: string, kind: IdentifierKind): string {
  const { digits, key } = IDENTIFIERS[kind];
  const hex = text
    .toLowerCase()
    .replace(/0x/g, '')
    .replace(/[\s:\-_.,;{}[\]()"']/g, '');
  if (hex.length === digits && /^[0-9a-f]+$/.test(hex)) return hex;
  if (/^\s*\d+[.,]\d+e\+?\d+\s*$/i.test(text))
    throw new ConfigurationError({ key: 'devices.error.spreadsheetNumber' });
  throw new ConfigurationError({ key, parameters: { digits, found: hex.length } });
}
