import type { NodeAPI } from 'node-red';
import { failureAnswer } from '../devices/admin.ts';
import { credentialSecret } from '../devices/credential-secret.ts';
import { openRegistry } from '../devices/registry.ts';
import { dataFolderPath } from '../observation/data-folder-path.ts';
import { type Language, languageFor } from '../observation/messages.ts';
import { quantityOptions } from './field-table/choices.ts';
import { exportForm, OwnTables } from './field-table/own-tables.ts';
import { previewTable } from './field-table/preview.ts';
import { ModelCatalog } from './models.ts';

interface Request {
  params: Record<string, string | string[] | undefined>;
  query: Record<string, unknown>;
  body?: unknown;
}

type Work = (request: Request, language: Language) => unknown;
type Route = [method: 'get' | 'post' | 'delete', path: string, permission: 'read' | 'write', Work];

/** What the form "Describe a payload" asks for; it belongs to no node, and whoever may change devices may save. */
export default function fieldTablePlugin(RED: NodeAPI): void {
  const folder = dataFolderPath(RED.settings);
  const tables = new OwnTables(folder);
  const models = ModelCatalog.open(folder);
  const devices = () => openRegistry(folder, credentialSecret(RED.settings)).list();
  const isTaken = (id: string) => models.get(id) !== undefined;
  const routes: Route[] = [
    [
      'get',
      '/byflyt/field-tables',
      'read',
      (_request, language) => ({ tables: tables.list(), quantities: quantityOptions(language) }),
    ],
    [
      'get',
      '/byflyt/field-tables/:id',
      'read',
      ({ params }, language) => tables.open(String(params.id), language),
    ],
    ['post', '/byflyt/field-tables/preview', 'read', ({ body }, language) => previewTable(body, language)],
    ['post', '/byflyt/field-tables/export', 'read', ({ body }, language) => exportForm(body, language)],
    ['post', '/byflyt/field-tables', 'write', ({ body }, language) => tables.save(body, isTaken, language)],
    [
      'delete',
      '/byflyt/field-tables/:id',
      'write',
      ({ params }) => {
        tables.remove(String(params.id), devices());
        return {};
      },
    ],
  ];
  for (const [method, path, permission, work] of routes) {
    const guard = RED.auth.needsPermission(`byflyt-devices.${permission}`);
    RED.httpAdmin[method](path, guard, (request: Request, response) => {
      const language = languageFor(typeof request.query.lang === 'string' ? request.query.lang : undefined);
      try {
        response.json(work(request, language));
      } catch (error) {
        const { status, body } = failureAnswer(error, language);
        response.status(status).json(body);
      }
    });
  }
}
