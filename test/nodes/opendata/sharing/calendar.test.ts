import assert from 'node:assert/strict';
import { datasetFromConfig } from '../../../../nodes/opendata/dataset-form.ts';
import { icalendar } from '../../../../nodes/opendata/sharing/calendar.ts';
import { emptyingsOf } from '../../../../nodes/opendata/sharing/emptying.ts';
import type { Entry } from '../../../../nodes/opendata/site.ts';
import { CONFIG, openSkiTrail, PUBLISHER, type SkiTrail, START, textOf } from '../ski-trail.ts';

const HOUR = 3_600_000;
const NOW = Date.parse('2026-11-20T12:00:00+01:00');

/** Lines after undoing the folding of RFC 5545, 3.1. */
function unfolded(text: string): string[] {
  return text.replace(/\r\n /g, '').split('\r\n');
}

describe('a calendar', () => {
  const make = (name: string, summary: string) =>
    icalendar({
      name,
      description: 'a; b, c\\d\ne',
      url: 'https://data.example.org/opendata/bins/emptying.ics',
      language: 'nb',
      events: [{ uid: 'https://x/#a-next', date: '2026-12-31', summary, url: 'https://x/' }],
      stamp: NOW,
    });

  it('has the parts that RFC 5545 asks for, and ends each line with CRLF', () => {
    const text = make('Tømming', 'Full');
    assert.ok(text.endsWith('END:VCALENDAR\r\n'));
    assert.doesNotMatch(text.replaceAll('\r\n', ''), /[\r\n]/);
    const lines = unfolded(text);
    for (const line of [
      'BEGIN:VCALENDAR',
      'VERSION:2.0',
      'PRODID:-//Byflyt//Open data//EN',
      'UID:https://x/#a-next',
      'DTSTAMP:20261120T110000Z',
      'DTSTART;VALUE=DATE:20261231',
      'DTEND;VALUE=DATE:20270101',
      'SUMMARY;LANGUAGE=nb:Full',
    ])
      assert.ok(lines.includes(line), line);
  });

  it('escapes what would be read as markup', () => {
    assert.ok(unfolded(make('x', 'Bin; A, B\\C\nD')).includes('SUMMARY;LANGUAGE=nb:Bin\\; A\\, B\\\\C\\nD'));
  });

  it('folds lines at 75 bytes and cuts no letter in two', () => {
    const summary = 'æøå🗑'.repeat(40);
    const text = make('x', summary);
    for (const line of text.split('\r\n')) {
      assert.ok(Buffer.byteLength(line) <= 75, line);
      assert.doesNotMatch(line, /\ufffd/);
    }
    assert.ok(unfolded(text).includes(`SUMMARY;LANGUAGE=nb:${summary}`));
    // As few lines as they can be: a letter takes four bytes at the most, the space one.
    const parts = text.split('\r\n').slice(0, -1);
    const full = parts.filter((_, index) => parts[index + 1]?.startsWith(' '));
    assert.ok(full.length >= 5);
    for (const line of full) assert.ok(Buffer.byteLength(line) > 71, line);
  });
});

describe('emptying days', () => {
  const BIN = { ...START, id: 'bin', name: 'Bin', site: 'Torget', area: 'waste' as const };
  const BINS = { ...CONFIG, slug: 'bins', area: 'waste', quantities: ['fill_level', 'time_until_full'] };
  let trail: SkiTrail;
  let entry: Entry;

  before(async () => {
    trail = await openSkiTrail({}, NOW);
    trail.devices.push(BIN);
    entry = { dataset: datasetFromConfig(BINS), publisher: PUBLISHER, sources: trail.sources };
    trail.site.publish(entry);
    const levels = [60, 70, 80, 5, 82, 85, 10, 11, 20, 30];
    await trail.real.write(
      levels.map((fill_level, index) => ({
        measurement: 'waste',
        tags: { device: 'bin', site: 'Torget' },
        fields: { fill_level, fill_level_qc: 1, ...(index === 9 && { time_until_full: 4.5 }) },
        time: NOW - (10 - index) * 24 * HOUR,
      })),
    );
  });
  after(() => trail.close());

  it('are those on which the level fell for good, and the one on which it will be full', async () => {
    assert.deepEqual(await emptyingsOf(entry, NOW), [
      { place: 'Torget', time: NOW - 4 * 24 * HOUR, kind: 'done' },
      { place: 'Torget', time: NOW + 3.5 * 24 * HOUR, kind: 'expected' },
    ]);
  });

  it('stand at a public address as a calendar', async () => {
    const answer = await trail.get('/bins/emptying.ics?lang=nb');
    assert.equal(answer.status, 200);
    assert.match(answer.headers['Content-Type'] ?? '', /^text\/calendar/);
    const lines = unfolded(await textOf(answer));
    assert.ok(lines.includes('SUMMARY;LANGUAGE=nb:Full\\, skal tømmes: Torget'));
    assert.ok(lines.includes('DTSTART;VALUE=DATE:20261124'));
    assert.ok(lines.includes('DTSTART;VALUE=DATE:20261116'));
    const uids = lines.filter((line) => line.startsWith('UID:'));
    assert.equal(new Set(uids).size, 2);
  });

  it('are not asked of a dataset that knows nothing of them', async () => {
    assert.equal((await trail.get('/ski-trail/emptying.ics')).status, 404);
  });
});
