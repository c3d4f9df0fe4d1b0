import { existsSync } from 'node:fs';
import type { Node, NodeAPI, NodeDef } from 'node-red';
import { credentialSecret } from '../devices/credential-secret.ts';
import { openRegistry } from '../devices/registry.ts';
import { dataFolderPath } from '../observation/data-folder-path.ts';
import type { Problem } from '../observation/errors.ts';
import { runStart, runtimeLanguage, runtimeTimeZone } from '../observation/flow-node.ts';
import { describeError, type Language, languageFor, translate } from '../observation/messages.ts';
import { problemsOf } from '../observation/problems.ts';
import { acquireDataFolder } from '../persistence/data-folder.ts';
import { localDays } from '../persistence/local-days.ts';
import { AccountReporter } from './account-reporter.ts';
import type { DatabaseNode, DatabaseStatus } from './database.ts';
import { checkDatabase } from './database-check.ts';
import {
  type DatabaseCredentials,
  type DatabaseForm,
  databaseTarget,
  migrateForm,
  storedCredentialsFor,
} from './database-settings.ts';
import { Database } from './open-database.ts';
import { placeOf } from './outbox-heirs.ts';
import { RegisteredTags } from './registered-tags.ts';
import { problemOfStranded, RunningDatabases, type Stranded } from './running-databases.ts';
import { ServerGreeting } from './server-greeting.ts';
import { tagLimitsOf } from './tag-bounds.ts';

type DatabaseConfigNode = Node<DatabaseCredentials> & DatabaseNode & { form?: DatabaseForm };

/** What the form's test button sends. */
interface CheckRequest {
  id?: string;
  form?: Partial<DatabaseForm>;
  credentials?: DatabaseCredentials;
  language?: string;
}

/** Begins the ids of problems about readings that wait for a deleted database. */
const STRANDED = 'timeseries.stranded/';

/** Ends the watch for flows that start: Node-RED may load its nodes anew in one process. */
let stopWatching = (): void => undefined;

export default function (RED: NodeAPI): void {
  const running = new RunningDatabases();
  const problems = problemsOf(RED.settings);

  function DatabaseConfig(this: DatabaseConfigNode, config: NodeDef & Partial<DatabaseForm>): void {
    RED.nodes.createNode(this, config);
    const language = runtimeLanguage(RED.settings);
    runStart(this, language, () => start(this, migrateForm(config), language));
  }

  function start(node: DatabaseConfigNode, form: DatabaseForm, language: Language): void {
    const target = databaseTarget(form, node.credentials ?? {}, RED.settings);
    const folder = acquireDataFolder(RED.settings);
    const stopProblems = folder.onProblem((error) => node.error(describeError(error, language)));
    const registered = new RegisteredTags(openRegistry(folder.path, credentialSecret(RED.settings)));
    const database = new Database({
      target,
      folder,
      id: node.id,
      tags: {
        limits: tagLimitsOf(RED.settings),
        isRegistered: (tag, value) => registered.has(tag, value),
        onWarning: (problem) => warnOfTag(node, problem, language),
      },
    });
    running.add(node.id, { database, name: node.name || node.id, place: placeOf(target) }, folder.state);
    const greeting = new ServerGreeting(target);
    const onStatus: DatabaseNode['onStatus'] = (listener) =>
      greeting.onStatus(database.onStatus.bind(database), listener);
    const stopStatus = reportChanges(node, onStatus, language);
    Object.assign(node, {
      form,
      store: (sandbox: boolean) => database.store(sandbox),
      save: database.save.bind(database),
      onStatus,
      writes: database.writes,
      asideSources: () => database.asideSources(),
    } satisfies DatabaseNode & { form: DatabaseForm });
    const reporter = new AccountReporter({
      folder,
      writes: database.writes,
      store: () => database.store(false),
      dayOf: localDays(runtimeTimeZone(RED.settings)),
      now: () => Date.now(),
    });
    node.on('close', (done: () => void) => {
      stopStatus();
      greeting.close();
      running.remove(node.id);
      registered.close();
      problems.clearNode(node.id);
      const closed = reporter.close().then(() => database.close());
      void closed.finally(() => {
        stopProblems();
        folder.release();
        done();
      });
    });
  }

  /** One line in the log when the database is known, goes away, refuses or comes back, not one per attempt. */
  function reportChanges(node: Node, onStatus: DatabaseNode['onStatus'], language: Language): () => void {
    let last = '';
    let known: DatabaseStatus['server'];
    return onStatus(({ state, problem, server }) => {
      if (server?.name && server !== known) {
        node.log(translate(language, 'timeseries.check.connected', { ...server, server: server.name }));
        known = server;
      }
      if (state === last) return;
      if (problem) node.error(translate(language, problem.key, problem.parameters));
      last = state;
    });
  }

  /** Long before readings are put aside for it, and once per tag. */
  function warnOfTag(node: Node, problem: Problem, language: Language): void {
    const { tag = '', measurement = '' } = problem.parameters ?? {};
    const id = `timeseries.tags_${measurement}_${tag}/${node.id}`;
    if (!problems.list().some((known) => known.id === id))
      node.warn(translate(language, problem.key, problem.parameters));
    problems.report(id, { ...problem, component: 'database', severity: 'warning', node: node.id });
  }

  /** Whenever flows have started: databases may have been deleted with readings still waiting for them. */
  async function settleOutboxes(): Promise<void> {
    if (!existsSync(dataFolderPath(RED.settings))) return;
    const configured: string[] = [];
    RED.nodes.eachNode(({ id, type }) => {
      if (type === 'byflyt-database') configured.push(id);
    });
    const folder = acquireDataFolder(RED.settings);
    try {
      reportStranded(await running.settle(folder, configured));
    } finally {
      folder.release();
    }
  }

  function reportStranded(stranded: readonly Stranded[]): void {
    for (const { id } of problems.list()) if (id.startsWith(STRANDED)) problems.clear(id);
    for (const one of stranded) {
      const problem = problemOfStranded(one);
      problems.report(STRANDED + one.id, { ...problem, component: 'database', severity: 'warning' });
      RED.log.warn(translate(runtimeLanguage(RED.settings), problem.key, problem.parameters));
    }
  }

  stopWatching();
  let settled = Promise.resolve();
  const onStarted = (): void => {
    settled = settled
      .then(settleOutboxes)
      .catch((error: unknown) => RED.log.error(describeError(error, runtimeLanguage(RED.settings))));
  };
  RED.events.on('flows:started', onStarted);
  stopWatching = () => RED.events.removeListener('flows:started', onStarted);

  RED.nodes.registerType<DatabaseConfigNode, NodeDef & Partial<DatabaseForm>, object, DatabaseCredentials>(
    'byflyt-database',
    DatabaseConfig,
    {
      credentials: {
        token: { type: 'password' },
        username: { type: 'text' },
        password: { type: 'password' },
      },
    },
  );

  RED.httpAdmin.post(
    '/byflyt/database/check',
    RED.auth.needsPermission('byflyt-database.write'),
    async (request, response) => {
      const { id, form, credentials, language: tag } = request.body as CheckRequest;
      const language = languageFor(tag);
      const deployed = id ? (RED.nodes.getNode(id) as DatabaseConfigNode | null) : null;
      try {
        const asked = migrateForm(form ?? {});
        const stored = storedCredentialsFor(asked, deployed?.form, deployed?.credentials);
        const target = databaseTarget(asked, { ...stored, ...credentials }, RED.settings);
        response.json({ text: await checkDatabase(target, language) });
      } catch (error) {
        response.status(422).json({ error: describeError(error, language) });
      }
    },
  );
}
