/**
 * The secret that Node-RED encrypts its credentials with: `credentialSecret` in its settings, else the one it generated.
 * Empty if credentials are not encrypted at all; device keys cannot be stored then.
 */
export function credentialSecret(settings: object): string {
  const { credentialSecret: configured, get } = settings as {
    credentialSecret?: unknown;
    get?: (name: string) => unknown;
  };
  const secret = configured ?? get?.('_credentialSecret');
  return typeof secret === 'string' ? secret : '';
}
