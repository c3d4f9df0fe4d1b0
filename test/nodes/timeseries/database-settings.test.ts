import assert from 'node:assert/strict';
import {
  databaseTarget,
  migrateForm,
  storedCredentialsFor,
} from '../../../nodes/timeseries/database-settings.ts';

const SERVER = { kind: 'influxdb', url: 'http://db:8086', bucket: 'town' } as const;

describe('database settings', () => {
  it('completes a form from an older or hand-written flow', () => {
    const empty = { version: 1, org: '', ca: '', retentionDays: '' };
    assert.deepEqual(migrateForm({}), { ...empty, kind: 'settings', url: '', bucket: 'byflyt' });
    assert.deepEqual(migrateForm({ ...SERVER, org: 'o' }), { ...empty, ...SERVER, org: 'o' });
  });

  it('takes the database of the settings, or the data folder', () => {
    const form = migrateForm({});
    const set = { url: 'https://influx.example', token: 't', org: 'o', bucket: 'b' };
    assert.deepEqual(databaseTarget(form, {}, {}), { kind: 'embedded' });
    assert.deepEqual(databaseTarget(form, {}, { byflyt: { database: set } }), { kind: 'influxdb', ...set });
    const older = { url: 'http://db:8086', database: 'd', username: 'u', password: 'p' };
    assert.deepEqual(databaseTarget(form, {}, { byflyt: { database: older } }), {
      kind: 'influxdb',
      url: 'http://db:8086',
      bucket: 'd',
      username: 'u',
      password: 'p',
    });
    const embedded = migrateForm({ kind: 'embedded' });
    assert.deepEqual(databaseTarget(embedded, {}, { byflyt: { database: set } }), { kind: 'embedded' });
  });

  it('takes the days that the data folder keeps measurements from the settings, unless those name a server', () => {
    const days = { retentionDays: '3650', rawDays: 365 };
    const target = { kind: 'embedded', retentionDays: 3650, rawDays: 365 };
    for (const kind of ['settings', 'embedded'] as const) {
      assert.deepEqual(databaseTarget(migrateForm({ kind }), {}, { byflyt: { database: days } }), target);
    }
    const ofServer = { byflyt: { database: { ...days, url: 'http://db:8086' } } };
    assert.deepEqual(databaseTarget(migrateForm({ kind: 'embedded' }), {}, ofServer), { kind: 'embedded' });
    const wrong = { byflyt: { database: { rawDays: 'a year' } } };
    assert.throws(() => databaseTarget(migrateForm({}), {}, wrong), /timeseries.error.retention/);
  });

  it('takes compression from the settings, and the days to keep from where the address is', () => {
    const settings = { byflyt: { database: { gzip: true, retentionDays: 7 } } };
    const form = migrateForm({ ...SERVER, retentionDays: '30' });
    assert.deepEqual(databaseTarget(form, {}, settings), { ...SERVER, gzip: true, retentionDays: 30 });
    const set = { url: 'http://db:8086', gzip: 'auto', retentionDays: '' };
    assert.deepEqual(databaseTarget(migrateForm({}), {}, { byflyt: { database: set } }), {
      ...SERVER,
      bucket: 'byflyt',
    });
    for (const retentionDays of ['0', '-1', '1.5', 'x']) {
      const wrong = migrateForm({ ...SERVER, retentionDays });
      assert.throws(() => databaseTarget(wrong, {}, {}), /timeseries\.error\.retention/);
    }
  });

  it('refuses an address that is none', () => {
    for (const url of ['', 'server:8086', 'ftp://x']) {
      assert.throws(() => databaseTarget(migrateForm({ ...SERVER, url }), {}, {}), /timeseries\.error\.url/);
    }
  });

  it('refuses a password in the address, and does not repeat it', () => {
    const form = migrateForm({ ...SERVER, url: 'http://user:hunter2@db:8086' });
    assert.throws(
      () => databaseTarget(form, {}, {}),
      (error: Error) => /timeseries\.error\.url/.test(error.message) && !error.message.includes('hunter2'),
    );
  });

  it('uses stored credentials for the server that they were stored for, and for no other', () => {
    const stored = migrateForm(SERVER);
    const credentials = { token: 'secret' };
    assert.deepEqual(
      storedCredentialsFor(migrateForm({ ...SERVER, bucket: 'other' }), stored, credentials),
      credentials,
    );
    assert.deepEqual(
      storedCredentialsFor(migrateForm({ ...SERVER, url: 'http://evil:1' }), stored, credentials),
      {},
    );
    assert.deepEqual(storedCredentialsFor(stored, undefined), {});
  });
});
