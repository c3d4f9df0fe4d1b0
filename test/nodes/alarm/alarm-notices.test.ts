import assert from 'node:assert/strict';
import { ALARM_STATES, type AlarmRule, AlarmWatch } from '../../../nodes/alarm/alarm.ts';
import { AlarmLinks } from '../../../nodes/alarm/alarm-links.ts';
import { AlarmNotices, acknowledge, type NoticeRule } from '../../../nodes/alarm/alarm-notices.ts';
import { noticeRuleOf } from '../../../nodes/alarm/alarm-settings.ts';
import { isQuiet, quietHoursOf } from '../../../nodes/alarm/quiet-hours.ts';
import { MemoryState } from '../../support/memory-state.ts';
import { observation } from '../../support/observations.ts';

const MINUTE = 60_000;
/** 09:00 in Oslo. */
const START = Date.UTC(2026, 10, 20, 8);
const NIGHT = 14 * 60;
const MORNING = 23 * 60;
const QUIET = quietHoursOf('22:00', '07:00', 'Europe/Oslo');
const RULE: AlarmRule = {
  id: 'rule-1',
  name: 'Bin is full',
  quantity: 'fill_level',
  condition: 'above',
  limit: 90,
  hysteresis: 10,
  delay: 0,
  severity: 'warning',
  flagged: false,
};

/** A bin and those who look after it; times in minutes after START. */
class Town {
  readonly state = new MemoryState();
  readonly rule: AlarmRule;
  readonly notice: NoticeRule;

  constructor(notice: Partial<NoticeRule> = {}, rule: Partial<AlarmRule> = {}) {
    this.rule = { ...RULE, ...rule };
    this.notice = { repeat: 0, escalate: 0, ...notice };
  }

  /** A reading comes; what people are told at once. */
  reads(minutes: number, fill_level: number): string | undefined {
    const bin = { id: 'bin', area: 'waste', site: 'Torget' } as const;
    new AlarmWatch(this.state, this.rule, 'en-US').watch(observation(at(minutes), { fill_level }, bin));
    return this.hears(minutes)[0];
  }

  hears(minutes: number): string[] {
    this.state.restart();
    const notices = new AlarmNotices(this.state, this.rule.id, this.notice, 'en-US');
    return notices.all(at(minutes)).map(({ notice, severity }) => `${notice} ${severity}`);
  }

  sees(minutes: number): boolean {
    return acknowledge(this.state, `${ALARM_STATES}rule-1/bin`, at(minutes));
  }
}

function at(minutes: number): number {
  return START + minutes * MINUTE;
}

describe('AlarmNotices', () => {
  it('tell of an alarm and of its end once, whatever restarts', () => {
    const town = new Town();
    assert.equal(town.reads(0, 95), 'raised warning');
    assert.deepEqual(town.hears(600), []);
    assert.equal(town.reads(620, 20), 'cleared warning');
    assert.deepEqual(town.hears(640), []);
  });

  it('wait for the end of quiet hours, and then tell only what is still so', () => {
    const town = new Town(QUIET && { quiet: QUIET });
    assert.equal(town.reads(NIGHT, 95), undefined);
    assert.deepEqual(town.hears(MORNING - 61), []);
    assert.deepEqual(town.hears(MORNING), ['raised warning']);
    assert.equal(town.reads(NIGHT + 24 * 60, 20), undefined);
    assert.deepEqual(town.hears(MORNING + 24 * 60), ['cleared warning']);
    assert.equal(town.reads(NIGHT + 48 * 60, 95), undefined);
    assert.equal(town.reads(NIGHT + 48 * 60 + 20, 20), undefined);
    assert.deepEqual(town.hears(MORNING + 48 * 60), [], 'it came and went at night');
  });

  it('do not wait for the morning when it is critical', () => {
    const town = new Town(QUIET && { quiet: QUIET }, { severity: 'critical' });
    assert.equal(town.reads(NIGHT, 95), 'raised critical');
  });

  it('remind and escalate until somebody has seen it', () => {
    const town = new Town({ repeat: 60, escalate: 90 });
    town.reads(0, 95);
    assert.deepEqual(town.hears(59), []);
    assert.deepEqual(town.hears(60), ['repeated warning']);
    assert.deepEqual(town.hears(90), ['escalated critical']);
    assert.deepEqual(town.hears(149), []);
    assert.deepEqual(town.hears(150), ['repeated warning']);
    assert.equal(town.sees(160), true);
    assert.equal(town.sees(161), false);
    assert.deepEqual(town.hears(1000), []);
    assert.equal(town.reads(1010, 20), 'cleared warning');
    assert.equal(town.reads(1020, 99), 'raised warning', 'another alarm begins anew');
  });

  it('say how long it has lasted', () => {
    const town = new Town({ repeat: 60 });
    town.reads(0, 95);
    const [notice] = new AlarmNotices(town.state, 'rule-1', town.notice, 'nb').all(at(61));
    assert.equal(
      notice?.sentence,
      'Fremdeles slik etter 61 minutter: Fill level at Torget is 95 %, above the limit of 90 %',
    );
  });

  it('tell nothing anew that a version without notices had told', () => {
    const town = new Town();
    town.reads(0, 95);
    const key = `${ALARM_STATES}rule-1/bin`;
    const { told: _told, ...earlier } = town.state.get<Record<string, unknown>>(key) ?? {};
    town.state.set(key, earlier);
    assert.deepEqual(town.hears(10), []);
    assert.equal(town.reads(20, 20), 'cleared warning');
  });

  it('refuse settings that are no times or no numbers, and take empty ones for never', () => {
    assert.deepEqual(noticeRuleOf({ repeat: '', quietFrom: ' ' }, 'UTC'), { repeat: 0, escalate: 0 });
    const wrong = [
      { quietFrom: '22:00' },
      { quietFrom: '25:00', quietTo: '7:00' },
      { repeat: '-1' },
      { escalate: 'soon' },
    ];
    for (const form of wrong)
      assert.throws(() => noticeRuleOf(form, 'UTC'), /alarm\.error/, JSON.stringify(form));
  });
});

describe('isQuiet', () => {
  const cases: [from: string, to: string, utc: string, quiet: boolean][] = [
    ['22:00', '07:00', '2026-11-20T20:59:59Z', false],
    ['22:00', '07:00', '2026-11-20T21:00:00Z', true],
    ['22:00', '07:00', '2026-11-20T05:59:00Z', true],
    ['22:00', '07:00', '2026-11-20T06:00:00Z', false],
    ['22:00', '07:00', '2026-07-20T05:00:00Z', false],
    ['9.30', '10:00', '2026-11-20T08:45:00Z', true],
    ['00:00', '00:00', '2026-11-20T08:45:00Z', false],
  ];
  for (const [from, to, utc, expected] of cases) {
    it(`${from} to ${to} in Oslo: ${utc} ${expected ? 'is' : 'is not'}`, () => {
      const hours = quietHoursOf(from, to, 'Europe/Oslo');
      assert.ok(hours);
      assert.equal(isQuiet(hours, Date.parse(utc)), expected);
    });
  }
});

describe('AlarmLinks', () => {
  const SECRET = 'of this installation';

  function openAlarm(): { state: MemoryState; link: string; links: AlarmLinks } {
    const state = new MemoryState();
    const bin = { id: 'bin', area: 'waste', site: 'Torget' } as const;
    const links = new AlarmLinks(state, SECRET, 'https://town.example/');
    new AlarmWatch(state, RULE, 'en-US').watch(observation(START, { fill_level: 95 }, bin));
    const [notice] = new AlarmNotices(state, 'rule-1', { repeat: 60, escalate: 0 }, 'en-US', links).all(
      START,
    );
    return { state, link: notice?.link ?? '', links };
  }

  const tokenOf = (link: string): string => link.split('/').at(-1) ?? '';

  it('name neither device nor alarm, and are the same in each reminder', () => {
    const { state, link, links } = openAlarm();
    assert.match(link, /^https:\/\/town\.example\/byflyt\/alarm\/[\w-]{16}\.[\w-]{22}$/);
    const notices = new AlarmNotices(state, 'rule-1', { repeat: 60, escalate: 0 }, 'en-US', links);
    assert.equal(notices.all(at(60))[0]?.link, link);
    assert.equal(links.read(tokenOf(link), at(61))?.event.device, 'bin');
  });

  it('cannot be made up, changed, or used with another installation or after a month', () => {
    const { state, link, links } = openAlarm();
    const token = tokenOf(link);
    const [id = '', signature = ''] = token.split('.');
    const other = new AlarmLinks(state, 'of another one', 'https://town.example');
    assert.equal(other.read(token, START), undefined);
    for (const wrong of [
      '',
      '.',
      id,
      `${id}.`,
      `.${signature}`,
      `x${id}.${signature}`,
      `${id}.${signature.slice(1)}`,
      '../..',
    ]) {
      assert.equal(links.read(wrong, START), undefined, wrong);
    }
    assert.ok(links.read(token, at(30 * 24 * 60)));
    assert.equal(links.read(token, at(30 * 24 * 60 + 1)), undefined);
  });
});
