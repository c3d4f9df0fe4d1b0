import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ChangeLog } from '../../../nodes/opendata/change-log.ts';
import { digestOf, Publications } from '../../../nodes/opendata/publications.ts';
import { blocksNow } from '../../../nodes/opendata/publishing.ts';
import { ReleaseBook } from '../../../nodes/opendata/release-book.ts';
import { datasetOf, HOUR, START } from './town.ts';

const SENSITIVE = datasetOf({ quantities: ['illuminance'], sensitive: true });

describe('publications', () => {
  let folder: string;
  let publications: Publications;
  const reopened = () => new Publications(folder, { now: () => START });
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'byflyt-publications-'));
    publications = reopened();
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const approve = (by: string, dataset = SENSITIVE) =>
    publications.approve(dataset.id, digestOf(dataset), by, ['device-1']);

  it('takes the approval of somebody else than who wrote it, with the time and the devices, and keeps it', () => {
    publications.deployed(SENSITIVE, 'node', 'kari');
    assert.equal(publications.approvedDevices(SENSITIVE), undefined);
    assert.throws(() => approve('kari'), { key: 'opendata.approval.own' });
    approve('ola');
    assert.deepEqual(reopened().approvedDevices(SENSITIVE), ['device-1']);
    assert.deepEqual(reopened().standing('town')?.approvals, [
      { by: 'ola', time: new Date(START).toISOString() },
    ]);
  });

  it('needs two different people where nobody knows who wrote it', () => {
    publications.deployed(SENSITIVE, 'node', undefined);
    approve('ola');
    approve('ola');
    assert.equal(publications.approvedDevices(SENSITIVE), undefined);
    approve('kari');
    assert.deepEqual(publications.approvedDevices(SENSITIVE), ['device-1']);
  });

  it('asks anew after a change, but not after a restart or a note of staff', () => {
    publications.deployed(SENSITIVE, 'node', 'kari');
    approve('ola');
    publications = reopened();
    publications.deployed({ ...SENSITIVE, approved: { by: 'The board' } }, 'node', 'ola');
    assert.ok(publications.approvedDevices(SENSITIVE));
    const changed = { ...SENSITIVE, updateMinutes: 61 };
    publications.deployed(changed, 'node', 'kari');
    for (const dataset of [SENSITIVE, changed])
      assert.equal(publications.approvedDevices(dataset), undefined);
    assert.throws(() => approve('ola'), { key: 'opendata.approval.changed' });
    assert.throws(() => publications.approve('other', '', 'ola', []), { key: 'opendata.approval.unknown' });
  });

  it('asks somebody else before what was marked as sensitive is so no more', () => {
    const open = datasetOf({ quantities: ['illuminance'] });
    publications.deployed(open, 'node', 'kari');
    assert.deepEqual(blocksNow(open, publications), []);
    publications.deployed(SENSITIVE, 'node', 'ola');
    publications.deployed(open, 'node', 'kari');
    publications = reopened();
    const changed = { ...open, updateMinutes: 61 };
    publications.deployed(changed, 'node', 'kari');
    assert.deepEqual(blocksNow(changed, publications), [{ key: 'opendata.gate.unmarked' }]);
    assert.throws(() => approve('kari', changed), { key: 'opendata.approval.own' });
    approve('ola', changed);
    assert.deepEqual(blocksNow(changed, publications), []);
    publications.deployed(open, 'node', 'kari');
    assert.deepEqual(blocksNow(open, publications), []);
  });

  it('lets who marked something as sensitive take the mark away', () => {
    const open = datasetOf({ quantities: ['illuminance'] });
    publications.deployed(SENSITIVE, 'node', 'ola');
    publications.deployed({ ...SENSITIVE, updateMinutes: 61 }, 'node', 'kari');
    publications.deployed(open, 'node', 'kari');
    assert.deepEqual(blocksNow(open, publications), [{ key: 'opendata.gate.unmarked' }]);
    publications.deployed({ ...open, updateMinutes: 61 }, 'node', 'ola');
    assert.deepEqual(blocksNow(open, publications), []);
    publications.deployed(SENSITIVE, 'node', undefined);
    publications.deployed(open, 'node', undefined);
    assert.deepEqual(blocksNow(open, publications), [{ key: 'opendata.gate.unmarked' }]);
  });

  it('tells of every publication, change and withdrawal once, without the names of staff', () => {
    publications.deployed(SENSITIVE, 'node', 'kari');
    const told: string[] = [];
    publications.log.onChange(({ kind }) => told.push(kind));
    publications.shown(SENSITIVE);
    publications.shown(SENSITIVE);
    publications.shown({ ...SENSITIVE, licence: 'NLOD-2.0', approved: { by: 'kari' } });
    publications.withdraw('town', 'A wrong sensor.');
    publications.withdraw('town');
    publications.restore('town', 'ola');
    publications.shown(SENSITIVE);
    assert.deepEqual(told, ['published', 'changed', 'withdrawn', 'published']);
    const { changes } = reopened().log;
    assert.deepEqual(
      changes.map(({ kind, parts, reason }) => [kind, parts, reason]),
      [
        ['published', undefined, undefined],
        ['changed', ['licence'], undefined],
        ['withdrawn', undefined, 'A wrong sensor.'],
        ['published', undefined, undefined],
      ],
    );
    assert.doesNotMatch(readFileSync(join(folder, 'changes.jsonl'), 'utf8'), /kari|ola/);
  });

  it('leaves a tombstone, with the history gone and the approvals void', () => {
    publications.deployed(SENSITIVE, 'node', 'kari');
    approve('ola');
    publications.shown(SENSITIVE);
    const book = publications.book(SENSITIVE);
    const rows = [{ time: START, place: 'Town', values: { illuminance: 1 } }];
    book.append([{ start: START, end: START + HOUR, rows }]);
    publications.withdraw('town', 'Why.');
    assert.equal(publications.approvedDevices(SENSITIVE), undefined);
    assert.deepEqual(book.rows, []);
    publications = reopened();
    assert.equal(publications.tombstone('town')?.withdrawn.reason, 'Why.');
    const { rows: kept, until } = publications.book(SENSITIVE);
    assert.deepEqual([kept, until], [[], START + HOUR]);
    publications.restore('town', 'kari');
    assert.deepEqual(
      [publications.tombstone('town'), publications.approvedDevices(SENSITIVE)],
      [undefined, undefined],
    );
  });

  it('does not take who brings a dataset back for who wrote it', () => {
    publications.deployed(SENSITIVE, 'node', 'kari');
    publications.shown(SENSITIVE);
    publications.withdraw('town');
    publications.restore('town', 'ola');
    approve('kari');
    assert.equal(publications.approvedDevices(SENSITIVE), undefined);
    approve('ola');
    assert.ok(publications.approvedDevices(SENSITIVE));
  });

  it('withdraws what no node has any more, and nothing else', () => {
    const other = { ...SENSITIVE, id: 'other' };
    for (const dataset of [SENSITIVE, other]) {
      publications.deployed(dataset, dataset.id, 'kari');
      publications.shown(dataset);
    }
    publications.withdrawMissing((id) => id === 'other');
    assert.ok(publications.tombstone('town'));
    assert.equal(publications.tombstone('other'), undefined);
  });

  it('finds a dataset that tells of the same people by the same devices', () => {
    const people = (id: string, form = {}) => ({ ...datasetOf({ quantities: ['people_in'], ...form }), id });
    const first = people('first', { deviceIds: ['a', 'b'] });
    publications.deployed(first, 'first', 'kari');
    publications.shown(first);
    const cases: [overlaps: boolean, form: object][] = [
      [true, {}],
      [true, { deviceIds: ['b', 'c'] }],
      [true, { quantities: ['people_in_total_rate'], releaseEvery: 'day', releaseBy: 'place' }],
      [false, { deviceIds: ['c'] }],
      [false, { area: 'mobility' }],
      [false, { quantities: ['illuminance'] }],
      [false, { quantities: ['illuminance'], releaseEvery: 'day', releaseBy: 'area' }],
    ];
    for (const [overlaps, form] of cases) {
      assert.equal(
        publications.overlapping(people('second', form)) !== undefined,
        overlaps,
        JSON.stringify(form),
      );
    }
    assert.equal(publications.overlapping(first), undefined);
    const mean = people('mean', { quantities: ['illuminance'], releaseEvery: 'day', releaseBy: 'area' });
    publications.deployed(mean, 'mean', 'kari');
    publications.shown(mean);
    const hourly = people('hourly', { quantities: ['illuminance'], releaseEvery: 'hour', releaseBy: 'area' });
    assert.equal(publications.overlapping(hourly)?.quantity, 'illuminance');
    publications.withdraw('first');
    assert.equal(publications.overlapping(people('second')), undefined);
  });

  it('decides nothing that another dataset has told already, also if that one is withdrawn', () => {
    const homes = (id: string) => ({
      ...datasetOf({ quantities: ['energy_rate'], releaseEvery: 'hour', releaseBy: 'area' }),
      id,
    });
    publications.deployed(homes('first'), 'first', 'kari');
    publications.shown(homes('first'));
    publications.book(homes('first')).append([{ start: START, end: START + HOUR, rows: [] }]);
    publications.withdraw('first');
    publications = reopened();
    assert.equal(publications.book(homes('second')).until, START + HOUR);
    assert.equal(reopened().book(homes('second')).until, START + HOUR);
    const people = { ...datasetOf({ quantities: ['people_in'] }), id: 'third' };
    assert.equal(publications.book(people).until, undefined);
  });

  it('publishes nothing if its file is damaged', () => {
    writeFileSync(join(folder, 'publications.json'), '{"town":');
    assert.throws(() => reopened(), { key: 'devices.error.fileDamaged' });
  });
});

describe('files that only grow', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'byflyt-lines-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('go on after a line that a crash cut off', () => {
    const path = join(folder, 'changes.jsonl');
    const change = { time: 'now', kind: 'published', dataset: 'town', title: { en: 'Ått' } } as const;
    new ChangeLog(path).add(change);
    appendFileSync(path, '{"time":"no');
    const log = new ChangeLog(path);
    assert.deepEqual(log.changes, [change]);
    log.add(change);
    assert.deepEqual(new ChangeLog(path).changes, [change, change]);
  });

  it('remember a period in which nothing may be shown', () => {
    const path = join(folder, 'town.jsonl');
    new ReleaseBook(path).append([{ start: START, end: START + HOUR, rows: [] }]);
    const book = new ReleaseBook(path);
    assert.deepEqual([book.rows, book.until], [[], START + HOUR]);
  });
});
