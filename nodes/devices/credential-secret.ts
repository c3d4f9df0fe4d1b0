/**
 * The secret that Node-RED encrypts its credentials with: `credentialSecret` in its settings, else the one it generated.
 * Empty if credentials are not encrypted at all; device keys cannot be stored then.
 */
export function credentialSecret(settings: object): string {
  const nodeRed = settings as { credentialSecret?: unknown; get?: (name: string) => unknown };
  const secret = nodeRed.credentialSecret ?? generatedSecret(nodeRed);
  return typeof secret === 'string' ? secret : '';
}

/** Node-RED's `get` throws while its settings are not loaded yet; it knows no generated secret then. */
function generatedSecret(nodeRed: { get?: (name: string) => unknown; available?: () => boolean }): unknown {
  return nodeRed.available?.() === false ? undefined : nodeRed.get?.('_credentialSecret');
}
