import assert from 'node:assert/strict';
import { ConnectionError } from '../../../../nodes/observation/errors.ts';
import { LANGUAGES, translate } from '../../../../nodes/observation/messages.ts';
import { SilentDevices } from '../../../../nodes/operator/status/silent-devices.ts';
import { eventually } from '../../../support/eventually.ts';
import { NOW, openTown, point, type Town } from '../town.ts';

const HOUR = 60;
const LATER = 300_000;

describe('SilentDevices', () => {
  let town: Town;
  let now: number;
  let asked: number;
  let away: boolean;
  let silent: SilentDevices;

  beforeEach(async () => {
    [town, now, asked, away] = [await openTown(), NOW, 0, false];
    silent = new SilentDevices({
      withSources: async (use) => {
        asked++;
        if (away) throw new ConnectionError({ key: 'operator.error.not_deployed' });
        return use(town.sources);
      },
      now: () => now,
    });
  });
  afterEach(() => town.close());

  const sentences = () =>
    [...silent.problems()].map(([, { key, parameters, severity }]) => {
      for (const language of LANGUAGES) assert.doesNotMatch(translate(language, key, parameters), /__/);
      return `${severity} ${translate('en-US', key, parameters)}`;
    });
  const heard = (device: string, minutesAgo: number) =>
    town.real.write([point(device, minutesAgo, { rssi: -100 }, 'device_health')]);

  it('are named when they were heard once and then not for twelve intervals', async () => {
    await heard('bin-1', 13 * HOUR);
    await heard('bin-2', 11 * HOUR);
    assert.deepEqual(sentences(), [], 'the question is under way');
    await eventually(() => assert.match(sentences().join(), /^notice Dunk 1 has been silent/));
    await heard('bin-2', 14 * HOUR);
    now += HOUR * 60_000 * 2;
    sentences();
    await eventually(() => assert.match(sentences().join(), /2 devices .*: Dunk 1, Dunk 2\./));
  });

  it('are none among simulated devices and those that were never heard', async () => {
    await town.sandbox.write([point('bin-3', 100 * HOUR, { rssi: -100 }, 'device_health')]);
    sentences();
    await eventually(() => assert.equal(asked, 1));
    assert.deepEqual(sentences(), []);
  });

  it('are looked up every five minutes, and nobody knows while the database is away', async () => {
    await heard('bin-1', 13 * HOUR);
    sentences();
    await eventually(() => assert.equal(sentences().length, 1));
    for (let look = 0; look < 5; look++) sentences();
    assert.equal(asked, 1);
    [away, now] = [true, now + LATER];
    sentences();
    await eventually(() => assert.deepEqual(sentences(), []));
    assert.equal(asked, 2);
  });
});
