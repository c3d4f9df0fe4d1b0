/** Sensors that are all right, of the fault benchmark's town: nothing that they measure may be called a fault. */
import assert from 'node:assert/strict';
import { CLIMATES } from '../../../bench/faults-climates.ts';
import { BEGIN, buildTown, DAY } from '../../../bench/faults-town.ts';
import type { QuantityId } from '../../../nodes/observation/quantities.ts';
import { PRESETS } from '../../../nodes/quality/limits.ts';
import { QualityChecker } from '../../../nodes/quality/quality-check.ts';
import { MemoryState } from '../../support/memory-state.ts';
import { observation } from '../../support/observations.ts';

const MINUTE = 60_000;
/** From Christmas on, with rockets at New Year and ice on the water. */
const FROM = BEGIN + 298 * DAY;
const DAYS = 40;

describe('a town without faults', () => {
  for (const preset of PRESETS) {
    it(`has no suspect value in forty days of winter (${preset})`, () => {
      const [climate] = CLIMATES.reporting;
      assert.ok(climate);
      const found: string[] = [];
      const onRevision = ({ device }: { device: { id: string } }): void =>
        void found.push(`${device.id} spike`);
      const checker = new QualityChecker({ state: new MemoryState(), preset, onRevision });
      const sensors = buildTown(2001, climate).map((sensor) => ({ ...sensor, next: FROM }));
      for (let time = FROM; time < FROM + DAYS * DAY; time += MINUTE) {
        for (const sensor of sensors) {
          if (sensor.next > time) continue;
          sensor.next = time + sensor.interval * MINUTE;
          const { device: id, quantity, lat, lon, step, measure } = sensor;
          const values = { [quantity]: Math.round(measure(time) / step) * step };
          const reading = observation(time, values, { id, location: { lat, lon } });
          const verdict = checker.check(reading)[quantity as QuantityId];
          if ((verdict?.flag ?? 9) > 2) found.push(`${id} ${JSON.stringify(verdict?.reasons)}`);
        }
      }
      assert.deepEqual(found.slice(0, 5), []);
    });
  }
});
