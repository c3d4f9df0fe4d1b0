/** What a setting of the anomaly detector would have done with the readings of a device that are stored. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Device } from '../devices/device.ts';
import { MessageError } from '../observation/errors.ts';
import type { Language } from '../observation/messages.ts';
import type { Observation, QualityFlag } from '../observation/observation.ts';
import { QUANTITIES, type QuantityId } from '../observation/quantities.ts';
import { ScratchState } from '../persistence/scratch-state.ts';
import { DEVICE_HEALTH } from '../timeseries/points.ts';
import { flagFieldOf } from '../timeseries/quality-fields.ts';
import type { Row, Store } from '../timeseries/store.ts';
import { AnomalyDetector, thresholdFor } from './anomaly-detector.ts';
import { FaultDetector } from './faults/fault-detector.ts';
import { type Feedback, putFeedback, sensitivityAfter } from './feedback.ts';
import type { HolidayCountry } from './holidays.ts';
import { LocalClock } from './local-clock.ts';

export interface BackTestRequest {
  device: Pick<Device, 'id' | 'name' | 'area' | 'site'>;
  quantity: QuantityId;
  /** ms since 1970 UTC; the end is exclusive. */
  from: number;
  to: number;
  language: Language;
  /** IANA name. */
  timeZone: string;
  /** As in the node. */
  holidays?: HolidayCountry;
  /** What people said of earlier alarms of this series. */
  feedback: readonly Feedback[];
}

/** A stretch of the period, for drawing: lowest and highest value in it, and the ends of the bands. Canonical unit. */
type Column = [time: number, lowest: number, highest: number, lower: number | null, upper: number | null];

/** All that a form needs to draw the series and to move the slider without asking again. */
export interface BackTest {
  columns: Column[];
  /** Every value that would be an alarm at the end "many alarms" of the slider, oldest first. */
  candidates: { time: number; value: number; score: number; sentence: string }[];
  /** Faults and real events that the setting would have told, for slider positions 0, 25 ... 100; oldest first. */
  faults: { time: number; value: number; sentence: string }[][];
  /** Score from which a value is an alarm, for slider positions 0, 5 ... 100; and without what people said. */
  thresholds: number[];
  thresholdsWithoutAnswers: number[];
  answers: Feedback[];
  /** Readings in the period, and the days from the first to the last. */
  readings: number;
  days: number;
}

const DAY = 86_400_000;
/** Before the period, the detector learns from so much. */
const LEARNING = 60 * DAY;
const LONGEST = 400 * DAY;
const MOST_READINGS = 400_000;
const COLUMNS = 900;
/** Readings judged in one turn of the event loop: a few milliseconds. */
const SLICE = 200;
/** Faults are looked for at these positions of the slider: they have no score that could be compared later. */
const FAULT_POSITIONS = [0, 25, 50, 75, 100];
const POSITIONS = Array.from({ length: 21 }, (_, index) => index * 5);

/** Measurement that holds a quantity of a device. */
function measurementOf(area: string, quantity: QuantityId): string {
  return QUANTITIES[quantity].health ? DEVICE_HEALTH : area;
}

/**
 * Runs the detectors of the node over the stored readings, from 60 days before the period on; sensors nearby are not
 * asked. Throws MessageError for a period that is too long or has too many readings, and what the store throws.
 */
export async function backTest(store: Pick<Store, 'stream'>, request: BackTestRequest): Promise<BackTest> {
  const { quantity, from, to, language, timeZone, holidays, feedback } = request;
  if (to - from > LONGEST) throw new MessageError({ key: 'anomaly.error.back_test_period' });
  const detector = new AnomalyDetector({
    state: new ScratchState(),
    language,
    timeZone,
    sensitivity: 100,
    quantities: [quantity],
    ...(holidays && { holidays }),
  });
  const faultDetectors = FAULT_POSITIONS.map((position) => faultDetector(position, request));
  const faults: BackTest['faults'] = FAULT_POSITIONS.map(() => []);
  const drawing = new Drawing(from, to);
  const candidates: BackTest['candidates'] = [];
  for await (const { time, value, observation } of readings(store, request)) {
    const anomaly = detector.detect(observation)[quantity];
    const told = faultDetectors.map((each) => each.detect(observation, {})[quantity]?.sentence);
    if (time < from) continue;
    for (const [at, sentence] of told.entries()) if (sentence) faults[at]?.push({ time, value, sentence });
    drawing.add(time, value, anomaly?.band);
    if (anomaly?.sentence) candidates.push({ time, value, score: anomaly.score, sentence: anomaly.sentence });
  }
  return {
    columns: drawing.columns(),
    candidates,
    faults,
    thresholds: POSITIONS.map((position) => thresholdFor(sensitivityAfter(position, feedback))),
    thresholdsWithoutAnswers: POSITIONS.map(thresholdFor),
    answers: [...feedback],
    readings: drawing.readings,
    days: drawing.days,
  };
}

/** Of the period and of the time before it, with a turn for others now and then. */
async function* readings(
  store: Pick<Store, 'stream'>,
  request: BackTestRequest,
): AsyncGenerator<{ time: number; value: number; observation: Observation }> {
  const { device, quantity, from, to } = request;
  const rows = store.stream({
    measurement: measurementOf(device.area, quantity),
    fields: [quantity, flagFieldOf(quantity)],
    where: { device: device.id },
    from: from - LEARNING,
    to,
  });
  let count = 0;
  for await (const portion of rows) {
    for (const row of portion) {
      const value = row.values[quantity];
      if (typeof value !== 'number') continue;
      if (++count > MOST_READINGS) throw new MessageError({ key: 'anomaly.error.back_test_period' });
      if (count % SLICE === 0) await nextTurn();
      yield { time: row.time, value, observation: observationOf(row, value, request) };
    }
  }
}

function faultDetector(sensitivity: number, request: BackTestRequest): FaultDetector {
  const { device, quantity, language, timeZone, feedback } = request;
  const state = new ScratchState();
  putFeedback(state, device.id, quantity, feedback);
  const clock = new LocalClock(timeZone);
  return new FaultDetector({ state, clock, language, sensitivity, quantities: [quantity] });
}

function observationOf(row: Row, value: number, { device, quantity }: BackTestRequest): Observation {
  const time = new Date(row.time).toISOString();
  const flag = row.values[flagFieldOf(quantity)];
  return {
    device,
    phenomenonTime: time,
    timeSource: 'device',
    receivedTime: time,
    values: { [quantity]: value },
    ...(typeof flag === 'number' && { quality: { [quantity]: { flag: flag as QualityFlag, reasons: [] } } }),
    raw: { payloadHex: '', codec: '', codecVersion: '' },
  };
}

interface Stretch {
  lowest: number;
  highest: number;
  lower: number;
  upper: number;
}

/** Readings gathered in as many stretches as a chart has room for. */
class Drawing {
  readonly #stretches = new Map<number, Stretch>();
  readonly #from: number;
  readonly #width: number;
  readings = 0;
  #first = 0;
  #last = 0;

  constructor(from: number, to: number) {
    this.#from = from;
    this.#width = Math.max((to - from) / COLUMNS, 1);
  }

  get days(): number {
    return (this.#last - this.#first) / DAY;
  }

  add(time: number, value: number, band: readonly [number, number] | undefined): void {
    if (this.readings++ === 0) this.#first = time;
    this.#last = time;
    const at = Math.floor((time - this.#from) / this.#width);
    let stretch = this.#stretches.get(at);
    if (!stretch) {
      stretch = {
        lowest: value,
        highest: value,
        lower: Number.POSITIVE_INFINITY,
        upper: Number.NEGATIVE_INFINITY,
      };
      this.#stretches.set(at, stretch);
    }
    stretch.lowest = Math.min(stretch.lowest, value);
    stretch.highest = Math.max(stretch.highest, value);
    if (!band) return;
    stretch.lower = Math.min(stretch.lower, band[0]);
    stretch.upper = Math.max(stretch.upper, band[1]);
  }

  columns(): Column[] {
    return [...this.#stretches].map(([at, { lowest, highest, lower, upper }]) => [
      Math.round(this.#from + (at + 0.5) * this.#width),
      lowest,
      highest,
      lower <= upper ? lower : null,
      lower <= upper ? upper : null,
    ]);
  }
}
