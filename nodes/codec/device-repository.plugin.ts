import { existsSync } from 'node:fs';
import type { NodeAPI } from 'node-red';
import { failureAnswer } from '../devices/admin.ts';
import { credentialSecret } from '../devices/credential-secret.ts';
import type { DeviceModel } from '../devices/device.ts';
import { openRegistry } from '../devices/registry.ts';
import { dataFolderPath } from '../observation/data-folder-path.ts';
import type { Problem } from '../observation/errors.ts';
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

/** Begin the ids of problems about codecs: that do not do what their examples say, and that the repository has changed. */
const FAILING = 'codec.examples/';
const RENEWED = 'codec.renewed/';

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
  watchDeploys(RED, folder, models, service);
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
  ['get', '/choice', 'read', (service, { query }) => service.choiceOf(textIn(query, 'model'))],
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

/** After each deploy: codecs of registered devices that their examples contradict, or that the repository has changed. */
function watchDeploys(RED: NodeAPI, folder: string, models: ModelCatalog, service: RepositoryService): void {
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
    const used = [...ids].flatMap((id) => models.get(id) ?? []);
    const failing = await check.run(used);
    const renewed = await service.renewed(used);
    for (const { id } of problems.list())
      if (id.startsWith(FAILING) || id.startsWith(RENEWED)) problems.clear(id);
    for (const one of failing) report(FAILING + one.model.id, failingProblem(one), 'warning');
    for (const model of renewed) report(RENEWED + model.id, renewedProblem(model), 'notice');
  }

  function report(id: string, problem: Problem, severity: 'warning' | 'notice'): void {
    problems.report(id, { ...problem, component: 'devices', severity });
    RED.log[severity === 'warning' ? 'warn' : 'info'](translate(language, problem.key, problem.parameters));
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

function renewedProblem({ vendor, name }: DeviceModel): Problem {
  return { key: 'codec.repository.renewed', parameters: { model: `${vendor} ${name}` } };
}
