import type { Node, NodeAPI, NodeDef } from 'node-red';
import { CalmStatus, type Status } from '../observation/calm-status.ts';
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
import { Broker } from './ngsi-ld/broker.ts';
import { Courier, type CourierProgress } from './ngsi-ld/courier.ts';
import { entitiesOf } from './ngsi-ld/entity.ts';
import { OPERATION_FORMAT, Publication } from './ngsi-ld/publication.ts';
import { brokerId, brokerSettings, type NgsiLdCredentials, type NgsiLdForm } from './ngsi-ld/settings.ts';
import { readLatest, readPlaces } from './reader.ts';
import { siteIn } from './serve.ts';
import { DatasetWatch } from './sharing/dataset-watch.ts';
import { previewOf } from './sharing/preview.ts';
import { publicBase } from './sharing/public-address.ts';
import type { Entry } from './site.ts';
import { momentText } from './wording.ts';

type NgsiLdNode = Node<NgsiLdCredentials>;

const MINUTE = 60_000;

/** Where the last look at the dataset led, if nothing could be told of it. */
type Hindrance = 'waiting' | 'withdrawn' | 'sandbox' | undefined;

export default function (RED: NodeAPI): void {
  const language = runtimeLanguage(RED.settings);
  const timeZone = runtimeTimeZone(RED.settings);
  const problems = problemsOf(RED.settings);

  function NgsiLd(this: NgsiLdNode, config: NodeDef & NgsiLdForm): void {
    RED.nodes.createNode(this, config);
    runStart(this, language, () => start(this, config));
  }

  function start(node: NgsiLdNode, config: NgsiLdForm): void {
    const { dataset } = config;
    if (!dataset) throw new ConfigurationError({ key: 'opendata.sharing.dataset' });
    const settings = brokerSettings(config, node.credentials ?? {});
    const folder = acquireDataFolder(RED.settings);
    const outbox = folder.outbox(`ngsi-ld:${node.id}`, OPERATION_FORMAT);
    const scope = `${node.id}/${brokerId(settings)}`;
    const publication = new Publication({ state: folder.state, outbox, scope });
    const status = new CalmStatus(node);
    let hindrance: Hindrance = 'waiting';
    let told = 0;
    const show = () => status.show(() => statusOf(courier.progress, hindrance, told));
    const courier = new Courier({
      broker: new Broker(settings),
      outbox,
      onRefused: (entity, reason) =>
        node.error(translate(language, 'opendata.ngsi_ld.refused', { reason: `${entity}: ${reason}` })),
      onProgress: (progress) => {
        tellOfBroker(node, progress);
        show();
      },
    });
    const watch = new DatasetWatch({
      site: () => siteIn(RED.httpNode),
      dataset,
      every: 5 * MINUTE,
      async look(entry) {
        const found = entry ? await publicEntities(entry) : { entities: [], hindrance: 'withdrawn' as const };
        ({ hindrance } = found);
        const entities = hindrance ? [] : found.entities;
        publication.offer(entities);
        told = entities.length;
        show();
      },
      onProblem: (error) => {
        const text = shorten(describeError(error, language), STATUS_LENGTH);
        status.show(() => ({ fill: 'yellow', shape: 'ring', text }));
      },
    });
    show();
    node.on('input', (_message, _send, done) => {
      watch.changed();
      done();
    });
    node.on('close', (done: () => void) => {
      problems.clearNode(node.id);
      void Promise.all([watch.close(), courier.close()]).finally(() => {
        status.close();
        folder.release();
        done();
      });
    });
  }

  /** What is public of a dataset as entities, and what keeps them from being sent: made-up values never leave the house. */
  async function publicEntities({ dataset, publisher, sources }: Entry) {
    const { places, sandbox } = await readLatest(dataset, sources);
    const base = publicBase(publisher, RED.settings);
    const entities = entitiesOf(places, {
      dataset,
      publisher,
      places: readPlaces(dataset, sources),
      ...(base !== undefined && { page: `${base}${dataset.id}/` }),
    });
    return { entities, hindrance: sandbox ? ('sandbox' as const) : undefined };
  }

  function tellOfBroker(node: NgsiLdNode, { outcome, waiting }: CourierProgress): void {
    const id = `opendata.ngsi-ld/${node.id}`;
    if (!outcome || 'sentTime' in outcome) {
      problems.clear(id);
      return;
    }
    const { key, parameters } = problemOf(outcome.error);
    const severity = 'warning';
    problems.report(id, { key, parameters, component: 'flows', severity, node: node.id, waiting });
  }

  function statusOf(
    { outcome, waiting, refused }: CourierProgress,
    hindrance: Hindrance,
    told: number,
  ): Status {
    const text = (key: string, parameters = {}) =>
      shorten(translate(language, `opendata.ngsi_ld.status.${key}`, parameters), STATUS_LENGTH);
    const number = told === 1 ? 'one' : 'many';
    if (outcome && 'error' in outcome) {
      const sentence = shorten(describeError(outcome.error, language), STATUS_LENGTH);
      return { fill: 'red', shape: 'ring', text: waiting > 0 ? text('away', { count: waiting }) : sentence };
    }
    if (refused > 0) return { fill: 'yellow', shape: 'dot', text: text('refused', { count: refused }) };
    if (hindrance) return { fill: 'grey', shape: 'ring', text: text(hindrance) };
    if (!outcome)
      return { fill: 'grey', shape: 'ring', text: text(`nothing_new_${number}`, { count: told }) };
    const moment = momentText(outcome.sentTime, Date.now(), { language, timeZone });
    return { fill: 'green', shape: 'dot', text: text(`sent_${number}`, { count: told, moment }) };
  }

  RED.nodes.registerType<NgsiLdNode, NodeDef & NgsiLdForm, object, NgsiLdCredentials>(
    'byflyt-ngsi-ld',
    NgsiLd,
    { credentials: { token: { type: 'password' } } },
  );

  /** The entities as they would be told now, without telling them. */
  RED.httpAdmin.get(
    '/byflyt/ngsi-ld/preview',
    RED.auth.needsPermission('byflyt-ngsi-ld.read'),
    async ({ query: { lang, dataset } }, response) => {
      const preview = await previewOf({ site: siteIn(RED.httpNode), dataset, lang }, async (entry) => {
        const { entities, hindrance } = await publicEntities(entry);
        return { text: JSON.stringify(entities, undefined, 2), isMadeUp: hindrance === 'sandbox' };
      });
      response.json(preview);
    },
  );
}
