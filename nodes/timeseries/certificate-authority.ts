import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { ConfigurationError } from '../observation/errors.ts';

/**
 * The PEM of one or more certificates, given as such or as the path of a file.
 * Throws ConfigurationError if the file cannot be read, or what it has is no certificate.
 */
export function certificateAuthority(given: string): string {
  const isText = given.includes('-----BEGIN');
  const pem = isText ? given : contentOf(given.trim());
  try {
    new X509Certificate(pem);
    return pem;
  } catch (cause) {
    throw new ConfigurationError({ key: 'timeseries.error.ca_content' }, { cause });
  }
}

function contentOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new ConfigurationError({ key: 'timeseries.error.ca_file', parameters: { path } }, { cause });
  }
}
