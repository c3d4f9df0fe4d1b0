import type { Node, NodeAPI, NodeDef } from 'node-red';
import { ConfigurationError, problemOf } from '../observation/errors.ts';
import {
  runStart,
  runtimeLanguage,
  runtimeTimeZone,
  STATUS_LENGTH,
  shorten,
} from '../observation/flow-node.ts';
import { describeError, translate } from '../observation/messages.ts';
import { problemsOf } from '../observation/problems.ts';
import { acquireDataFolder } from '../persistence/data-folder.ts';
import { describeEntries } from './catalog-entries.ts';
import { type About, packageFields, resourceFields } from './ckan/package.ts';
import { Portal } from './ckan/portal.ts';
import { PortalPublication } from './ckan/publication.ts';
import { type CkanCredentials, type CkanForm, ckanSettings, portalId } from './ckan/settings.ts';
import { isStyle, type Style } from './ckan/styles.ts';
import { siteIn } from './serve.ts';
import { DatasetWatch } from './sharing/dataset-watch.ts';
import { previewOf } from './sharing/preview.ts';
import { publicBase } from './sharing/public-address.ts';
import type { Entry } from './site.ts';
import { momentText } from './wording.ts';

type CkanNode = Node<CkanCredentials>;

/** ms between updates at least: a portal indexes a dataset anew each time. */
const LEAST_GAP = 300_000;

export default function (RED: NodeAPI): void {
  const language = runtimeLanguage(RED.settings);
  const timeZone = runtimeTimeZone(RED.settings);
  const problems = problemsOf(RED.settings);
  const text = (key: string, parameters = {}) =>
    shorten(translate(language, `opendata.ckan.status.${key}`, parameters), STATUS_LENGTH);

  function Ckan(this: CkanNode, config: NodeDef & CkanForm): void {
    RED.nodes.createNode(this, config);
    runStart(this, language, () => start(this, config));
  }

  function start(node: CkanNode, config: CkanForm): void {
    const settings = ckanSettings(config, node.credentials ?? {});
    const folder = acquireDataFolder(RED.settings);
    const publication = new PortalPublication({
      portal: new Portal(settings),
      settings,
      state: folder.state,
      key: `ckan/${node.id}/${portalId(settings)}`,
    });
    const problem = `opendata.ckan/${node.id}`;
    const watch = new DatasetWatch({
      site: () => siteIn(RED.httpNode),
      dataset: settings.dataset,
      every: settings.every,
      leastGap: LEAST_GAP,
      async look(entry) {
        const about = entry && (await aboutEntry(entry, settings.style));
        if (!about || about.entry.sandbox) {
          await publication.withdraw();
          node.status({ fill: 'grey', shape: 'ring', text: text(about ? 'sandbox' : 'withdrawn') });
        } else {
          const { noTables } = await publication.update(about);
          const moment = momentText(Date.now(), Date.now(), { language, timeZone });
          node.status({
            fill: 'green',
            shape: 'dot',
            text: text(noTables ? 'no_tables' : 'updated', { moment }),
          });
        }
        problems.clear(problem);
      },
      onProblem: (error) => {
        const { key, parameters } = problemOf(error);
        problems.report(problem, { key, parameters, component: 'flows', severity: 'warning', node: node.id });
        const sentence = describeError(error, language);
        node.status({ fill: 'red', shape: 'ring', text: shorten(sentence, STATUS_LENGTH) });
        node.error(sentence);
      },
    });
    node.status({ fill: 'grey', shape: 'ring', text: text('waiting') });
    node.on('input', (_message, _send, done) => {
      watch.changed();
      done();
    });
    node.on('close', (done: () => void) => {
      problems.clearNode(node.id);
      void watch.close().finally(() => {
        folder.release();
        done();
      });
    });
  }

  /** What a portal is told of a dataset. Throws ConfigurationError if nobody knows our own public address. */
  async function aboutEntry(published: Entry, style: Style): Promise<About> {
    const base = publicBase(published.publisher, RED.settings);
    if (base === undefined) throw new ConfigurationError({ key: 'opendata.ckan.base' });
    const site = siteIn(RED.httpNode);
    const [entry] = await describeEntries([published], site?.publications?.log.changes);
    if (!entry) throw new ConfigurationError({ key: 'opendata.sharing.not_published' });
    const owner = site?.list()[0]?.publisher ?? entry.publisher;
    return { entry, owner, base, style };
  }

  RED.nodes.registerType<CkanNode, NodeDef & CkanForm, object, CkanCredentials>('byflyt-ckan', Ckan, {
    credentials: { token: { type: 'password' } },
  });

  /** What the portal would be told now, without telling it. */
  RED.httpAdmin.get(
    '/byflyt/ckan/preview',
    RED.auth.needsPermission('byflyt-ckan.read'),
    async ({ query }, response) => {
      const { lang, dataset, style } = query;
      const preview = await previewOf({ site: siteIn(RED.httpNode), dataset, lang }, async (entry) => {
        const about = await aboutEntry(entry, isStyle(style) ? style : 'ckan');
        const told = { ...packageFields(about, []), resources: resourceFields(about), license_id: undefined };
        return { text: JSON.stringify(told, undefined, 2), isMadeUp: about.entry.sandbox };
      });
      response.json(preview);
    },
  );
}
