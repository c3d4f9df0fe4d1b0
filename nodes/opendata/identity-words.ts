import type { Device } from '../devices/device.ts';

/** Eight bytes or more as hex digits, with or without separators: a DevEUI, a key. */
const HEX = /(?:[0-9a-f]{2}[-:._ ]?){8,}/gi;
/** Fourteen digits or more: an IMEI, an IMSI. */
const DIGITS = /\d(?:[-._ ]?\d){13,}/;
/** Shorter names that a device calls itself may be words. */
const SHORTEST_ENDPOINT = 6;

/**
 * Whether a text that the public would read has an identifier in it: names typed by hand often hold the one from the
 * sticker, however it is written. `devices` are those whose own identifiers are looked for besides.
 */
export function revealsIdentity(text: string, devices: readonly Device[] = []): boolean {
  const visible = asSeen(text);
  const letters = plain(visible);
  const isOwn = (identifier: string) => identifier !== '' && letters.includes(identifier);
  return looksLikeIdentifier(visible) || devices.some((device) => identifiersOf(device).some(isOwn));
}

function identifiersOf({ devEui, devAddr, imei, imsi, address, endpoint }: Device): string[] {
  const named = endpoint !== undefined && plain(endpoint).length >= SHORTEST_ENDPOINT ? endpoint : undefined;
  return [devEui, devAddr, imei, imsi, address, named].flatMap((identifier) => plain(identifier ?? ''));
}

function looksLikeIdentifier(text: string): boolean {
  const hex = text.match(HEX) ?? [];
  // Words can be spelt with the letters a to f; identifiers have figures too.
  return DIGITS.test(text) || hex.some((found) => (found.match(/\d/g)?.length ?? 0) >= 4);
}

/** As people read it: figures of other widths are figures, and what cannot be seen does not part them. */
function asSeen(text: string): string {
  return text.normalize('NFKC').replace(/\p{Cf}/gu, '');
}

function plain(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9]/g, '');
}
