import assert from 'node:assert/strict';
import { ConfigurationError, ConnectionError } from '../../../../nodes/observation/errors.ts';
import { UncertainError } from '../../../../nodes/opendata/sharing/channels.ts';
import { PostBook } from '../../../../nodes/opendata/sharing/post-book.ts';
import { type Each, periodName } from '../../../../nodes/opendata/sharing/post-period.ts';
import { Poster } from '../../../../nodes/opendata/sharing/poster.ts';
import { type ShareForm, shareSettings } from '../../../../nodes/opendata/sharing/settings.ts';
import type { Entry } from '../../../../nodes/opendata/site.ts';
import { MemoryState } from '../../../support/memory-state.ts';
import { freePort } from '../../../support/servers.ts';
import { BASE, NOW, openSkiTrail, type SkiTrail } from '../ski-trail.ts';
import { StandInServices } from './stand-in-services.ts';

const timeZone = 'Europe/Stockholm';
const MINUTE = 60_000;

describe('posting', () => {
  let trail: SkiTrail;
  let entry: Entry;
  let services: StandInServices;
  let url: URL;
  let state: MemoryState;

  before(async () => {
    trail = await openSkiTrail();
    [entry] = trail.site.list() as [Entry];
  });
  after(() => trail.close());
  beforeEach(async () => {
    services = new StandInServices();
    url = await services.listen();
    state = new MemoryState();
  });
  afterEach(() => services.close());

  const poster = (form: ShareForm = {}, token = 'token') => {
    const settings = shareSettings(
      { dataset: 'ski-trail', language: 'en', channel: 'mastodon', quantity: 'none', ...form },
      { url: form.channel === 'mastodon' || !form.channel ? url.href : `${url.href}hook/secret`, token },
    );
    return new Poster({
      settings,
      book: new PostBook(state, 'node/ski-trail'),
      scope: 'node/ski-trail',
      timeZone,
    });
  };

  it('posts once per period, also after a restart', async () => {
    await poster().post(entry, BASE, NOW);
    state.restart();
    assert.deepEqual(await poster().post(entry, BASE, NOW + MINUTE), { kind: 'waiting' });
    assert.equal(services.statuses.length, 1);
  });

  it('posts nothing of a period that had begun when the node was put up, but the next one', async () => {
    poster().begin(NOW);
    assert.deepEqual(await poster().post(entry, BASE, NOW), { kind: 'waiting' });
    state.restart();
    poster().begin(NOW);
    const hourly = poster({ each: 'hour' });
    assert.equal((await hourly.post(entry, BASE, NOW)).kind, 'posted');
  });

  it('waits for values, and then still posts', async () => {
    const late = NOW + 3 * 3_600_000;
    assert.deepEqual(await poster().post(entry, BASE, late), { kind: 'empty' });
    assert.equal((await poster().post(entry, BASE, NOW)).kind, 'posted');
  });

  it('makes one post of several attempts where the server recognises it', async () => {
    services.instead = { status: 500, late: true };
    await assert.rejects(poster().post(entry, BASE, NOW), ConnectionError);
    services.instead = { status: 'hang up', late: true };
    await assert.rejects(poster().post(entry, BASE, NOW), ConnectionError);
    services.instead = undefined;
    state.restart();
    assert.equal((await poster().post(entry, BASE, NOW)).kind, 'posted');
    assert.equal(services.statuses.length, 1);
  });

  it('gives up when the server may have forgotten the first attempt', async () => {
    services.instead = { status: 'hang up', late: true };
    await assert.rejects(poster().post(entry, BASE, NOW));
    services.instead = undefined;
    const later = NOW + 55 * MINUTE;
    assert.deepEqual(await poster().post(entry, BASE, later), { kind: 'waiting' });
  });

  for (const channel of ['slack', 'teams', 'json']) {
    it(`does not repeat a post to ${channel} that may have arrived`, async () => {
      services.instead = { status: 'hang up', late: true };
      await assert.rejects(poster({ channel }).post(entry, BASE, NOW), UncertainError);
      services.instead = undefined;
      assert.deepEqual(await poster({ channel }).post(entry, BASE, NOW), { kind: 'waiting' });
      assert.equal(services.messages.length, 1);
    });
  }

  it('tries again what certainly did not arrive', async () => {
    services.instead = { status: 403 };
    await assert.rejects(poster({ channel: 'slack' }).post(entry, BASE, NOW), ConfigurationError);
    services.instead = undefined;
    const elsewhere = url;
    url = new URL(`http://127.0.0.1:${await freePort()}/`);
    await assert.rejects(poster({ channel: 'slack' }).post(entry, BASE, NOW), ConnectionError);
    url = elsewhere;
    assert.equal((await poster({ channel: 'slack' }).post(entry, BASE, NOW)).kind, 'posted');
    assert.equal(services.messages.length, 1);
  });

  it('says why a server refuses, without the key', async () => {
    await assert.rejects(poster({}, 'my-secret-key').post(entry, BASE, NOW), (error: unknown) => {
      assert.ok(error instanceof ConfigurationError);
      assert.match(String(error.parameters.reason), /The access token is invalid: Bearer \*\*\*/);
      assert.doesNotMatch(String(error), /my-secret-key/);
      return true;
    });
  });

  it('names what has to be corrected in the form', () => {
    const form = { dataset: 'ski-trail', channel: 'mastodon' };
    assert.throws(() => shareSettings({}, {}), { key: 'opendata.sharing.dataset' });
    assert.throws(() => shareSettings(form, { url: url.href }), { key: 'opendata.share.token' });
    assert.throws(() => shareSettings(form, { token: 'x', url: 'mastodon' }), { key: 'opendata.share.url' });
    assert.throws(() => shareSettings({ ...form, hour: '24' }, { token: 'x', url: url.href }), {
      key: 'opendata.share.hour',
    });
  });
});

describe('the period of a post', () => {
  const nameAt = (time: string, each: Each, hour = 7) => periodName(Date.parse(time), each, hour, timeZone);

  it('begins at the hour on the clock', () => {
    assert.equal(nameAt('2026-01-06T05:59:00Z', 'day'), '2026-01-05');
    assert.equal(nameAt('2026-01-06T06:00:00Z', 'day'), '2026-01-06');
    assert.equal(nameAt('2026-01-06T06:00:00Z', 'hour'), '2026-01-06T07');
  });

  it('is a week from Monday, a month from the first', () => {
    assert.equal(nameAt('2026-01-11T20:00:00Z', 'week'), '2026-01-05');
    assert.equal(nameAt('2026-01-12T05:00:00Z', 'week'), '2026-01-05');
    assert.equal(nameAt('2026-01-12T06:00:00Z', 'week'), '2026-01-12');
    assert.equal(nameAt('2026-02-01T05:00:00Z', 'month'), '2026-01');
    assert.equal(nameAt('2026-02-01T06:00:00Z', 'month'), '2026-02');
  });

  it('is right on the days when clocks change', () => {
    assert.equal(nameAt('2026-03-29T04:59:00Z', 'day'), '2026-03-28');
    assert.equal(nameAt('2026-03-29T05:00:00Z', 'day'), '2026-03-29');
    assert.equal(nameAt('2026-10-25T05:59:00Z', 'day'), '2026-10-24');
    assert.equal(nameAt('2026-10-25T06:00:00Z', 'day'), '2026-10-25');
  });
});
