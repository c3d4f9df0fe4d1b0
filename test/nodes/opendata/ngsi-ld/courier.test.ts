import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { Broker } from '../../../../nodes/opendata/ngsi-ld/broker.ts';
import { Courier } from '../../../../nodes/opendata/ngsi-ld/courier.ts';
import type { Entity } from '../../../../nodes/opendata/ngsi-ld/entity.ts';
import { OPERATION_FORMAT, Publication } from '../../../../nodes/opendata/ngsi-ld/publication.ts';
import { type DataFolder, openDataFolder } from '../../../../nodes/persistence/data-folder.ts';
import { freePort, tempFolder } from '../../../support/servers.ts';
import { entity } from './entity-of.ts';
import { StandInBroker } from './stand-in-broker.ts';

const A = 'urn:ngsi-ld:AirQualityObserved:air:a';
const B = 'urn:ngsi-ld:AirQualityObserved:air:b';

describe('passing entities on', () => {
  let path: string;
  let folder: DataFolder;
  let server: StandInBroker;
  let url: URL;
  let courier: Courier;

  beforeEach(async () => {
    path = await tempFolder();
    server = new StandInBroker();
    url = await server.listen();
    start();
  });
  afterEach(async () => {
    await stop();
    await server.close();
    await rm(path, { recursive: true });
  });

  function start() {
    folder = openDataFolder(path);
    const outbox = folder.outbox('ngsi-ld:node', OPERATION_FORMAT);
    courier = new Courier({
      broker: new Broker({ url }),
      outbox,
      onProgress() {},
      retryDelay: () => 3_600_000,
    });
  }
  async function stop() {
    await courier.close();
    folder.release();
  }
  const outbox = () => folder.outbox('ngsi-ld:node', OPERATION_FORMAT);
  const offer = (...entities: Entity[]) =>
    new Publication({ state: folder.state, outbox: outbox(), scope: 'node/broker' }).offer(entities);
  const temperatures = () =>
    server.written.map((line) => line.replace('urn:ngsi-ld:AirQualityObserved:air:', ''));

  it('tells a broker what is new, once', async () => {
    assert.equal(offer(entity('a', 1), entity('b', 2)), 2);
    await courier.flush();
    assert.equal(offer(entity('a', 1), entity('b', 3)), 1);
    await courier.flush();
    assert.deepEqual(temperatures(), ['a temperature 1', 'b temperature 2', 'b temperature 3']);
    assert.equal(courier.progress.waiting, 0);
  });

  it('keeps everything in order while the broker is away, across a restart', async () => {
    const port = Number(url.port);
    await server.close();
    offer(entity('a', 1), entity('b', 10));
    offer(entity('a', 2), entity('b', 10));
    await courier.flush();
    assert.equal(courier.progress.waiting, 3);
    await stop();
    start();
    offer(entity('a', 3), entity('b', 10));
    server = new StandInBroker();
    await server.listen(port);
    await courier.flush();
    assert.deepEqual(temperatures(), [
      'a temperature 1',
      'b temperature 10',
      'a temperature 2',
      'a temperature 3',
    ]);
    assert.equal(offer(entity('a', 3), entity('b', 10)), 0, 'nothing is told twice after a restart');
  });

  it('has the same effect once more after a crash between sending and remembering', async () => {
    offer(entity('a', 1));
    await courier.flush();
    outbox().append({ upsert: entity('a', 1) });
    await courier.flush();
    assert.equal(server.entities().size, 1);
    assert.equal(server.value(A, 'temperature'), 1);
  });

  it('removes what is no longer public', async () => {
    offer(entity('a', 1), entity('b', 2));
    await courier.flush();
    offer(entity('a', 1));
    await courier.flush();
    assert.deepEqual([...server.entities().keys()], [A]);
    offer();
    await courier.flush();
    assert.equal(server.entities().size, 0);
  });

  it('makes an entity anew that lost an attribute, as a withdrawn position', async () => {
    const location = { type: 'GeoProperty', value: { type: 'Point', coordinates: [10, 59] } };
    offer({ ...entity('a', 1), location });
    await courier.flush();
    assert.ok(server.attributes(A).location);
    offer(entity('a', 1));
    await courier.flush();
    assert.deepEqual(Object.keys(server.attributes(A)), ['temperature']);
  });

  it('puts aside what the broker refuses for good, and goes on', async () => {
    server.rules.refuses = { [A]: 400 };
    offer(entity('a', 1), entity('b', 2));
    await courier.flush();
    assert.equal(server.value(B, 'temperature'), 2);
    assert.deepEqual([courier.progress.waiting, courier.progress.refused], [0, 1]);
    const [letter] = outbox().deadLetters();
    assert.match(letter?.reason ?? '', /cannot take/);
    assert.deepEqual(letter?.item, { upsert: entity('a', 1) });
    offer(entity('a', 4), entity('b', 2));
    await courier.flush();
    assert.equal(courier.progress.refused, 1, 'one per entity, however often it is refused');
    server.rules.refuses = {};
    offer(entity('a', 5), entity('b', 2));
    await courier.flush();
    assert.equal(courier.progress.refused, 0, 'what was refused is past when something newer was taken');
  });

  it('does not let one entity that the broker stumbles over keep back the others for ever', async () => {
    server.rules.instead = ({ ids }) => (ids.includes(A) ? 500 : undefined);
    offer(entity('a', 1), entity('b', 2));
    for (let attempt = 0; attempt < 5; attempt++) await courier.flush();
    assert.equal(courier.progress.waiting, 2, 'patience first: the broker may only be starting');
    await courier.flush();
    assert.equal(server.value(B, 'temperature'), 2);
    assert.deepEqual([courier.progress.waiting, courier.progress.refused], [0, 1]);
  });

  it('puts nothing aside while the broker fails at everything', async () => {
    server.rules.instead = () => 500;
    offer(entity('a', 1), entity('b', 2));
    for (let attempt = 0; attempt < 8; attempt++) await courier.flush();
    assert.deepEqual([courier.progress.waiting, courier.progress.refused], [2, 0]);
    server.rules.instead = () => undefined;
    await courier.flush();
    assert.equal(server.entities().size, 2);
  });

  it('tries again by itself', async () => {
    await stop();
    const port = await freePort();
    folder = openDataFolder(path);
    const broker = new Broker({ url: new URL(`http://127.0.0.1:${port}/`) });
    courier = new Courier({ broker, outbox: outbox(), onProgress() {}, retryDelay: () => 20 });
    offer(entity('a', 1));
    await courier.flush();
    const late = new StandInBroker();
    const arrived = new Promise<void>((resolve) => {
      late.rules.instead = () => {
        resolve();
        return undefined;
      };
    });
    await late.listen(port);
    await arrived;
    await courier.flush();
    assert.equal(late.value(A, 'temperature'), 1);
    await late.close();
  });
});
