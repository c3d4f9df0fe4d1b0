import { ConfigurationError, type Problem } from '../observation/errors.ts';
import { describeError, type Language, languageFor, translate } from '../observation/messages.ts';
import type { Dataset } from './dataset.ts';
import { type DatasetConfig, datasetFromConfig } from './dataset-form.ts';
import { revealsIdentity } from './identity-words.ts';
import { named, type Preview, previewOf } from './preview.ts';
import { needsApproval } from './privacy.ts';
import { digestOf, type Publications, type Standing, wordFor } from './publications.ts';
import { blocksNow, type Publishing } from './publishing.ts';
import type { Sources } from './sources.ts';
import { momentText } from './wording.ts';

/** What people can decide in the form. */
export const ACTIONS = ['approve', 'withdraw', 'restore'] as const;

export interface ActionRequest {
  /** Id of the dataset. */
  id?: string;
  /** Of what the form shows, as the preview gave it. */
  digest?: string;
  reason?: string;
  language?: string;
}

/** What the form shows of a dataset's way to the public. */
interface StandingView {
  /** Whether the public can see it now, as it is deployed. */
  isPublished: boolean;
  isWithdrawn: boolean;
  canBeApproved: boolean;
  canBeWithdrawn: boolean;
  /** What was decided, by whom and when, and what is missing. */
  sentences: string[];
}

type PreviewAnswer = Preview & { digest: string; standing: StandingView };
type Failed = { problem: string };

interface AdminOptions {
  /** Throws ConfigurationError if their file is damaged. */
  publications(): Publications;
  /** The node that has a dataset, by its id. */
  running(id: string): Publishing | undefined;
  timeZone: string;
}

/** Words of a reason that the public reads. */
const LONGEST_REASON = 500;

/** What the form of an open-data node asks the server. Whatever is wrong becomes a sentence. */
export class OpenDataAdmin {
  readonly #publications: AdminOptions['publications'];
  readonly #running: AdminOptions['running'];
  readonly #timeZone: string;

  constructor({ publications, running, timeZone }: AdminOptions) {
    this.#publications = publications;
    this.#running = running;
    this.#timeZone = timeZone;
  }

  /** What would be published of a form, and where the deployed dataset stands. `user` is who asks. */
  async preview(
    config: DatasetConfig & { language?: string },
    sourcesOf: () => Sources,
    user: string | undefined,
  ): Promise<PreviewAnswer | Failed> {
    const language = languageFor(config.language);
    try {
      const dataset = datasetFromConfig(config);
      const preview = await previewOf(
        dataset,
        sourcesOf(),
        { language, timeZone: this.#timeZone },
        Date.now(),
      );
      const digest = digestOf(dataset);
      const isDeployed = this.#publications().standing(dataset.id)?.digest === digest;
      const canBeApproved =
        preview.blocks.length === 0 && this.#needsApproval(dataset) && isDeployed && user !== undefined;
      const seen = seenWord(digest, this.#running(dataset.id));
      return {
        ...preview,
        digest: seen,
        standing: this.#standing(dataset.id, canBeApproved, user, language),
      };
    } catch (error) {
      return { problem: describeError(error, language) };
    }
  }

  approve(request: ActionRequest, user: string | undefined): { done: true } | Failed {
    return this.#act(request, (id) => {
      if (user === undefined) throw new ConfigurationError({ key: 'opendata.approval.sign_in' });
      const publishing = this.#running(id);
      if (!publishing) throw new ConfigurationError({ key: 'opendata.approval.unknown' });
      const [digest = ''] = (request.digest ?? '').split('.');
      if (request.digest !== seenWord(digest, publishing)) {
        throw new ConfigurationError({ key: 'opendata.approval.changed' });
      }
      this.#publications().approve(id, digest, user, publishing.candidates);
    });
  }

  withdraw(request: ActionRequest): { done: true } | Failed {
    return this.#act(request, (id) => {
      const reason = request.reason?.trim().slice(0, LONGEST_REASON) ?? '';
      if (revealsIdentity(reason)) {
        throw new ConfigurationError({ key: 'opendata.gate.identifier', parameters: { text: reason } });
      }
      this.#publications().withdraw(id, reason || undefined);
    });
  }

  restore(request: ActionRequest, user: string | undefined): { done: true } | Failed {
    return this.#act(request, (id) => this.#publications().restore(id, user));
  }

  #act({ id = '', language }: ActionRequest, work: (id: string) => void): { done: true } | Failed {
    try {
      work(id);
      return { done: true };
    } catch (error) {
      return { problem: describeError(error, languageFor(language)) };
    }
  }

  #needsApproval(dataset: Dataset): boolean {
    return needsApproval(dataset) || this.#publications().isUnmarked(dataset.id);
  }

  #standing(id: string, mayApprove: boolean, user: string | undefined, language: Language): StandingView {
    const standing = this.#publications().standing(id);
    if (!standing) {
      const sentences = [translate(language, 'opendata.standing.new')];
      return {
        isPublished: false,
        isWithdrawn: false,
        canBeApproved: false,
        canBeWithdrawn: false,
        sentences,
      };
    }
    const blocks = blocksNow(standing.dataset, this.#publications());
    const isWithdrawn = standing.withdrawn !== undefined;
    const hasAgreed = standing.author === user || standing.approvals.some(({ by }) => by === user);
    return {
      isPublished: blocks.length === 0 && this.#running(id) !== undefined,
      isWithdrawn,
      canBeApproved: mayApprove && !hasAgreed && !isWithdrawn,
      canBeWithdrawn: !isWithdrawn && standing.shown !== undefined,
      sentences: this.#sentences(standing, blocks, language),
    };
  }

  #sentences(standing: Standing, blocks: readonly Problem[], language: Language): string[] {
    const say = (key: string, parameters = {}) => translate(language, `opendata.standing.${key}`, parameters);
    const locale = { language, timeZone: this.#timeZone };
    const moment = (time: string) => momentText(Date.parse(time), Date.now(), locale);
    const { author, approvals, withdrawn, dataset } = standing;
    const missing = this.#publications().missingApprovals(standing);
    return [
      say(blocks.length === 0 ? 'published' : 'not_published'),
      ...blocks.map(({ key, parameters = {} }) => translate(language, key, named(parameters, language))),
      ...(author === undefined ? [] : [say('author', { name: author })]),
      ...approvals.map(({ by, time }) => say('approved', { name: by, moment: moment(time) })),
      ...(this.#needsApproval(dataset) && missing > 0
        ? [say(`missing_${missing === 1 ? 'one' : 'two'}`)]
        : []),
      ...(withdrawn
        ? [say('withdrawn', { moment: moment(withdrawn.time), reason: withdrawn.reason ?? '' })]
        : []),
    ];
  }
}

/** A word for what somebody saw: the dataset, and the devices that would be in it. Others may come in meanwhile. */
function seenWord(digest: string, publishing: Publishing | undefined): string {
  return publishing ? `${digest}.${wordFor(publishing.candidates)}` : digest;
}
