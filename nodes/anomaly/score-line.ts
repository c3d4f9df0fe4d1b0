import type { Problem } from '../observation/errors.ts';
import { LocalClock } from './local-clock.ts';
import { StreamingDetector } from './streaming-detector.ts';

/** What a line of `timestamp,value` gave. */
export interface LineScore {
  /** 0 to 1; 0 for a line that could not be read, so that scores stay aligned with lines. */
  score: number;
  /** Why the line could not be read. */
  problem?: Problem;
}

/** `2014-04-01 00:00:00`, with or without fractions, `T` or zone; a day alone is its midnight. */
const TIMESTAMP = /^(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)\s*(Z|[+-]\d\d:?\d\d)?)?$/;

/**
 * Scores the lines of one series as they come (`byflyt score`): a header, which is ignored, then `timestamp,value`.
 * Timestamps are ISO 8601, with a space or a T; one without a zone is local time already. Late and repeated
 * timestamps score 0 and are not learned.
 */
export class LineScorer {
  readonly #detector = new StreamingDetector(new LocalClock('UTC'));
  #line = 0;

  /** Undefined for the header and for empty lines, which give no output. */
  score(line: string): LineScore | undefined {
    this.#line++;
    if (this.#line === 1 || line.trim() === '') return undefined;
    const [timestamp = '', number = ''] = line.split(',', 2).map((cell) => cell.trim());
    const time = parseTime(timestamp);
    if (Number.isNaN(time)) return this.#unreadable('anomaly.error.bad_time', timestamp);
    const value = number === '' ? Number.NaN : Number(number);
    if (!Number.isFinite(value)) return this.#unreadable('anomaly.error.bad_value', number);
    const newest = this.#detector.newest;
    if (newest !== undefined && time <= newest) return { score: 0 };
    const { score } = this.#detector.scoreOne(time, value);
    this.#detector.learnOne(time, value);
    return { score };
  }

  #unreadable(key: string, text: string): LineScore {
    return { score: 0, problem: { key, parameters: { line: this.#line, text: text.slice(0, 40) } } };
  }
}

function parseTime(text: string): number {
  const match = TIMESTAMP.exec(text);
  return match ? Date.parse(`${match[1]}T${match[2] ?? '00:00'}${match[3] ?? 'Z'}`) : Number.NaN;
}
