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

  const mayRead = RED.auth.needsPermission('byflyt-devices.read');
  const mayWrite = RED.auth.needsPermission('byflyt-devices.write');
  const answer =
    (work: (request: Request, language: Language) => unknown) =>
    (request: Request, response: { status(code: number): { json(body: unknown): unknown } }): void => {
      const language = languageFor(typeof request.query.lang === 'string' ? request.query.lang : undefined);
      try {
        response.status(200).json(work(request, language));
      } catch (error) {
        const { status, body } = failureAnswer(error, language);
        response.status(status).json(body);
      }
    };

  RED.httpAdmin.get(
    '/byflyt/devices',
    mayRead,
    answer((_request, language) => viewDevices(registry(), language)),
  );
  RED.httpAdmin.post(
    '/byflyt/devices',
    mayWrite,
    answer(({ body }, language) => saveDevice(registry(), body, language)),
  );
  RED.httpAdmin.delete(
    '/byflyt/devices/:id',
    mayWrite,
    answer(({ params }) => {
      registry().remove(String(params.id));
      return {};
    }),
  );
  RED.httpAdmin.post(
    '/byflyt/devices/import',
    mayWrite,
    answer(({ body }, language) => importDevices(registry(), body, language)),
  );
  RED.httpAdmin.get(
    '/byflyt/devices/export',
    mayRead,
    answer((_request, language) => ({ csv: exportDevices(registry(), false, language) })),
  );
  // Whoever may change keys may also see them, but nobody gets them by accident.
  RED.httpAdmin.get(
    '/byflyt/devices/export-with-keys',
    mayWrite,
    answer((_request, language) => ({ csv: exportDevices(registry(), true, language) })),
  );
  RED.httpAdmin.delete(
    '/byflyt/unknown-devices/:devEui',
    mayWrite,
    answer(({ params }) => {
      registry().unknown.forget(String(params.devEui));
      return {};
    }),
  );
}
