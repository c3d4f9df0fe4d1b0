import assert from 'node:assert/strict';
import type { DatabaseStatus } from '../../../nodes/timeseries/database.ts';
import { ServerGreeting } from '../../../nodes/timeseries/server-greeting.ts';
import { eventually } from '../../support/eventually.ts';
import { freePort, startInfluxdb } from '../../support/servers.ts';

const WAITING: DatabaseStatus = { state: 'waiting', kept: 0, refusedReadings: 0 };

describe('greeting of a database server', () => {
  /** What is heard of a server, until `change` is called with what saving says. */
  function heard(url: string) {
    const greeting = new ServerGreeting({ kind: 'influxdb', url, bucket: 'greeted' });
    const statuses: DatabaseStatus[] = [];
    let change: (status: DatabaseStatus) => void = () => {};
    const stop = greeting.onStatus(
      (listener) => {
        change = listener;
        listener(WAITING);
        return () => {};
      },
      (status) => statuses.push(status),
    );
    return {
      last: () => statuses.at(-1),
      change: (status: DatabaseStatus) => change(status),
      close: () => {
        stop();
        greeting.close();
      },
    };
  }

  it('tells what it is, before anything is saved', async () => {
    const server = await startInfluxdb();
    const greeted = heard(server.url);
    try {
      assert.equal(greeted.last()?.server, undefined);
      await eventually(() =>
        assert.deepEqual(greeted.last(), {
          ...WAITING,
          server: { name: 'InfluxDB 1.6', url: server.url, bucket: 'greeted' },
        }),
      );
    } finally {
      greeted.close();
      await server.stop();
    }
  });

  it('tells what is wrong, until saving knows better', async () => {
    const greeted = heard(`http://127.0.0.1:${await freePort()}`);
    await eventually(() => {
      assert.equal(greeted.last()?.state, 'away');
      assert.equal(greeted.last()?.problem?.key, 'timeseries.error.nobody');
    });
    const saved: DatabaseStatus = { ...WAITING, state: 'saved', savedTime: 1 };
    greeted.change(saved);
    assert.deepEqual(greeted.last(), saved);
    greeted.close();
  });
});
