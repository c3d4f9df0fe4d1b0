/** Files of the data folder that a crash, a bad disk or a person has damaged. */
import assert from 'node:assert/strict';
import { appendFileSync, globSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../support/eventually.ts';
import { influxdbValues } from '../support/saved-values.ts';
import { freePort, type Server, startInfluxdb } from '../support/servers.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';
import { Plant } from './plant.ts';

const UPLINKS = 80;

describe('damaged files', () => {
  let server: Server;
  let proxy: TcpProxy;
  let plant: Plant;

  before(async () => {
    server = await startInfluxdb();
    proxy = await TcpProxy.start(await freePort(), server.port);
    plant = await Plant.start({ BYFLYT_DATABASE_URL: proxy.url }, () => influxdbValues(server.url));
    plant.send(20);
    await plant.everythingIsStored();
  });

  after(async () => {
    await plant?.remove();
    await proxy?.stop();
    await server?.stop();
  });

  /** The newest file of the log, which a crash cuts. */
  function newestSegment(): string {
    const names = globSync('log/*', { cwd: plant.installation.folder }).sort();
    return join(plant.installation.folder, names.at(-1) ?? '');
  }

  const database = (): string => join(plant.installation.folder, 'byflyt.db');
  const DAMAGES: Readonly<Record<string, () => void>> = {
    'a log that ends in the middle of a record': () =>
      appendFileSync(newestSegment(), Buffer.alloc(37, 0x5a)),
    'a log with zeros at its end, as after a power cut': () =>
      appendFileSync(newestSegment(), Buffer.alloc(5000)),
    'a log whose last bytes are garbage': () => {
      const path = newestSegment();
      appendFileSync(path, Buffer.from('{"half":"a reco'));
    },
    'byflyt.db deleted': () => {
      for (const end of ['', '-wal', '-shm']) rmSync(database() + end, { force: true });
    },
    'byflyt.db full of garbage': () => writeFileSync(database(), Buffer.alloc(20_000, 0x47)),
    'byflyt.db cut in half': () => truncateSync(database(), Math.floor(statSync(database()).size / 2)),
  };

  for (const [name, damage] of Object.entries(DAMAGES)) {
    it(`${name}: what was acknowledged and waited for the database is stored`, async () => {
      await proxy.set('refused');
      plant.send(UPLINKS);
      await plant.acknowledged();
      await plant.installation.kill();
      damage();
      await plant.installation.start();
      await proxy.set('open');
      await plant.everythingIsStored();
      await plant.isAlive();
      await eventually(() => {
        const { received, queued, unaccounted, inFlow } = plant.accounts();
        assert.ok(received >= UPLINKS, `${received} received`);
        assert.equal(queued + unaccounted + inFlow, 0);
      });
    });
  }

  it('a log that lost its last bytes: everything else is stored', async () => {
    await proxy.set('refused');
    plant.send(UPLINKS);
    await plant.acknowledged();
    await plant.installation.kill();
    const path = newestSegment();
    truncateSync(path, statSync(path).size - 3);
    await plant.installation.start();
    await proxy.set('open');
    await plant.everythingIsStored();
  });
});
