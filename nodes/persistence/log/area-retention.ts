import type { JournalRetention, Keeping } from '../journal.ts';
import { compactSegment } from './compact-segment.ts';
import type { LogKeeper } from './log-keeper.ts';
import { oldestNeeded } from './log-retention.ts';
import { type Position, positionOf, segmentOf } from './position.ts';
import type { StoredRecord } from './record-log.ts';
import { messageId, RECORD, readItem, readJson, type VerdictRecord } from './records.ts';
import type { Segment } from './segments.ts';

const DAY = 86_400_000;
/** How far the verdicts on a segment's messages are looked for; the area of others stays unknown, and they stay. */
const SEGMENTS_AHEAD = 8;

type Areas = NonNullable<JournalRetention['areas']>;

/** Of a segment: whose message is which, and how many bytes an area's messages take. */
interface Content {
  areaOf: Map<Position, string>;
  bytes: Map<string, number>;
}

/** Takes messages of areas with limits of their own out of the segments, when they are too old or take too much room. */
export class AreaRetention {
  readonly #keeper: LogKeeper;
  readonly #areas: [area: string, keeping: Partial<Keeping>][];
  /** By segment number. */
  readonly #bytes = new Map<number, ReadonlyMap<string, number>>();

  constructor(keeper: LogKeeper, areas: Areas = {}) {
    this.#keeper = keeper;
    this.#areas = Object.entries(areas);
  }

  /** `now` in ms since 1970 UTC. */
  apply(now: number): void {
    if (this.#areas.length === 0) return;
    const end = oldestNeeded(this.#keeper);
    const segments = this.#keeper.log.segments().filter(({ number }) => number < end);
    // From the newest on: an area keeps its newest messages.
    let isSaved = false;
    const used = new Map<string, number>();
    for (const segment of segments.reverse()) {
      const gone = this.#areas
        .filter(([area, keeping]) => this.#isOver(segment, area, keeping, used, now))
        .map(([area]) => area);
      if (gone.length === 0) continue;
      // Nobody may begin to read in the middle of a segment whose positions change.
      if (!isSaved) this.#keeper.checkpoint({ lasting: true });
      isSaved = true;
      this.#remove(segment, new Set(gone));
    }
    for (const number of this.#bytes.keys()) {
      if (!segments.some((segment) => segment.number === number)) this.#bytes.delete(number);
    }
  }

  #isOver(
    segment: Segment,
    area: string,
    { days = Infinity, bytes = Infinity }: Partial<Keeping>,
    used: Map<string, number>,
    now: number,
  ): boolean {
    const own = this.#bytesOf(segment).get(area) ?? 0;
    const total = (used.get(area) ?? 0) + own;
    used.set(area, total);
    return own > 0 && (now - segment.modified >= days * DAY || total > bytes);
  }

  #bytesOf(segment: Segment): ReadonlyMap<string, number> {
    const known = this.#bytes.get(segment.number);
    if (known) return known;
    const { bytes } = contentOf(this.#keeper, segment);
    this.#bytes.set(segment.number, bytes);
    return bytes;
  }

  #remove(segment: Segment, areas: ReadonlySet<string>): void {
    const { areaOf } = contentOf(this.#keeper, segment);
    compactSegment(segment, (id) => areas.has(areaOf.get(id) ?? ''));
    this.#bytes.delete(segment.number);
  }
}

/** The verdicts on a segment's messages stand in it or in the next ones. */
function contentOf({ log }: LogKeeper, { number }: Segment): Content {
  const areaOf = new Map<Position, string>();
  const sizes = new Map<Position, number>();
  for (const record of log.records(positionOf(number, 0))) {
    const segment = segmentOf(record.position);
    if (segment > number + SEGMENTS_AHEAD || (segment > number && areaOf.size >= sizes.size)) break;
    if (segment === number && record.type === RECORD.message)
      sizes.set(messageId(record.body), record.body.length);
    const [id, area] = ownerIn(record);
    if (sizes.has(id)) areaOf.set(id, area);
  }
  const bytes = new Map<string, number>();
  for (const [id, size] of sizes) {
    const area = areaOf.get(id) ?? '';
    bytes.set(area, (bytes.get(area) ?? 0) + size);
  }
  return { areaOf, bytes };
}

/** Of which message a record tells the area. */
function ownerIn({ type, body }: StoredRecord): [id: Position, area: string] {
  if (type === RECORD.item) {
    const { journalId, area } = readItem(body);
    return [journalId, area];
  }
  if (type !== RECORD.verdict) return [0, ''];
  const { id, area } = readJson<VerdictRecord>(body);
  return [id, area];
}
