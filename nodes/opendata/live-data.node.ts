import type { Node, NodeAPI, NodeDef } from 'node-red';
import { CalmStatus, type Status } from '../observation/calm-status.ts';
import { ConfigurationError } from '../observation/errors.ts';
import {
  runStart,
  runtimeLanguage,
  runtimeTimeZone,
  STATUS_LENGTH,
  shorten,
} from '../observation/flow-node.ts';
import { describeError, translate } from '../observation/messages.ts';
import { currentDirectory } from './sensorthings/current-directory.ts';
import { announceEndpoint, forgetEndpoint } from './sensorthings/mqtt-endpoints.ts';
import { rootOf } from './sensorthings/service.ts';
import { Updates } from './sensorthings/updates.ts';
import { siteIn } from './serve.ts';
import { DatasetWatch } from './sharing/dataset-watch.ts';
import { publicBase } from './sharing/public-address.ts';
import type { Entry } from './site.ts';
import { momentText } from './wording.ts';

/** The form. */
interface LiveDataConfig {
  dataset?: string;
  /** Where the public can subscribe: `mqtt://data.example.org:1883`; empty: it is not told. */
  address?: string;
}

/** ms between two looks without a message, and between two looks at least. */
const EVERY = 60_000;
const LEAST_GAP = 5000;
const BROKER = /^(mqtts?|wss?):\/\/[^\s/@]+(\/\S*)?$/;

export default function (RED: NodeAPI): void {
  const language = runtimeLanguage(RED.settings);
  const timeZone = runtimeTimeZone(RED.settings);

  function LiveData(this: Node, config: NodeDef & LiveDataConfig): void {
    RED.nodes.createNode(this, config);
    runStart(this, language, () => start(this, config));
  }

  function start(node: Node, { dataset, address }: LiveDataConfig): void {
    if (!dataset) throw new ConfigurationError({ key: 'opendata.sharing.dataset' });
    if (address && !BROKER.test(address)) throw new ConfigurationError({ key: 'opendata.live.address' });
    const status = new CalmStatus(node);
    const updates = new Updates();
    let told: { count: number; at: number } | undefined;
    const watch = new DatasetWatch({
      site: () => siteIn(RED.httpNode),
      dataset,
      every: EVERY,
      leastGap: LEAST_GAP,
      async look(entry) {
        if (address) announce(node.id, address, entry);
        const count = entry ? await pass(node, entry, updates) : 0;
        if (count > 0) told = { count, at: Date.now() };
        status.show(() => statusOf(entry, told));
      },
      onProblem: (error) => {
        const text = shorten(describeError(error, language), STATUS_LENGTH);
        status.show(() => ({ fill: 'yellow', shape: 'ring', text }));
      },
    });
    status.show(() => statusOf(undefined, told));
    node.on('input', (_message, _send, done) => {
      watch.changed();
      done();
    });
    node.on('close', (done: () => void) => {
      announce(node.id, '', undefined);
      void watch.close().finally(() => {
        status.close();
        done();
      });
    });
  }

  /** Sends a message per topic for each new Observation; how many Observations there were. */
  async function pass(node: Node, { dataset, publisher }: Entry, updates: Updates): Promise<number> {
    const site = siteIn(RED.httpNode);
    if (!site) return 0;
    const base = publicBase(publisher, RED.settings);
    const now = Date.now();
    const directory = await currentDirectory(site, base ?? '', now);
    const news = await updates.next(directory, dataset.id, base && rootOf(base), now);
    for (const { topic, payload } of news) node.send({ topic, payload, qos: 0, retain: false });
    return new Set(news.map(({ payload }) => payload)).size;
  }

  /** Clients learn of the broker while something is published there. */
  function announce(node: string, address: string, entry: Entry | undefined): void {
    const site = siteIn(RED.httpNode);
    if (!site) return;
    if (entry) announceEndpoint(site, node, address);
    else forgetEndpoint(site, node);
  }

  function statusOf(entry: Entry | undefined, told: { count: number; at: number } | undefined): Status {
    const text = (key: string, parameters = {}) =>
      shorten(translate(language, `opendata.live.status.${key}`, parameters), STATUS_LENGTH);
    if (!entry) return { fill: 'grey', shape: 'ring', text: text('waiting') };
    if (!told) return { fill: 'grey', shape: 'ring', text: text('nothing_new') };
    const moment = momentText(told.at, Date.now(), { language, timeZone });
    return { fill: 'green', shape: 'dot', text: text('sent', { count: told.count, moment }) };
  }

  RED.nodes.registerType('byflyt-live-data', LiveData);
}
