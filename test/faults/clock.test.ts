/** Somebody sets the clock of the machine while Byflyt runs, and while its database is away. */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { embeddedValues } from '../support/saved-values.ts';
import { Plant } from './plant.ts';

const PRELOAD = pathToFileURL(join(import.meta.dirname, '../support/shifted-clock.ts')).href;
const HOUR = 3_600_000;
const JUMPS: Readonly<Record<string, number>> = {
  'a day ahead': 24 * HOUR,
  'an hour back': -HOUR,
  'to 1970': -Date.now() + HOUR,
  'right again': 0,
};
/** Longer than the clock's file goes unread. */
const NOTICED_MS = 100;

describe('clock that jumps', () => {
  let plant: Plant;

  before(async () => {
    plant = await Plant.start({ NODE_OPTIONS: `--import ${PRELOAD}` }, embeddedValues, {
      prepare: async (installation) => {
        Object.assign(installation.environment, {
          CLOCK_SHIFT_FILE: join(installation.folder, 'clock-shift'),
        });
      },
    });
  });

  after(() => plant?.remove());

  for (const [name, shift] of Object.entries(JUMPS)) {
    it(`${name}: every uplink is stored once, before and after a restart`, async () => {
      plant.send(50);
      await plant.installation.write('clock-shift', String(shift));
      await delay(NOTICED_MS);
      plant.send(50);
      await plant.acknowledged();
      await plant.everythingIsStored();
      await plant.isAlive();
      plant.send(50);
      await plant.installation.kill();
      await plant.installation.start();
      await plant.acknowledged();
      await plant.everythingIsStored();
    });
  }
});
