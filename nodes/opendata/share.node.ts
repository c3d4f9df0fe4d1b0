import type { Node, NodeAPI, NodeDef, NodeMessage } from 'node-red';
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
import { siteIn } from './serve.ts';
import { DatasetWatch } from './sharing/dataset-watch.ts';
import { pngOf } from './sharing/picture.ts';
import type { Post } from './sharing/post.ts';
import { PostBook } from './sharing/post-book.ts';
import { draftOf, Poster } from './sharing/poster.ts';
import { previewOf } from './sharing/preview.ts';
import { publicBase } from './sharing/public-address.ts';
import { draftSettings, type ShareCredentials, type ShareForm, shareSettings } from './sharing/settings.ts';
import { momentText } from './wording.ts';

type ShareNode = Node<ShareCredentials>;

/** ms between two looks at the clock. */
const EVERY = 120_000;

export default function (RED: NodeAPI): void {
  const language = runtimeLanguage(RED.settings);
  const timeZone = runtimeTimeZone(RED.settings);
  const problems = problemsOf(RED.settings);
  const text = (key: string, parameters = {}) =>
    shorten(translate(language, `opendata.share.status.${key}`, parameters), STATUS_LENGTH);

  function Share(this: ShareNode, config: NodeDef & ShareForm): void {
    RED.nodes.createNode(this, config);
    runStart(this, language, () => start(this, config));
  }

  function start(node: ShareNode, config: ShareForm): void {
    const settings = shareSettings(config, node.credentials ?? {});
    const folder = acquireDataFolder(RED.settings);
    const scope = `${node.id}/${settings.dataset}`;
    const poster = new Poster({ settings, book: new PostBook(folder.state, scope), scope, timeZone });
    const problem = `opendata.share/${node.id}`;
    poster.begin(Date.now());
    /** Somebody asked for a post by a message; the clock asks all the time. */
    let isAsked = settings.when === 'clock';
    const watch = new DatasetWatch({
      site: () => siteIn(RED.httpNode),
      dataset: settings.dataset,
      every: EVERY,
      async look(entry) {
        if (!entry) return node.status({ fill: 'grey', shape: 'ring', text: text('withdrawn') });
        if (!isAsked) return;
        const outcome = await poster.post(entry, publicBase(entry.publisher, RED.settings), Date.now());
        isAsked = settings.when === 'clock';
        problems.clear(problem);
        if (outcome.kind === 'posted') {
          node.send(await messageOf(outcome.post, outcome.period));
          const moment = momentText(Date.now(), Date.now(), { language, timeZone });
          node.status({ fill: 'green', shape: 'dot', text: text('posted', { moment }) });
        } else if (outcome.kind === 'empty') {
          node.status({ fill: 'grey', shape: 'ring', text: text('empty') });
        }
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
      if (settings.when === 'message') isAsked = true;
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

  /** For an e-mail, a chat or another service: the text, and the picture as attachments. */
  async function messageOf({ picture, ...post }: Post, period: string): Promise<NodeMessage> {
    const attachments = picture && [
      { filename: `${post.dataset}.png`, content: await pngOf(picture), contentType: 'image/png' },
      { filename: `${post.dataset}.svg`, content: picture.svg, contentType: 'image/svg+xml' },
    ];
    return {
      topic: post.dataset,
      payload: post.text,
      post: { ...post, period, ...(picture && { alt: picture.alt }) },
      ...(attachments && { attachments }),
    } as NodeMessage;
  }

  RED.nodes.registerType<ShareNode, NodeDef & ShareForm, object, ShareCredentials>('byflyt-share', Share, {
    credentials: { url: { type: 'password' }, token: { type: 'password' } },
  });

  /** A dry run: the post as it would be made now, posted nowhere. */
  RED.httpAdmin.post(
    '/byflyt/share/preview',
    RED.auth.needsPermission('byflyt-share.read'),
    async (request, response) => {
      const { lang, ...form } = (request.body ?? {}) as ShareForm & { lang?: string };
      const site = siteIn(RED.httpNode);
      const preview = await previewOf({ site, dataset: form.dataset, lang }, async (entry) => {
        const base = publicBase(entry.publisher, RED.settings);
        const draft = { base, now: Date.now(), timeZone, evenMadeUp: true };
        const post = await draftOf(entry, draftSettings(form), draft);
        if (!post) throw new ConfigurationError({ key: 'opendata.share.nothing' });
        const { text, picture, isMadeUp } = post;
        const image = picture && `data:image/svg+xml;base64,${Buffer.from(picture.svg).toString('base64')}`;
        return { text, isMadeUp: isMadeUp === true, ...(picture && { image, alt: picture.alt }) };
      });
      response.json(preview);
    },
  );
}
