import { readFileSync } from 'node:fs';

/** One line of the shared network messages; the fields are described in the README beside them. */
export interface Sample {
  name: string;
  kind: string;
  event: string;
  reading: boolean;
  topic?: string;
  body: unknown;
  expect: Record<string, unknown>;
  keys?: Record<string, string>;
  lorawanVersion?: string;
}

/** All samples of one kind, for example `tts-v3`. */
export function samplesOf(kind: string): Sample[] {
  const url = new URL(`../../../../shared/network-messages/${kind}.jsonl`, import.meta.url);
  return readFileSync(url, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as Sample);
}
