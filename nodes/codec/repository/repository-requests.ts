import type { NameChoice } from './adopt.ts';
import type { CodecChoice } from './repository-service.ts';

/** Names at most in one request; a codec has a few dozen. */
const CHOICES_AT_MOST = 500;

/** The text of a field that the browser sent; empty if there is none. */
export function textIn(fields: unknown, name: string): string {
  const value = (fields as Record<string, unknown> | null | undefined)?.[name];
  return typeof value === 'string' ? value.trim() : '';
}

export function readChoice(fields: unknown): CodecChoice {
  return {
    brand: textIn(fields, 'brand'),
    device: textIn(fields, 'device'),
    firmware: textIn(fields, 'firmware'),
    region: textIn(fields, 'region'),
  };
}

/** `{ brand, device, firmware, region, interval, choices: [{ path, quantity, unit, yes }] }`, whatever it is in truth. */
export function readAdoption(body: unknown): CodecChoice & { interval: number; choices: NameChoice[] } {
  const { interval, choices } = (body ?? {}) as { interval?: unknown; choices?: unknown };
  const list = Array.isArray(choices) ? choices.slice(0, CHOICES_AT_MOST) : [];
  return {
    ...readChoice(body),
    interval: Number(String(interval ?? '').replace(',', '.') || Number.NaN),
    choices: list.map((entry) => ({
      // Not trimmed: it is a name as the codec writes it.
      path: String((entry as Partial<NameChoice> | null)?.path ?? ''),
      quantity: textIn(entry, 'quantity'),
      unit: textIn(entry, 'unit'),
      yes: textIn(entry, 'yes'),
    })),
  };
}
