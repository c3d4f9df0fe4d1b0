import { createHash } from 'node:crypto';

/** First 12 hex digits of SHA-256 of a codec's content: tells which codec made a value. */
export function contentVersion(content: string): string {
  return createHash('sha256').update(content).digest('hex').slice(0, 12);
}
