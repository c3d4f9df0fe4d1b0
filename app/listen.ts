import type { Server } from 'node:net';
import { ConfigurationError } from '../nodes/observation/errors.ts';

/** Why a port cannot be had -> the sentence. */
const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'app.error.port_in_use',
  EACCES: 'app.error.port_forbidden',
  EADDRNOTAVAIL: 'app.error.host_unknown',
  ENOTFOUND: 'app.error.host_unknown',
};

/** The host of a URL that reaches a server listening on `host`: on all addresses, this machine's own. */
export function reachableHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}

/**
 * Opens a server's port. `names` are the settings a person would change.
 * @throws ConfigurationError if the port is taken or not allowed, or the host is not this machine's.
 */
export function listen(
  server: Server,
  at: { host: string; port: number },
  names: { host: string; port: string },
): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException): void => {
      const key = REASONS[error.code ?? ''];
      const parameters = { ...at, port_setting: names.port, host_setting: names.host };
      reject(key === undefined ? error : new ConfigurationError({ key, parameters }, { cause: error }));
    };
    server.once('error', fail);
    server.listen(at.port, at.host, () => {
      server.off('error', fail);
      resolve();
    });
  });
}
