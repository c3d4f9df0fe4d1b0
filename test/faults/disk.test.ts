/**
 * A disk without room. The limit on the size of a process's files (RLIMIT_FSIZE) refuses every write just as a full disk
 * does, needs no rights, and can be set and lifted while the process runs.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { eventually } from '../support/eventually.ts';
import { embeddedValues, influxdbValues } from '../support/saved-values.ts';
import { type Server, startInfluxdb } from '../support/servers.ts';
import { Plant } from './plant.ts';

const WEBHOOK = '/byflyt/in/faults';

for (const database of ['embedded database', 'InfluxDB'] as const) {
  describe(`a full disk, ${database}`, () => {
    let server: Server | undefined;
    let plant: Plant;

    before(async () => {
      if (database === 'InfluxDB') server = await startInfluxdb();
      const url = server?.url;
      plant = await Plant.start(url ? { BYFLYT_DATABASE_URL: url } : {}, (folder) =>
        url ? influxdbValues(url) : embeddedValues(folder),
      );
      await plant.addWebhook(WEBHOOK);
    });

    after(async () => {
      await plant?.remove();
      await server?.stop();
    });

    it('acknowledges nothing that is not on disk, says so, and goes on when there is room', async () => {
      plant.send(100);
      await plant.everythingIsStored();
      await eventually(() => assert.equal(plant.accounts().stored, 100));
      // Nobody can sign in anew on a full disk: Node-RED keeps on it who is signed in.
      await plant.problems();
      const { received } = plant.accounts();

      limitFiles(plant.installation.pid, '1');
      plant.send(50);
      await eventually(async () => assert.equal(await plant.post(WEBHOOK), 503));
      await plant.tells(/so it was not acknowledged. Check that there is room on the disk/);
      await plant.isAlive();
      // Nothing was promised for these: whatever is killed now, the senders still have them.
      assert.equal(plant.accounts().received, received);

      limitFiles(plant.installation.pid, 'unlimited');
      await plant.acknowledged();
      await eventually(async () => assert.equal(await plant.post(WEBHOOK), 200));
      await plant.everythingIsStored();
      await plant.tellsNoMore(/not acknowledged/);
      await plant.installation.kill();
      await plant.installation.start();
      await plant.everythingIsStored();
    });
  });
}

/** Sets the soft limit, which its owner may raise again. */
function limitFiles(pid: number, bytes: string): void {
  execFileSync('prlimit', ['--pid', String(pid), `--fsize=${bytes}:`]);
}
