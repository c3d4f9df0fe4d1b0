/** Versions 2 and 3 as they are documented (see test/support/influxdb-front.ts); version 1 is a real server elsewhere. */
import assert from 'node:assert/strict';
import { ByflytError, ConfigurationError, ConnectionError } from '../../../nodes/observation/errors.ts';
import { checkDatabase } from '../../../nodes/timeseries/database-check.ts';
import type { InfluxdbSettings } from '../../../nodes/timeseries/influxdb-settings.ts';
import { InfluxdbStore } from '../../../nodes/timeseries/influxdb-store.ts';
import { PointsRefusedError } from '../../../nodes/timeseries/store.ts';
import { type Front, TOKEN } from '../../support/influxdb-front.ts';
import { startInfluxdb2 } from '../../support/influxdb2-front.ts';
import { startInfluxdb3 } from '../../support/influxdb3-front.ts';
import { describeStore } from './describe-store.ts';

const POINT = { measurement: 'm', tags: { device: 'a' }, fields: { t: 1.5 }, time: 1_768_435_200_000 };
const READ = { measurement: 'm', fields: ['t'] };

const fronts: Front[] = [];
after(async () => {
  for (const front of fronts) await front.stop();
});

async function started(front: Promise<Front>): Promise<Front> {
  fronts.push(await front);
  return front;
}

/** The key of the error that a promise ends with. */
async function problemOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => undefined,
    (failure: unknown) => failure,
  );
  assert.ok(error instanceof ByflytError, String(error));
  assert.ok(!error.message.includes(TOKEN));
  return `${error.name} ${error.key.replace('timeseries.error.', '')}`;
}

describeStore('InfluxDB 2', async () => {
  const { url } = await started(startInfluxdb2());
  return new InfluxdbStore({ url, bucket: 'suite', org: 'town', token: TOKEN });
});

describeStore('InfluxDB 3', async () => {
  const { url } = await started(startInfluxdb3());
  return new InfluxdbStore({ url, bucket: 'suite', token: TOKEN });
});

describeStore('InfluxDB 3, tags in columns', async () => {
  const { url } = await started(startInfluxdb3(true));
  return new InfluxdbStore({ url, bucket: 'suite', token: TOKEN });
});

describe('InfluxDB 2', () => {
  let front: Front;
  let settings: InfluxdbSettings;
  beforeEach(async () => {
    front = await startInfluxdb2();
    settings = { url: front.url, bucket: 'byflyt', org: 'town', token: TOKEN };
  });
  afterEach(() => front.stop());

  const check = (other: Partial<InfluxdbSettings> = {}) =>
    checkDatabase({ kind: 'influxdb', ...settings, ...other }, 'en-US');

  it('is recognised, gets its bucket, and stores nothing for a check', async () => {
    assert.equal(
      await check(),
      `Connected to InfluxDB 2.7.12 at ${front.url}, bucket byflyt. Writing and reading are permitted. Measurements are kept for ever.`,
    );
    assert.deepEqual([...front.buckets], [['byflyt', 0]]);
    const store = new InfluxdbStore(settings);
    assert.deepEqual([...(await store.measurements())], []);
    await store.close();
  });

  it('makes a bucket for the days asked for, and does not change one that exists', async () => {
    assert.match(await check({ retentionDays: 30 }), /Measurements are kept for 30 days\.$/);
    assert.equal(front.buckets.get('byflyt'), 30 * 86_400);
    assert.match(
      await check({ retentionDays: 1 }),
      /The database keeps measurements for 30 days, here it says for 1 day\. Byflyt does not change that/,
    );
    assert.equal(front.buckets.get('byflyt'), 30 * 86_400);
  });

  it('gets a name for InfluxQL where the bucket has none', async () => {
    await front.stop();
    front = await startInfluxdb2(false);
    settings.url = front.url;
    front.forbidden.add('dbrps');
    assert.equal(await problemOf(check()), 'ConfigurationError mapping');
    front.forbidden.clear();
    const store = new InfluxdbStore(settings);
    assert.deepEqual(await store.query(READ), []);
    assert.ok(front.mapped.has('byflyt'));
    await store.close();
  });

  it('says which setting is wrong', async () => {
    assert.equal(await problemOf(check({ token: 'wrong' })), 'ConfigurationError credentials');
    assert.equal(await problemOf(check({ org: 'village' })), 'ConfigurationError organisation');
    front.forbidden.add('buckets');
    assert.equal(await problemOf(check()), 'MissingDatabaseError bucket');
    front.forbidden.clear();
    await check();
    front.forbidden.add('write');
    assert.equal(await problemOf(check()), 'ConfigurationError no_write');
    front.forbidden.clear();
    front.forbidden.add('read');
    assert.equal(await problemOf(check()), 'ConfigurationError no_read');
  });

  it('is content with a token for the bucket alone', async () => {
    front.forbidden.add('orgs');
    assert.equal(await problemOf(check()), 'MissingDatabaseError bucket');
    front.forbidden.clear();
    await check();
    front.forbidden.add('orgs').add('buckets').add('dbrps');
    assert.match(await check(), /Writing and reading are permitted/);
  });

  it('refuses single points only, also when it is because of their age', async () => {
    const store = new InfluxdbStore(settings);
    await store.write([POINT]);
    const old = { ...POINT, time: 1 };
    front.instead.push([
      422,
      {
        code: 'unprocessable entity',
        message:
          'failure writing points to database: partial write: dropped 2 points outside retention policy of duration 72h0m0s - oldest point m,device_name=x at 1970 dropped because it violates a Retention Policy Lower Bound at 2026 dropped=2',
      },
    ]);
    const before = front.requests.length;
    const error = await store.write([old, { ...old, time: 2 }]).catch((failure: unknown) => failure);
    assert.ok(error instanceof PointsRefusedError);
    assert.equal(error.refused.length, 2);
    assert.match(error.refused[0]?.reason ?? '', /retention policy/);
    assert.equal(front.requests.length - before, 1, 'all were dropped, so that nothing has to be sent again');
    await store.close();
  });

  it('is left alone for as long as it asks', async () => {
    const store = new InfluxdbStore(settings);
    await store.write([POINT]);
    front.instead.push([429, { code: 'too many requests', message: 'slow down' }, { 'Retry-After': '1' }]);
    assert.equal(await problemOf(store.write([POINT])), 'BusyError busy');
    const before = front.requests.length;
    assert.equal(await problemOf(store.write([POINT])), 'BusyError busy');
    assert.equal(front.requests.length, before);
    await new Promise((resolve) => setTimeout(resolve, 1100));
    await store.write([POINT]);
    await store.close();
  });

  it('takes what is too much for one request in several', async () => {
    const store = new InfluxdbStore(settings);
    await store.write([POINT]);
    front.instead.push([
      413,
      { code: 'request too large', message: 'unable to read data: points batch is too large' },
    ]);
    await store.write(Array.from({ length: 10 }, (_, i) => ({ ...POINT, time: POINT.time + i })));
    assert.equal((await store.query(READ)).length, 10);
    // What is too large alone will never be taken.
    front.instead.push([
      413,
      '<html><body>413 Request Entity Too Large</body></html>',
      { 'Content-Type': 'text/html' },
    ]);
    const error = await store.write([POINT]).catch((failure: unknown) => failure);
    assert.ok(error instanceof PointsRefusedError);
    assert.match(error.refused[0]?.reason ?? '', /413 Request Entity Too Large/);
    await store.close();
  });
});

describe('InfluxDB 3', () => {
  let front: Front;
  before(async () => {
    front = await started(startInfluxdb3());
  });

  it('is recognised by a token alone, which it wants to see even for a greeting', async () => {
    const target = { kind: 'influxdb', url: front.url, bucket: 'town', token: TOKEN } as const;
    assert.match(
      await checkDatabase(target, 'nb'),
      /^Koblet til InfluxDB 3\.4\.1 på .* Målingene tas vare på for alltid\.$/,
    );
    const wrong = { ...target, token: 'wrong' };
    assert.equal(await problemOf(checkDatabase(wrong, 'nb')), 'ConfigurationError credentials');
  });

  it('makes a database for the days asked for', async () => {
    const target = {
      kind: 'influxdb',
      url: front.url,
      bucket: 'month',
      token: TOKEN,
      retentionDays: 31,
    } as const;
    assert.match(await checkDatabase(target, 'en-US'), /kept for 31 days\.$/);
  });

  it('refuses single points only', async () => {
    const store = new InfluxdbStore({ url: front.url, bucket: 'points', token: TOKEN });
    await store.write([POINT]);
    const text = { ...POINT, fields: { t: 'warm' } };
    const error = await store
      .write([{ ...POINT, time: POINT.time + 1 }, text, { ...POINT, time: POINT.time + 2 }])
      .catch((failure: unknown) => failure);
    assert.ok(error instanceof PointsRefusedError && !(error instanceof ConnectionError));
    assert.deepEqual(
      error.refused.map(({ point }) => point),
      [text],
    );
    assert.ok(!(error instanceof ConfigurationError));
    assert.equal((await store.query(READ)).length, 3);
    await store.close();
  });
});
