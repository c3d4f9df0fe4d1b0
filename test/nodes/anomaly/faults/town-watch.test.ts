import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { type FaultAlarm, type TownReading, TownWatch } from '../../../../nodes/anomaly/faults/town-watch.ts';
import { LocalClock } from '../../../../nodes/anomaly/local-clock.ts';
import { MemoryState } from '../../../support/memory-state.ts';
import { DAY, HOUR, MINUTE, randomNumbers, START, temperatures } from '../series.ts';

const HEALTHY = temperatures(40);
const WEEKS = START + 30 * DAY;
const NEAR = { lat: 59.9, lon: 10.7 };

type Samples = [time: number, value: number][];
type Change = (time: number, value: number) => number | undefined;

/** A sensor whose values are changed from `WEEKS` on; undefined: not sent. */
function changed(change: Change, samples = HEALTHY): Samples {
  return samples.flatMap(([time, value]) => {
    const now = time < WEEKS ? value : change(time, value);
    return now === undefined ? [] : [[time, Math.round(now * 100) / 100] as [number, number]];
  });
}

function town(): TownWatch {
  return new TownWatch({
    state: new MemoryState(),
    clock: new LocalClock('UTC'),
    sensitivity: 50,
    language: 'en-US',
    silence: true,
  });
}

interface Watched {
  device: string;
  samples: Samples;
  location?: { lat: number; lon: number };
  quantity?: string;
}

/** All alarms of sensors that report at the same times, and of a clock that goes on for two days. */
function alarmsOf(sensors: readonly Watched[]): FaultAlarm[] {
  const watch = town();
  const readings: TownReading[] = sensors.flatMap(({ device, samples, location, quantity }) =>
    samples.map(([time, value]) => ({
      device,
      quantity: quantity ?? 'air_temperature',
      time,
      value,
      failed: quantity === undefined && value > 85,
      location,
    })),
  );
  readings.sort((a, b) => a.time - b.time);
  return readings.flatMap((reading) => watch.see(reading));
}

const raised = (alarms: readonly FaultAlarm[]): string[] =>
  alarms.filter(({ state }) => state === 'raised').map(({ cause }) => cause);

const only = (samples: Samples): FaultAlarm[] => alarmsOf([{ device: 'a', samples }]);

describe('faults of sensors', () => {
  it('a healthy sensor with lost readings has none', () => {
    assert.deepEqual(only(HEALTHY), []);
  });

  it('a reading that stands still for hours is stuck, until it moves', () => {
    const alarms = only(changed((time, value) => (time < WEEKS + DAY ? 12.34 : value)));
    assert.deepEqual(raised(alarms), ['stuck']);
    assert.match(
      alarms[0]?.sentence ?? '',
      /^No change for \d+ hours at a .* normally changes every \d+ minutes/,
    );
    assert.ok(Date.parse(alarms[0]?.time ?? '') < WEEKS + 8 * HOUR);
    assert.equal(alarms[1]?.state, 'cleared');
    assert.ok(Date.parse(alarms[1]?.time ?? '') >= WEEKS + DAY);
  });

  it('coarse readings of something slow do not stay an alarm for ever', () => {
    const random = randomNumbers(3);
    const moisture = (hour: number) => Math.round(30 + 5 * Math.sin(hour / 216) + 0.1 * (random() - 0.5));
    const samples: Samples = Array.from({ length: 120 * 24 }, (_, hour) => [
      START + hour * HOUR,
      moisture(hour),
    ]);
    const alarms = alarmsOf([{ device: 'soil', samples, quantity: 'soil_moisture' }]);
    assert.ok(raised(alarms).length <= 6, `${raised(alarms)}`);
    const later = alarms.filter(({ time }) => Date.parse(time) > START + 60 * DAY);
    assert.ok(raised(later).length <= 2, `${raised(later)}`);
  });

  it('one reading far off is a spike', () => {
    const alarms = only(
      changed((time, value) => (time >= WEEKS + DAY && time < WEEKS + DAY + 20 * MINUTE ? value + 9 : value)),
    );
    assert.deepEqual(raised(alarms), ['spike']);
  });

  it('a reading that cannot be true is a spike; many are a shift, and the sensor is not silent', () => {
    const alarms = only(changed((time, value) => (time < WEEKS + 25 * MINUTE ? 327.67 : value)));
    assert.deepEqual(raised(alarms), ['spike']);
    const many = only(changed((time, value) => (time < WEEKS + 2 * DAY ? 327.67 : value)));
    assert.deepEqual(raised(many), ['shift']);
    assert.equal(many.at(-1)?.state, 'cleared');
  });

  it('a level that changes at once and stays is a shift, told once; its end clears it', () => {
    const alarms = only(changed((time, value) => (time < WEEKS + 4 * DAY ? value + 8 : value)));
    assert.deepEqual(
      alarms.map(({ cause, state }) => [cause, state]),
      [
        ['shift', 'raised'],
        ['shift', 'cleared'],
      ],
    );
    assert.match(alarms[0]?.sentence ?? '', /^Air temperature at a has been [78][.\d]* °C above normal/);
  });

  it('the same change of a sensor nearby makes it a real event', () => {
    const front = changed((_, value) => value + 8);
    const other = changed((_, value) => value + 7.5, temperatures(40, 2));
    const alarms = alarmsOf([
      { device: 'a', samples: front, location: NEAR },
      { device: 'b', samples: other, location: NEAR },
    ]).filter(({ time }) => Date.parse(time) < WEEKS + DAY);
    assert.ok(alarms.length > 0);
    assert.deepEqual([...new Set(raised(alarms))], ['event']);
    assert.match(alarms[0]?.sentence ?? '', /nearby moved too, so this is probably real$/);
  });

  it('a sensor nearby that stayed where it was does not', () => {
    const alarms = alarmsOf([
      { device: 'a', samples: changed((_, value) => value + 8), location: NEAR },
      { device: 'b', samples: temperatures(40, 2), location: NEAR },
    ]);
    assert.deepEqual(
      alarms.map(({ device, cause }) => [device, cause]),
      [['a', 'shift']],
    );
  });

  it('weather that changes by and by everywhere is not a fault of each sensor', () => {
    const random = randomNumbers(5);
    const sensors: Samples[] = [[], [], [], []];
    let weather = 0;
    for (let time = START; time < START + 120 * DAY; time += 20 * MINUTE) {
      weather = 0.997 * weather + 0.5 * (random() - 0.5);
      const rhythm = 4 * Math.sin((2 * Math.PI * time) / DAY);
      for (const [at, samples] of sensors.entries()) {
        samples.push([time + at * 1000, Math.round(10 * (weather + rhythm + 0.2 * random())) / 10]);
      }
    }
    const alarms = alarmsOf(
      sensors.map((samples, at) => ({ device: `t${at}`, samples, location: { ...NEAR, lon: at / 100 } })),
    );
    assert.ok(raised(alarms).length > 0);
    assert.deepEqual([...new Set(raised(alarms))], ['event']);
  });

  it('a battery that is told in whole percent is no noise, and weak when it falls quickly', () => {
    const samples: Samples = [];
    for (let time = START; time < START + 50 * DAY; time += 20 * MINUTE) {
      const days = (time - START) / DAY;
      samples.push([time, Math.round(95 - 0.05 * days - 1.2 * Math.max(0, days - 40))]);
    }
    const alarms = alarmsOf([{ device: 'a', samples, quantity: 'battery_level' }]);
    assert.deepEqual(raised(alarms), ['battery']);
  });

  it('more noise than before is noise', () => {
    const alarms = only(changed((time, value) => value + (Math.round(time / MINUTE / 20) % 3) * 1.5));
    assert.equal(raised(alarms)[0], 'noise');
  });

  it('drift away from two sensors nearby is of the one that drifts', () => {
    const drifting = changed((time, value) => value + (time - WEEKS) / DAY, temperatures(60));
    const alarms = alarmsOf([
      { device: 'a', samples: drifting, location: NEAR },
      { device: 'b', samples: temperatures(60, 2), location: NEAR },
      { device: 'c', samples: temperatures(60, 4), location: NEAR },
    ]);
    assert.deepEqual([...new Set(alarms.map(({ device, cause }) => `${device} ${cause}`))], ['a drift']);
  });

  it('water that runs day and night is a leak; a meter set back or read wrongly once is none', () => {
    let reading = 100;
    const meter: Samples = [];
    for (let time = START; time < START + 45 * DAY; time += HOUR) {
      const hour = (time / HOUR) % 24;
      reading += hour > 5 && hour < 23 ? 0.01 * (2 + ((hour * 7) % 5)) : 0;
      if (time > START + 36 * DAY) reading += 0.02;
      const wrong = time === START + 20 * DAY + 9 * HOUR;
      meter.push([time, Math.round((reading + (wrong ? 50 : 0)) * 1000) / 1000]);
    }
    const alarms = alarmsOf([{ device: 'm', samples: meter, quantity: 'water_volume' }]);
    assert.deepEqual(raised(alarms), ['spike', 'leak']);
    assert.equal(alarms.find(({ cause }) => cause === 'leak')?.severity, 'critical');
  });

  /** A meter that is read hourly and rests at night; `leak` in m³/h at a time in days. */
  function leaking(leak: (day: number) => number): Samples {
    let reading = 100;
    const meter: Samples = [];
    for (let time = START; time < START + 55 * DAY; time += HOUR) {
      const hour = (time / HOUR) % 24;
      const use = hour > 5 && hour < 23 ? 0.01 * (2 + ((hour * 7) % 5)) : 0;
      reading += use + leak((time - START) / DAY);
      meter.push([time, Math.round(reading * 1000) / 1000]);
    }
    return meter;
  }

  it('a leak that grows slowly is told while it is a small part of the mean flow', () => {
    const samples = leaking((day) => 0.0005 * Math.max(0, day - 36));
    const alarms = alarmsOf([{ device: 'm', samples, quantity: 'water_volume' }]);
    assert.deepEqual(raised(alarms), ['leak']);
    const days = (Date.parse(alarms[0]?.time ?? '') - START) / DAY - 36;
    assert.ok(days < 8, `told after ${days} days`);
  });

  it('a burst pipe is told after the first night', () => {
    const samples = leaking((day) => (day > 36 ? 0.04 : 0));
    const alarms = alarmsOf([{ device: 'm', samples, quantity: 'water_volume' }]);
    assert.deepEqual(raised(alarms), ['leak']);
    const days = (Date.parse(alarms[0]?.time ?? '') - START) / DAY - 36;
    assert.ok(days < 1.5, `told after ${days} days`);
  });
});

describe('silence', () => {
  const few = HEALTHY.slice(0, 300);
  const last = few.at(-1)?.[0] ?? 0;

  function watching(devices: readonly string[]): TownWatch {
    const watch = town();
    for (const [time, value] of few) {
      for (const device of devices) {
        watch.see({ device, quantity: 'air_temperature', time, value, failed: false });
      }
    }
    return watch;
  }

  it('is told once when the clock goes on, and cleared by the next reading', () => {
    const watch = watching(['a']);
    assert.deepEqual(watch.passed(last + 2 * HOUR), []);
    const [alarm, ...others] = watch.passed(last + 9 * HOUR);
    assert.equal(alarm?.cause, 'silent');
    assert.match(
      alarm?.sentence ?? '',
      /^Nothing heard from a \(Air temperature\) for 9 hours; .* every 2\d minutes$/,
    );
    assert.deepEqual(others, []);
    assert.deepEqual(watch.passed(last + 30 * HOUR), []);
    const back = watch.see({
      device: 'a',
      quantity: 'air_temperature',
      time: last + 31 * HOUR,
      value: 10,
      failed: false,
    });
    assert.deepEqual(
      back.map(({ cause, state }) => [cause, state]),
      [['silent', 'cleared']],
    );
  });

  it('is not of the sensors when all are silent at once, nor when nothing came at all', () => {
    const watch = watching(['a', 'b', 'c', 'd', 'e']);
    for (let hour = 1; hour <= 24; hour++) assert.deepEqual(watch.passed(last + hour * HOUR), []);
    const quiet = watching(['a', 'b']);
    const after = quiet.see({
      device: 'a',
      quantity: 'air_temperature',
      time: last + 12 * HOUR,
      value: 10,
      failed: false,
    });
    assert.deepEqual(after, []);
  });

  it('a time far ahead of all others makes nobody silent', () => {
    const watch = watching(['a', 'b']);
    const ahead = { device: 'a', quantity: 'air_temperature', value: 10, failed: false };
    assert.deepEqual(watch.see({ ...ahead, time: last + 400 * DAY }), []);
    assert.deepEqual(watch.see({ ...ahead, device: 'b', time: last + 20 * MINUTE }), []);
    assert.deepEqual(watch.see({ ...ahead, time: last + 21 * MINUTE }), []);
  });

  it('a clock that is ahead moves nobody else, however often it says so, while others are heard', () => {
    const watch = watching(['a', 'b']);
    const see = (device: string, time: number) =>
      watch.see({ device, quantity: 'air_temperature', time, value: 10 + (time % 7), failed: false });
    const alarms = Array.from({ length: 80 }, (_, i) => [
      ...see('a', last + 30 * DAY + i * 20 * MINUTE),
      ...see('b', last + (i + 1) * 20 * MINUTE),
    ]).flat();
    assert.deepEqual(
      alarms.map(({ device, cause, state }) => [device, cause, state]),
      [['a', 'clock', 'raised']],
    );
    assert.match(alarms[0]?.sentence ?? '', /a time that is 30 days wrong/);
  });

  it('is believed when nobody else is heard any more', () => {
    const watch = watching(['a', 'b']);
    const see = (time: number) =>
      watch.see({ device: 'a', quantity: 'air_temperature', time, value: 10 + (time % 7), failed: false });
    const alarms = Array.from({ length: 80 }, (_, i) => see(last + 3 * DAY + i * 20 * MINUTE)).flat();
    assert.ok(alarms.some(({ device, cause }) => device === 'b' && cause === 'silent'));
  });
});
