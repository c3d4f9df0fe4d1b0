import assert from 'node:assert/strict';
import { ConnectionError } from '../../../../nodes/observation/errors.ts';
import { Broker, type BrokerSettings } from '../../../../nodes/opendata/ngsi-ld/broker.ts';
import { brokerSettings } from '../../../../nodes/opendata/ngsi-ld/settings.ts';
import { entity } from './entity-of.ts';
import { StandInBroker } from './stand-in-broker.ts';

const A = entity('a', 1);
const B = entity('b', 2);
const UPSERT = 'POST entityOperations/upsert?options=update';

describe('NGSI-LD broker', () => {
  let server: StandInBroker;
  let url: URL;

  beforeEach(async () => {
    server = new StandInBroker();
    url = await server.listen();
  });
  afterEach(() => server.close());

  const broker = (settings: Partial<BrokerSettings> = {}) => new Broker({ url, ...settings });
  const refusedWith = (key: string) => (error: unknown) =>
    error instanceof ConnectionError && error.key === `opendata.ngsi_ld.${key}`;

  it('creates entities and adds to them, many at a time', async () => {
    const client = broker();
    assert.deepEqual(await client.send([{ upsert: A }, { upsert: B }]), []);
    server.attributes(A.id).owner = { type: 'Property', value: 'somebody else' };
    assert.deepEqual(await client.send([{ upsert: entity('a', 5) }]), []);
    assert.deepEqual([server.value(A.id, 'temperature'), server.value(B.id, 'temperature')], [5, 2]);
    assert.equal(server.value(A.id, 'owner'), 'somebody else', 'what others say of it stays');
    assert.deepEqual(server.requests, [UPSERT, UPSERT]);
  });

  it('removes entities, also those that are not there any more', async () => {
    const client = broker();
    await client.send([{ upsert: A }]);
    assert.deepEqual(await client.send([{ remove: A.id }, { remove: B.id }]), []);
    assert.equal(server.entities().size, 0);
  });

  it('names the entities of a batch that failed, and only those', async () => {
    server.rules.refuses = { [B.id]: 422 };
    const failures = await broker().send([{ upsert: A }, { upsert: B }]);
    assert.deepEqual(failures, [{ id: B.id, reason: `InternalError: cannot take ${B.id}`, passing: false }]);
    assert.equal(server.value(A.id, 'temperature'), 1);
  });

  it('finds the one for which a whole batch is refused', async () => {
    server.rules.instead = ({ path, ids }) =>
      path.startsWith('entityOperations') && ids.includes(B.id) ? 400 : undefined;
    const failures = await broker().send([{ upsert: A }, { upsert: B }]);
    assert.deepEqual(failures, [{ id: B.id, reason: 'Injected: status 400', passing: false }]);
    assert.equal(server.value(A.id, 'temperature'), 1);
  });

  it('does without batch operations', async () => {
    server.rules.batch = false;
    const client = broker();
    assert.deepEqual(await client.send([{ upsert: A }, { upsert: B }]), []);
    assert.deepEqual(await client.send([{ upsert: entity('a', 7) }]), []);
    assert.deepEqual(await client.send([{ remove: B.id }, { remove: B.id }]), []);
    assert.equal(server.value(A.id, 'temperature'), 7);
    assert.deepEqual(server.requests.slice(1, 3), ['POST entities', 'POST entities']);
    assert.ok(server.requests.includes(`POST entities/${encodeURIComponent(A.id)}/attrs`));
    assert.equal(server.entities().size, 1);
  });

  it('asks for batch operations once, and tries later what somebody removed meanwhile', async () => {
    server.rules.batch = false;
    const client = broker();
    await client.send([{ upsert: A }]);
    server.rules.instead = ({ path }) => (path.endsWith('/attrs') ? 404 : undefined);
    const failures = await client.send([{ upsert: A }]);
    assert.deepEqual(failures, [{ id: A.id, reason: 'Injected: status 404', passing: true }]);
    assert.deepEqual(
      server.requests.filter((request) => request.includes('entityOperations')),
      [UPSERT],
    );
  });

  it('speaks to its tenant, with its key', async () => {
    server.rules.tenants = ['fjellby'];
    server.rules.token = 'secret';
    const token = { header: 'bearer', secret: 'secret' } as const;
    assert.deepEqual(await broker({ tenant: 'fjellby', token }).send([{ upsert: A }]), []);
    assert.equal(server.entities('fjellby').size, 1);
    await assert.rejects(broker({ tenant: 'nowhere', token }).send([{ upsert: A }]), refusedWith('tenant'));
  });

  it('keeps the key out of what it says of a refusal', async () => {
    server.rules.token = 'another';
    const token = { header: 'bearer', secret: 'a-key-of-ours' } as const;
    await assert.rejects(broker({ token }).send([{ upsert: A }]), (error: unknown) => {
      assert.ok(refusedWith('key')(error));
      assert.match(String((error as ConnectionError).parameters.reason), /\*\*\*/);
      assert.doesNotMatch(JSON.stringify(error) + String(error), /a-key-of-ours/);
      return true;
    });
  });

  it('asks for patience while the broker is busy, failing, elsewhere or away', async () => {
    const statuses = { 503: 'busy', 429: 'busy', 500: 'stumbled', 418: 'address' };
    for (const [status, key] of Object.entries(statuses)) {
      server.rules.instead = () => Number(status);
      await assert.rejects(broker().send([{ upsert: A }, { upsert: B }]), refusedWith(key));
    }
    await server.close();
    await assert.rejects(broker().send([{ upsert: A }]), { key: 'opendata.remote.unreachable' });
    server = new StandInBroker();
    await server.listen();
  });

  it('does not take a page that is no broker for one that has nothing to remove', async () => {
    server.rules.instead = () => 404;
    await assert.rejects(broker().send([{ remove: A.id }]), refusedWith('address'));
  });
});

describe('settings of an NGSI-LD broker', () => {
  it('name what has to be corrected', () => {
    for (const url of ['', 'broker', 'ftp://x', 'https://user:password@x'])
      assert.throws(() => brokerSettings({ url }, {}), { key: 'opendata.ngsi_ld.url' });
    assert.throws(() => brokerSettings({ url: 'http://x', tenant: 'a b' }, {}), {
      key: 'opendata.ngsi_ld.tenant_name',
    });
    const { url, token } = brokerSettings({ url: 'http://x/broker' }, { token: ' k ' });
    assert.deepEqual([url.href, token], ['http://x/broker/', { header: 'bearer', secret: 'k' }]);
  });
});
