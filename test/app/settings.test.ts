import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSettings, SETTINGS } from '../../app/settings.ts';
import { ConfigurationError } from '../../nodes/observation/errors.ts';
import { describeError, LANGUAGES, translate } from '../../nodes/observation/messages.ts';

describe('settings', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'byflyt-settings-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const read = (environment: Record<string, string> = {}): ReturnType<typeof readSettings> =>
    readSettings({ BYFLYT_DATA: folder, ...environment });
  const inFile = (content: string): void => writeFileSync(join(folder, 'settings.json'), content);

  /** The sentence that a wrong setting gives. */
  function sentence(environment: Record<string, string> = {}): string {
    try {
      read(environment);
    } catch (error) {
      assert.ok(error instanceof ConfigurationError);
      return describeError(error, 'en-US');
    }
    return assert.fail('the settings were taken');
  }

  it('have defaults for everything', () => {
    const { data, language, ...settings } = read();
    assert.equal(data, folder);
    assert.ok(LANGUAGES.includes(language));
    assert.deepEqual(settings, {
      host: '127.0.0.1',
      port: 1880,
      mqttHost: '127.0.0.1',
      mqttPort: 1883,
      mqttReaders: false,
      nbiot: { host: '127.0.0.1', coapPort: 5683, udpPort: 5700, lwm2mPort: 5783 },
      timeZone: 'Europe/Oslo',
      sandbox: true,
      journal: {
        days: 30,
        bytes: 1_000_000_000,
        areas: {},
        durability: 'within-100-ms',
        unaccountedAfter: 15,
      },
      outbox: { days: 60, bytes: 4_000_000_000 },
    });
  });

  it('come from the environment before the file before the default', () => {
    inFile('{ "BYFLYT_PORT": 2000, "BYFLYT_MQTT_PORT": 2001, "BYFLYT_SANDBOX": false }');
    const settings = read({ BYFLYT_PORT: '3000' });
    assert.equal(settings.port, 3000);
    assert.equal(settings.mqttPort, 2001);
    assert.equal(settings.sandbox, false);
    assert.equal(settings.host, '127.0.0.1');
  });

  it('name an external broker and database with their sign-in', () => {
    const settings = read({
      BYFLYT_MQTT_URL: 'mqtts://broker.example:8883',
      BYFLYT_MQTT_USERNAME: 'kari',
      BYFLYT_DATABASE_URL: 'http://influx.example:8086',
      BYFLYT_DATABASE_TOKEN: 'abc',
      BYFLYT_DATABASE_BUCKET: 'town',
      BYFLYT_DATABASE_CA: '/etc/town-ca.pem',
      BYFLYT_DATABASE_GZIP: 'off',
      BYFLYT_DATABASE_DAYS: '365',
    });
    assert.deepEqual(settings.broker, { url: 'mqtts://broker.example:8883', username: 'kari' });
    assert.deepEqual(settings.database, {
      url: 'http://influx.example:8086',
      token: 'abc',
      bucket: 'town',
      ca: '/etc/town-ca.pem',
      gzip: false,
      retentionDays: 365,
    });
  });

  it('say how long the embedded database keeps measurements, where there is no other one', () => {
    const days = { BYFLYT_DATABASE_DAYS: '3650', BYFLYT_DATABASE_RAW_DAYS: '365' };
    assert.deepEqual(read(days).kept, { retentionDays: 3650, rawDays: 365 });
    assert.equal(read({}).kept, undefined);
    assert.equal(read({ ...days, BYFLYT_DATABASE_URL: 'http://influx.example:8086' }).kept, undefined);
    assert.throws(() => read({ BYFLYT_DATABASE_RAW_DAYS: '0' }), /app.error.amount/);
  });

  it('let raw messages of some areas be kept shorter, or take less room', () => {
    const { journal } = read({ BYFLYT_JOURNAL_AREAS: 'mobility=7d, waste = 200MB,mobility=10MB' });
    assert.deepEqual(journal.areas, { mobility: { days: 7, bytes: 1e7 }, waste: { bytes: 2e8 } });
  });

  it('take the language from the computer if none is set', () => {
    assert.equal(read({ LANG: 'nb_NO.UTF-8' }).language, 'nb');
    assert.equal(read({ LANG: 'de_DE.UTF-8' }).language, 'en-US');
    assert.equal(read({ LANG: 'nb_NO.UTF-8', BYFLYT_LANGUAGE: 'en' }).language, 'en-US');
  });

  const wrong: [name: string, value: string][] = [
    ['BYFLYT_PORT', 'abc'],
    ['BYFLYT_PORT', '0'],
    ['BYFLYT_MQTT_PORT', '70000'],
    ['BYFLYT_SANDBOX', 'maybe'],
    ['BYFLYT_JOURNAL_DAYS', '0'],
    ['BYFLYT_JOURNAL_MB', '1.5'],
    ['BYFLYT_JOURNAL_AREAS', 'mobility=7'],
    ['BYFLYT_JOURNAL_AREAS', 'atlantis=7d'],
    ['BYFLYT_JOURNAL_DURABILITY', 'never'],
    ['BYFLYT_JOURNAL_PATIENCE', '0'],
    ['BYFLYT_OUTBOX_DAYS', '-1'],
    ['BYFLYT_LANGUAGE', 'klingon'],
    ['BYFLYT_TIMEZONE', 'Europe/Nowhere'],
    ['BYFLYT_DATABASE_URL', 'influx.example'],
    ['BYFLYT_MQTT_URL', 'http://broker.example'],
  ];
  for (const [name, value] of wrong) {
    it(`refuse ${name}=${value} with one sentence that names it`, () => {
      const text = sentence({ [name]: value });
      assert.ok(text.includes(name), text);
      assert.ok(!text.includes('\n'), text);
    });
  }

  it('take a sign-in out of an address, because addresses are shown', () => {
    const settings = read({
      BYFLYT_MQTT_URL: 'mqtt://kari:p%40ss@broker.example:1883',
      BYFLYT_DATABASE_URL: 'http://u:p@influx.example:8086/',
      BYFLYT_DATABASE_USERNAME: 'ola',
      BYFLYT_DATABASE_BUCKET: 'town',
    });
    assert.deepEqual(settings.broker, {
      url: 'mqtt://broker.example:1883',
      username: 'kari',
      password: 'p@ss',
    });
    assert.deepEqual(settings.database, {
      url: 'http://influx.example:8086/',
      username: 'ola',
      password: 'p',
      bucket: 'town',
    });
  });

  it('give the public a port of its own, and know the proxies before it', () => {
    const settings = readSettings({
      BYFLYT_DATA: folder,
      BYFLYT_PUBLIC_PORT: '8080',
      BYFLYT_PUBLIC_HOST: '0.0.0.0',
      BYFLYT_TRUSTED_PROXIES: '10.0.0.5, 192.168.0.0/16',
    });
    assert.deepEqual(settings.publicPort, { host: '0.0.0.0', port: 8080 });
    assert.equal(settings.trustedProxies, '10.0.0.5, 192.168.0.0/16');
    for (const wrong of ['proxy', '10.0.0.0/33', '10.0.0.5 10.0.0.6']) {
      assert.ok(sentence({ BYFLYT_TRUSTED_PROXIES: wrong }).includes(wrong));
    }
  });

  it('never show a password in an error', () => {
    assert.ok(!sentence({ BYFLYT_MQTT_URL: 'http://user:hunter2@broker' }).includes('hunter2'));
  });

  it('refuse a broken file, a name they do not know, and a value that is no value', () => {
    const path = join(folder, 'settings.json');
    inFile('{ "BYFLYT_PORT": ');
    assert.ok(sentence().includes(path));
    inFile('{ "BYFLYT_PROT": 1 }');
    assert.ok(sentence().includes('BYFLYT_PROT'));
    inFile('{ "BYFLYT_PORT": [1] }');
    assert.ok(sentence().includes('BYFLYT_PORT'));
  });

  it('have a meaning in every language', () => {
    for (const { name } of SETTINGS) {
      for (const language of LANGUAGES) assert.ok(translate(language, `app.setting.${name}`).length > 5);
    }
  });
});
