import { existsSync } from 'node:fs';
import type { NodeAPI } from 'node-red';
import { failureAnswer } from '../devices/admin.ts';
import { credentialSecret } from '../devices/credential-secret.ts';
import { openRegistry } from '../devices/registry.ts';
import { dataFolderPath } from '../observation/data-folder-path.ts';
import { runtimeLanguage } from '../observation/flow-node.ts';
import { describeError, type Language, languageFor, translate } from '../observation/messages.ts';
import { problemsOf } from '../observation/problems.ts';
import { ModelCatalog } from './models.ts';
import { ExamplesCheck, failingProblem } from './repository/examples-check.ts';
import { keptExamples } from './repository/kept-examples.ts';
import { readAdoption, readChoice, textIn } from './repository/repository-requests.ts';
import { RepositoryService } from './repository/repository-service.ts';

/** The parts of Express's request that the editor's form uses. */
interface Request {
  query: Record<string, unknown>;
  body?: unknown;
}

interface Response {
  status(code: number): Response;
  set(headers: Record<string, string>): Response;
  json(body: unknown): unknown;
  send(body: unknown): unknown;
}

/** Begins the ids of problems about codecs that do not do what their examples say. */
const FAILING = 'codec.examples/';

/** Ends the watch for flows that start: Node-RED may load its plugins anew in one process. */
let stopWatching = (): void => undefined;

/** Sensors of a LoRaWAN device repository for the devices' form, and the check of their codecs at each deploy. */
export default function deviceRepository(RED: NodeAPI): void {
  const folder = dataFolderPath(RED.settings);
  const models = ModelCatalog.open(folder);
  const service = new RepositoryService({ folder, models, ...placesOf(RED.settings) });
  for (const [method, path, permission, work] of ROUTES) {
    RED.httpAdmin[method](
      `/byflyt/device-repository${path}`,
      RED.auth.needsPermission(`byflyt-devices.${permission}`),
      answering(service, work),
    );
  }
  watchDeploys(RED, folder, models);
}

/** `byflyt.deviceRepository` in Node-RED's settings; relative paths and packages are looked for from its user folder. */
function placesOf(settings: object): { setting: string; base: string } {
  const { byflyt, userDir } = settings as { userDir?: string; byflyt?: { deviceRepository?: string } };
  return { setting: byflyt?.deviceRepository ?? '', base: userDir ?? '.' };
}

type Work = (service: RepositoryService, request: Request, language: Language) => unknown;

const ROUTES: ['get' | 'post', path: string, permission: 'read' | 'write', Work][] = [
  ['get', '/place', 'read', (service) => service.place()],
  ['post', '/place', 'write', (service, { body }) => service.choosePlace(textIn(body, 'place'))],
  ['get', '/brands', 'read', (service) => service.brands()],
  ['get', '/devices', 'read', (service, { query }) => service.devices(textIn(query, 'brand'))],
  ['get', '/device', 'read', (service, { query }) => service.device(...deviceIn(query))],
  ['get', '/photo', 'read', (service, { query }) => service.photo(...deviceIn(query))],
  // These two run a stranger's code: whoever may only look at devices has no use for that.
  ['get', '/codec', 'write', (service, { query }, language) => service.codec(readChoice(query), language)],
  [
    'get',
    '/examples',
    'write',
    (service, { query }, language) => service.examples(readChoice(query), language),
  ],
  ['post', '/model', 'write', (service, { body }, language) => service.adopt(readAdoption(body), language)],
];

function deviceIn(query: unknown): [brand: string, device: string] {
  return [textIn(query, 'brand'), textIn(query, 'device')];
}

/** Answers in the language of the editor; a failure becomes a sentence. */
function answering(service: RepositoryService, work: Work) {
  return async (request: Request, response: Response): Promise<void> => {
    const language = languageFor(textIn(request.query, 'lang'));
    try {
      const answer = (await work(service, request, language)) ?? {};
      if (isPicture(answer)) response.status(200).set(pictureHeaders(answer)).send(answer.bytes);
      else response.status(200).json(answer);
    } catch (error) {
      const { status, body } = failureAnswer(error, language);
      response.status(status).json(body);
    }
  };
}

interface Picture {
  type: string;
  bytes: Buffer;
}

function isPicture(answer: unknown): answer is Picture {
  return Buffer.isBuffer((answer as Partial<Picture>).bytes);
}

/** A stranger's file: the browser takes it for a picture and for nothing else. */
function pictureHeaders({ type }: Picture): Record<string, string> {
  return {
    'Content-Type': type,
    'X-Content-Type-Options': 'nosniff',
    'Content-Security-Policy': "default-src 'none'; sandbox",
    'Cache-Control': 'private, max-age=300',
  };
}

/** After each deploy the codecs of registered devices have to do what their examples say. */
function watchDeploys(RED: NodeAPI, folder: string, models: ModelCatalog): void {
  const language = runtimeLanguage(RED.settings);
  const problems = problemsOf(RED.settings);
  const check = new ExamplesCheck({
    models,
    examplesOf: (model) => keptExamples(folder, model.codec),
    language,
  });

  async function checkInUse(): Promise<void> {
    if (!existsSync(folder)) return;
    const registry = openRegistry(folder, credentialSecret(RED.settings));
    const ids = new Set(registry.list().map(({ model }) => model));
    const failing = await check.run([...ids].flatMap((id) => models.get(id) ?? []));
    for (const { id } of problems.list()) if (id.startsWith(FAILING)) problems.clear(id);
    for (const one of failing) {
      const problem = failingProblem(one);
      problems.report(FAILING + one.model.id, { ...problem, component: 'devices', severity: 'warning' });
      RED.log.warn(translate(language, problem.key, problem.parameters));
    }
  }

  stopWatching();
  let checked = Promise.resolve();
  const onStarted = (): void => {
    checked = checked
      .then(checkInUse)
      .catch((error: unknown) => RED.log.error(describeError(error, language)));
  };
  RED.events.on('flows:started', onStarted);
  stopWatching = () => RED.events.removeListener('flows:started', onStarted);
}
