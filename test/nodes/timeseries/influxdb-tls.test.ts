import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { createServer, type Server as HttpsServer } from 'node:https';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { ByflytError } from '../../../nodes/observation/errors.ts';
import { checkDatabase } from '../../../nodes/timeseries/database-check.ts';
import {
  type DatabaseForm,
  databaseTarget,
  migrateForm,
  openStore,
} from '../../../nodes/timeseries/database-settings.ts';
import { CertificateAuthority } from '../../support/certificates.ts';
import { freePort, type Server, startInfluxdb, tempFolder } from '../../support/servers.ts';

const POINT = { measurement: 'm', tags: { device: 'a' }, fields: { t: 1.5 }, time: 1_768_435_200_000 };

describe('InfluxDB behind TLS', () => {
  let folder: string;
  let authority: CertificateAuthority;
  let influxdb: Server;
  const open: HttpsServer[] = [];

  before(async () => {
    folder = await tempFolder();
    authority = await CertificateAuthority.make(folder);
    influxdb = await startInfluxdb();
  });
  after(async () => {
    for (const server of open) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
    await influxdb.stop();
    await rm(folder, { recursive: true });
  });

  /** The port of a TLS server that passes everything on to the InfluxDB. */
  async function startTls(host: string, days?: number): Promise<number> {
    const server = createServer(await authority.issue(host, days), (incoming, outgoing) => {
      const { method = '', headers, url: path } = incoming;
      const onwards = request({ port: influxdb.port, host: '127.0.0.1', method, headers, path }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 0, answer.headers);
        answer.pipe(outgoing);
      });
      incoming.pipe(onwards);
    });
    // What a client does that does not trust it is no concern of the test.
    server.on('tlsClientError', () => {});
    const port = await freePort();
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    open.push(server);
    return port;
  }

  const target = (form: Partial<DatabaseForm>, settings: object = {}) =>
    databaseTarget(migrateForm({ kind: 'influxdb', bucket: 'tls', ...form }), {}, settings);
  const problemOf = async (form: Partial<DatabaseForm>) => {
    const error = await checkDatabase(target(form), 'en-US').catch((failure: unknown) => failure);
    assert.ok(error instanceof ByflytError, String(error));
    return error.key.replace('timeseries.error.', '');
  };

  it('is trusted with the own certificate authority, for writing and reading', async () => {
    const url = `https://localhost:${await startTls('localhost')}`;
    for (const ca of [authority.pem, authority.path]) {
      assert.match(await checkDatabase(target({ url, ca }), 'en-US'), /^Connected to InfluxDB 1\./);
    }
    const fromSettings = target({ url }, { byflyt: { database: { ca: authority.path } } });
    const store = openStore(fromSettings, folder, false);
    await store.write([POINT]);
    assert.equal((await store.query({ measurement: 'm', fields: ['t'] })).length, 1);
    const streamed = await Readable.from(store.stream({ measurement: 'm', fields: ['t'] })).toArray();
    assert.equal(streamed.flat().length, 1);
    await store.close();
  });

  it('is not trusted without it, even if the environment says that certificates do not matter', async () => {
    const url = `https://localhost:${await startTls('localhost')}`;
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
    try {
      assert.equal(await problemOf({ url }), 'certificate_unknown');
    } finally {
      delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    }
  });

  it('has a certificate for its name that is valid today', async () => {
    const [other, expired] = [await startTls('influx.town.example'), await startTls('localhost', 0)];
    const ca = authority.pem;
    assert.equal(await problemOf({ url: `https://localhost:${other}`, ca }), 'certificate_name');
    assert.equal(await problemOf({ url: `https://localhost:${expired}`, ca }), 'certificate_expired');
  });

  it('and plain servers are told apart', async () => {
    const port = await startTls('localhost');
    assert.equal(await problemOf({ url: `http://localhost:${port}` }), 'cut');
    assert.equal(await problemOf({ url: `https://localhost:${influxdb.port}` }), 'no_tls');
  });

  it('needs a certificate authority that can be read', async () => {
    const url = 'https://localhost:8086';
    const keyOf = (ca: string) => {
      try {
        target({ url, ca });
      } catch (error) {
        return error instanceof ByflytError ? error.key : String(error);
      }
      return undefined;
    };
    assert.equal(keyOf(join(folder, 'nothing.pem')), 'timeseries.error.ca_file');
    await writeFile(join(folder, 'no.pem'), 'no certificate');
    assert.equal(keyOf(join(folder, 'no.pem')), 'timeseries.error.ca_content');
    assert.equal(
      keyOf('-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----'),
      'timeseries.error.ca_content',
    );
  });
});
