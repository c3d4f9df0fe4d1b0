import type { Node, NodeAPI, NodeDef } from 'node-red';
import { runStart, runtimeLanguage } from '../observation/flow-node.ts';
import { describeError, type Language, languageFor, translate } from '../observation/messages.ts';
import { acquireDataFolder } from '../persistence/data-folder.ts';
import type { DatabaseNode } from './database.ts';
import { checkDatabase } from './database-check.ts';
import {
  type DatabaseCredentials,
  type DatabaseForm,
  databaseTarget,
  migrateForm,
  storedCredentialsFor,
} from './database-settings.ts';
import { Database } from './open-database.ts';
import { ServerGreeting } from './server-greeting.ts';

type DatabaseConfigNode = Node<DatabaseCredentials> & DatabaseNode & { form?: DatabaseForm };

/** What the form's test button sends. */
interface CheckRequest {
  id?: string;
  form?: Partial<DatabaseForm>;
  credentials?: DatabaseCredentials;
  language?: string;
}

export default function (RED: NodeAPI): void {
  function DatabaseConfig(this: DatabaseConfigNode, config: NodeDef & Partial<DatabaseForm>): void {
    RED.nodes.createNode(this, config);
    const language = runtimeLanguage(RED.settings);
    runStart(this, language, () => start(this, migrateForm(config), language));
  }

  function start(node: DatabaseConfigNode, form: DatabaseForm, language: Language): void {
    const target = databaseTarget(form, node.credentials ?? {}, RED.settings);
    const folder = acquireDataFolder(RED.settings);
    const stopProblems = folder.onProblem((error) => node.error(describeError(error, language)));
    const database = new Database({ target, folder, name: `database:${node.id}` });
    const greeting = new ServerGreeting(target);
    const onStatus: DatabaseNode['onStatus'] = (listener) =>
      greeting.onStatus(database.onStatus.bind(database), listener);
    const stopStatus = reportChanges(node, onStatus, language);
    Object.assign(node, {
      form,
      store: (sandbox: boolean) => database.store(sandbox),
      save: database.save.bind(database),
      onStatus,
    } satisfies DatabaseNode & { form: DatabaseForm });
    node.on('close', (done: () => void) => {
      stopStatus();
      greeting.close();
      void database.close().finally(() => {
        stopProblems();
        folder.release();
        done();
      });
    });
  }

  /** One line in the log when the database goes away, refuses or comes back, not one per attempt. */
  function reportChanges(node: Node, onStatus: DatabaseNode['onStatus'], language: Language): () => void {
    let last = '';
    return onStatus(({ state, problem }) => {
      if (state === last) return;
      if (problem) node.error(translate(language, problem.key, problem.parameters));
      last = state;
    });
  }

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
