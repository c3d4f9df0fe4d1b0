import type { Node, NodeAPI, NodeDef } from 'node-red';
import { dataFolderPath } from '../observation/data-folder-path.ts';
import { runtimeLanguage } from '../observation/flow-node.ts';
import { describeError, type Language, languageFor } from '../observation/messages.ts';
import { exportDevices, failureAnswer, importDevices, saveDevice, viewDevices } from './admin.ts';
import { credentialSecret } from './credential-secret.ts';
import type { DevicesNode } from './devices-node.ts';
import { type DeviceRegistry, openRegistry } from './registry.ts';

/** The parts of Express's request that the editor's form uses. */
interface Request {
  params: Record<string, string | string[] | undefined>;
  query: Record<string, unknown>;
  body?: unknown;
}

export default function devices(RED: NodeAPI): void {
  const registry = (): DeviceRegistry =>
    openRegistry(dataFolderPath(RED.settings), credentialSecret(RED.settings));

  function DevicesConfig(this: Node & DevicesNode, config: NodeDef): void {
    RED.nodes.createNode(this, config);
    const opened = registry();
    Object.defineProperty(this, 'registry', { value: opened });
    const problem = opened.problem();
    if (problem) this.error(describeError(problem, runtimeLanguage(RED.settings)));
    this.on('close', () => opened.unknown.flush());
  }
  RED.nodes.registerType('byflyt-devices', DevicesConfig);

  for (const [method, path, permission, work] of ROUTES) {
    RED.httpAdmin[method](
      path,
      RED.auth.needsPermission(`byflyt-devices.${permission}`),
      answering(registry, work),
    );
  }
}

type Work = (registry: DeviceRegistry, request: Request, language: Language) => unknown;

/** What the editor's form asks for. Whoever may change keys may also export them, but nobody gets them by accident. */
const ROUTES: ['get' | 'post' | 'delete', path: string, permission: 'read' | 'write', Work][] = [
  ['get', '/byflyt/devices', 'read', (registry, _request, language) => viewDevices(registry, language)],
  [
    'post',
    '/byflyt/devices',
    'write',
    (registry, { body }, language) => saveDevice(registry, body, language),
  ],
  [
    'delete',
    '/byflyt/devices/:id',
    'write',
    (registry, { params }) => ({ removed: registry.remove(String(params.id)) }),
  ],
  [
    'post',
    '/byflyt/devices/import',
    'write',
    (registry, { body }, language) => importDevices(registry, body, language),
  ],
  [
    'get',
    '/byflyt/devices/export',
    'read',
    (registry, _request, language) => ({ csv: exportDevices(registry, false, language) }),
  ],
  [
    'get',
    '/byflyt/devices/export-with-keys',
    'write',
    (registry, _request, language) => ({ csv: exportDevices(registry, true, language) }),
  ],
  [
    'delete',
    '/byflyt/unknown-devices/:name',
    'write',
    (registry, { params }) => ({ forgotten: registry.unknown.forget(String(params.name)) }),
  ],
];

/** Answers in the language of the editor; a failure becomes a sentence. */
function answering(registry: () => DeviceRegistry, work: Work) {
  return (request: Request, response: { status(code: number): { json(body: unknown): unknown } }): void => {
    const language = languageFor(typeof request.query.lang === 'string' ? request.query.lang : undefined);
    try {
      response.status(200).json(work(registry(), request, language));
    } catch (error) {
      const { status, body } = failureAnswer(error, language);
      response.status(status).json(body);
    }
  };
}
