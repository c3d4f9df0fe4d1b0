/** Calendars after RFC 5545 (iCalendar) and RFC 7986 (names and refresh of calendars). */
import { withoutControls } from './xml.ts';

/** Something that takes a whole day. */
export interface DayEvent {
  /** Stable, unique in the world. */
  uid: string;
  /** `2026-11-20`. */
  date: string;
  summary: string;
  url?: string;
}

export interface Calendar {
  name: string;
  description: string;
  /** Address under which it can be subscribed to. */
  url: string;
  /** BCP 47. */
  language: string;
  events: readonly DayEvent[];
  /** ms since 1970 UTC: when this was made. */
  stamp: number;
}

/** Bytes of a line, without its end (3.1). */
const LINE = 75;

/** The calendar as text/calendar: lines end with CRLF and are folded. */
export function icalendar({ name, description, url, language, events, stamp }: Calendar): string {
  const lines = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Byflyt//Open data//EN',
    'CALSCALE:GREGORIAN',
    'METHOD:PUBLISH',
    `NAME;LANGUAGE=${language}:${escaped(name)}`,
    `X-WR-CALNAME:${escaped(name)}`,
    `DESCRIPTION;LANGUAGE=${language}:${escaped(description)}`,
    'REFRESH-INTERVAL;VALUE=DURATION:PT6H',
    `SOURCE;VALUE=URI:${url}`,
    ...events.flatMap((event) => eventLines(event, language, stamp)),
    'END:VCALENDAR',
  ];
  return lines.map((line) => `${folded(line)}\r\n`).join('');
}

function eventLines({ uid, date, summary, url }: DayEvent, language: string, stamp: number): string[] {
  const next = new Date(Date.parse(date) + 86_400_000).toISOString().slice(0, 10);
  return [
    'BEGIN:VEVENT',
    `UID:${escaped(uid)}`,
    `DTSTAMP:${new Date(stamp).toISOString().replace(/[-:]|\.\d+/g, '')}`,
    `DTSTART;VALUE=DATE:${date.replaceAll('-', '')}`,
    // Exclusive (3.6.1).
    `DTEND;VALUE=DATE:${next.replaceAll('-', '')}`,
    `SUMMARY;LANGUAGE=${language}:${escaped(summary)}`,
    ...(url ? [`URL:${url}`] : []),
    // Nobody is busy because a bin is emptied.
    'TRANSP:TRANSPARENT',
    'END:VEVENT',
  ];
}

/** Text values (3.3.11). */
function escaped(text: string): string {
  return withoutControls(text)
    .replace(/[\\;,]/g, '\\$&')
    .replace(/\r\n|\r|\n/g, '\\n');
}

/** Continued lines begin with a space; no letter is cut in two. */
function folded(line: string): string {
  const parts: string[] = [];
  let [part, bytes] = ['', 0];
  for (const letter of line) {
    const size = Buffer.byteLength(letter);
    // The space takes one of the bytes of a continued line.
    if (bytes + size > LINE - (parts.length > 0 ? 1 : 0)) {
      parts.push(part);
      [part, bytes] = ['', 0];
    }
    part += letter;
    bytes += size;
  }
  return [...parts, part].join('\r\n ');
}
