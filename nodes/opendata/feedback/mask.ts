/**
 * What could tell who somebody is, by which mark it is replaced. Senders are asked not to write such things; many do.
 * Numbers of seven and more digits are taken, however grouped: telephone, national identity, account and card numbers;
 * dates are not.
 */
const PERSONAL: readonly (readonly [pattern: RegExp, mark: string])[] = [
  [/[^\s@<>()]+@[^\s@<>()]+\.[^\s@<>()]+/gu, '[@]'],
  [/(?:https?:\/\/|www\.)\S+/giu, '[www]'],
  [/(?:\+|\b)(?!\d{4}-\d\d-\d\d\b|\d{1,2}[./]\d{1,2}[./]\d{4}\b)\d(?:[ \u00a0./-]?\d){6,}\b/gu, '[#]'],
];

/** A sender's text without e-mail addresses, telephone and identity numbers and links, and without control characters. */
export function masked(text: string): string {
  const plain = text.replace(/\r\n?/g, '\n').replace(/[^\P{C}\n]/gu, '');
  return PERSONAL.reduce((kept, [pattern, mark]) => kept.replace(pattern, mark), plain).trim();
}
