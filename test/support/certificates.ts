import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

/** A certificate authority of our own; all files are in one folder. */
export class CertificateAuthority {
  /** PEM of its certificate, and where that is. */
  readonly pem: string;
  readonly path: string;
  readonly #folder: string;

  private constructor(folder: string, path: string, pem: string) {
    this.#folder = folder;
    this.path = path;
    this.pem = pem;
  }

  static async make(folder: string): Promise<CertificateAuthority> {
    const path = join(folder, 'ca.pem');
    const subject = ['-days', '2', '-subj', '/CN=Town CA'];
    await run('openssl', [
      'req',
      '-x509',
      ...KEY,
      '-keyout',
      join(folder, 'ca.key'),
      '-out',
      path,
      ...subject,
    ]);
    return new CertificateAuthority(folder, path, await readFile(path, 'utf8'));
  }

  /** Key and certificate for a host name; `days`: 0 has it expire at once. */
  async issue(host: string, days = 1): Promise<{ key: string; cert: string }> {
    const at = (end: string) => join(this.#folder, `${host}-${days}.${end}`);
    await writeFile(at('ext'), `subjectAltName=DNS:${host}`);
    await run('openssl', ['req', ...KEY, '-keyout', at('key'), '-out', at('csr'), '-subj', `/CN=${host}`]);
    const authority = ['-CA', this.path, '-CAkey', join(this.#folder, 'ca.key')];
    const life = ['-days', String(days), '-extfile', at('ext')];
    await run('openssl', ['x509', '-req', '-in', at('csr'), ...authority, ...life, '-out', at('pem')]);
    return { key: await readFile(at('key'), 'utf8'), cert: await readFile(at('pem'), 'utf8') };
  }
}
