import assert from 'node:assert/strict';
import { LANGUAGES } from '../../../nodes/observation/messages.ts';
import type { DeviceReference, Observation } from '../../../nodes/observation/observation.ts';
import { pointOfEvent } from '../../../nodes/quality/device-events.ts';
import { DeviceWatch, type WatchOptions } from '../../../nodes/quality/device-watch.ts';
import { MemoryState } from '../../support/memory-state.ts';
import { observation } from '../../support/observations.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const START = Date.UTC(2026, 0, 6);

interface World {
  watch: DeviceWatch;
  /** Moves the clock to a minute, looking each minute; what was raised or cleared. */
  until(minutes: number, step?: number): string[];
  /** A reading at the present minute. */
  hear(
    values?: Observation['values'],
    device?: Partial<DeviceReference>,
    times?: Partial<Observation>,
  ): string[];
  restart(minutes: number): void;
}

function world(options: Partial<WatchOptions> = {}): World {
  const state = new MemoryState();
  let minute = 0;
  const make = (): DeviceWatch =>
    new DeviceWatch({
      state,
      id: 'node',
      language: 'en-US',
      intervals: 4,
      lateHours: 6,
      batteryDays: 30,
      intervalOf: () => 20,
      now: START + minute * MINUTE,
      ...options,
    });
  const short = (events: ReturnType<DeviceWatch['look']>): string[] =>
    events.map(({ device, cause, state: what }) => `${device} ${cause} ${what} at ${minute}`);
  const made: World = {
    watch: make(),
    until(minutes, step = 1) {
      const events: string[] = [];
      while (minute < minutes) {
        minute += step;
        events.push(...short(made.watch.look(START + minute * MINUTE)));
      }
      return events;
    },
    hear(values = { air_temperature: 1 }, device = {}, times = {}) {
      const now = START + minute * MINUTE;
      return short(made.watch.see({ ...observation(now, values, device), ...times }, now));
    },
    restart(minutes) {
      minute = minutes;
      state.restart();
      made.watch = make();
    },
  };
  return made;
}

describe('DeviceWatch', () => {
  describe('silence', () => {
    it('is raised once after the intervals, and cleared by the next message', () => {
      const { until, hear, watch } = world();
      hear();
      assert.deepEqual(until(80), []);
      assert.deepEqual(until(300), ['start silent raised at 81']);
      assert.equal(watch.open()[0]?.cause, 'silent');
      assert.deepEqual(hear(), ['start silent cleared at 300']);
      assert.deepEqual(watch.open(), []);
      assert.deepEqual(until(380), []);
    });

    it('knows the interval of a device that nobody stated, and takes the longer one if it was stated wrongly', () => {
      for (const intervalOf of [() => undefined, () => 1]) {
        const { until, hear } = world({ intervalOf });
        for (let at = 0; at < 10; at++) {
          const events = [...hear(), ...until((at + 1) * 120)];
          if (at > 4) assert.deepEqual(events, []);
        }
        assert.deepEqual(until(3000), ['start silent raised at 1561']);
      }
    });

    it('gives everybody the whole time again after a start, and keeps what was open', () => {
      const town = world();
      town.hear({}, { id: 'dead' });
      town.until(60);
      town.hear({}, { id: 'alive' });
      assert.deepEqual(town.until(90), ['dead silent raised at 81']);
      town.restart(2000);
      assert.deepEqual(
        town.watch.open().map(({ device }) => device),
        ['dead'],
      );
      assert.deepEqual(town.until(2080), []);
      assert.deepEqual(town.hear({}, { id: 'dead' }), ['dead silent cleared at 2080']);
      assert.deepEqual(town.until(2100), ['alive silent raised at 2081']);
    });

    it('does not take a sleep of this process for silence', () => {
      const { until, hear } = world();
      hear();
      assert.deepEqual(until(600, 600), []);
      assert.deepEqual(until(680), []);
      assert.deepEqual(until(681), ['start silent raised at 681']);
    });

    it('does not blame devices if none of them is heard, and says so', () => {
      const { until, hear, watch } = world();
      const names = ['a', 'b', 'c', 'd'];
      for (const id of names) hear({}, { id });
      assert.deepEqual(until(600), []);
      assert.ok(watch.isDeaf(START + 600 * MINUTE));
      assert.deepEqual(hear({}, { id: 'a' }), []);
      assert.ok(!watch.isDeaf(START + 600 * MINUTE));
      const events: string[] = [];
      for (let at = 610; at <= 700; at += 10) {
        events.push(...until(at), ...hear({}, { id: 'a' }));
        hear({}, { id: 'b' });
        if (at < 640) hear({}, { id: 'c' });
      }
      assert.deepEqual(events, ['d silent raised at 681']);
    });

    it('forgets a device that staff removed', () => {
      const removed = new Set<string>();
      const { until, hear, watch } = world({ intervalOf: (id) => (removed.has(id) ? null : 20) });
      hear({}, { id: 'a' });
      hear({}, { id: 'b' });
      assert.equal(until(100).length, 2);
      removed.add('a');
      until(101);
      assert.deepEqual(
        watch.open().map(({ device }) => device),
        ['b'],
      );
      assert.equal(watch.size, 1);
    });
  });

  describe('lateness', () => {
    const behind = (minutes: number, hours: number): Partial<Observation> => ({
      phenomenonTime: new Date(START + minutes * MINUTE - hours * HOUR).toISOString(),
    });

    it('is raised when readings keep coming late, and cleared by one in time', () => {
      const { until, hear } = world();
      const events: string[] = [];
      for (let at = 20; at <= 100; at += 20) {
        until(at);
        events.push(...hear({}, {}, behind(at, 7)));
      }
      assert.deepEqual(events, ['start late raised at 60']);
      until(120);
      assert.deepEqual(hear(), ['start late cleared at 120']);
    });

    it('is not what a device does that empties its memory after an outage', () => {
      const { until, hear } = world();
      hear();
      until(60);
      for (let hours = 40; hours > 0; hours--) assert.deepEqual(hear({}, {}, behind(60, hours)), []);
      assert.deepEqual(hear(), []);
    });
  });

  describe('battery', () => {
    /** A reading each six hours for days; `level` by day. Cleared of the silence between. */
    function live(town: World, days: number, values: (day: number) => Observation['values']): string[] {
      const events: string[] = [];
      for (let day = 0; day < days; day += 0.25) {
        town.until(Math.round((day * DAY) / MINUTE), 30);
        events.push(...town.hear(values(day)));
      }
      return events.map((event) =>
        event.replace(/ at (\d+)/, (_, minute) => ` on day ${Math.floor(minute / 1440)}`),
      );
    }

    it('is judged by its own trend, days before it is empty', () => {
      const town = world({ intervalOf: () => 360 });
      const events = live(town, 80, (day) => ({ battery_level: 90 - day + (Math.floor(day * 4) % 3) }));
      assert.equal(events.length, 1, String(events));
      const [, day = Number.NaN] = /battery raised on day (\d+)/.exec(events[0] ?? '') ?? [];
      assert.ok(Math.abs(Number(day) - 55) <= 3, `30 days before the 85th: day ${day}`);
      const [event] = town.watch.open();
      assert.match(event?.sentence ?? '', /lasts about (29|30) more days: it is at \d+ %/);
    });

    it('raises nothing for a battery that stands still, or breathes with the weather', () => {
      const town = world({ intervalOf: () => 360 });
      assert.deepEqual(
        live(town, 120, (day) => ({ battery_level: 60 + Math.round(8 * Math.sin(day)) })),
        [],
      );
    });

    it('is weak at ten percent whatever its trend, and well with a new one', () => {
      const town = world({ intervalOf: () => 360 });
      const events = live(town, 10, (day) => ({ battery_level: day < 5 ? 9 : 100 }));
      assert.deepEqual(events, ['start battery raised on day 0', 'start battery cleared on day 5']);
    });

    it('does not wait for a new battery in a device on the mains that says 0 percent', () => {
      const town = world({ intervalOf: () => 360 });
      assert.deepEqual(
        live(town, 30, () => ({ battery_level: 0 })),
        [],
      );
    });

    it('knows the trend of a voltage', () => {
      const town = world({ intervalOf: () => 360 });
      const events = live(town, 60, (day) => ({ battery_voltage: 3.6 - day / 100 }));
      assert.equal(events.length, 1, String(events));
    });
  });

  it('keeps a bounded state', () => {
    const state = new MemoryState();
    const watch = new DeviceWatch({
      state,
      id: 'node',
      language: 'en-US',
      intervals: 4,
      lateHours: 6,
      batteryDays: 30,
      now: START,
    });
    for (let hour = 0; hour < 24 * 400; hour += 6)
      watch.see(observation(START + hour * HOUR, { battery_level: 80 + (hour % 5) }), START + hour * HOUR);
    assert.ok(state.size() < 4000, String(state.size()));
  });

  it('says what to do in every language, in the shape of an alarm', () => {
    for (const language of LANGUAGES) {
      const { until, hear, watch } = world({ language });
      hear();
      until(200);
      const [event] = watch.open();
      assert.ok(event);
      assert.match(event.sentence, /Start.* 81 minut.* 20 minut/);
      assert.doesNotMatch(event.sentence, /__/);
      const { measurement, tags, fields, time } = pointOfEvent(event);
      assert.equal(measurement, 'alarm');
      assert.deepEqual(tags, { device: 'start', site: 'Start', alarm: event.alarm });
      assert.deepEqual(fields, {
        state: 'raised',
        severity: 'warning',
        sentence: event.sentence,
        value: 1.4,
        cause: 'silent',
      });
      assert.equal(time, START + 81 * MINUTE);
    }
  });
});
