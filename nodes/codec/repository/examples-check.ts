import type { DeviceModel } from '../../devices/device.ts';
import { ByflytError, type Problem } from '../../observation/errors.ts';
import type { Language } from '../../observation/messages.ts';
import type { ModelCatalog } from '../models.ts';
import { contentVersion } from '../version.ts';
import { type CodecExample, type ExampleResult, runExamples } from './codec-examples.ts';

export interface ExamplesCheckOptions {
  models: Pick<ModelCatalog, 'codecFor'>;
  /** Throws ByflytError if they cannot be read. */
  examplesOf(model: DeviceModel): CodecExample[];
  language: Language;
}

/** What is wrong with the codec of a model, by its examples. */
export interface FailingModel {
  model: DeviceModel;
  count: number;
  total: number;
  first: ExampleResult;
}

/** JSON characters of an output in a sentence. */
const SHOWN = 300;

/** The sentence about a failing codec, with what the first example expects and what came instead. */
export function failingProblem({
  model,
  count,
  total,
  first,
}: FailingModel): Problem & Required<Pick<Problem, 'parameters'>> {
  const { description, direction, expected, got } = first;
  const parameters = {
    model: `${model.vendor} ${model.name}`,
    count,
    total,
    example: description || direction,
    expected: shown(expected),
    got: shown(got),
  };
  return { key: 'codec.repository.failing', parameters };
}

function shown(output: unknown): string {
  const text = typeof output === 'string' ? output : (JSON.stringify(output) ?? '');
  return text.length > SHOWN ? `${text.slice(0, SHOWN)} …` : text;
}

/** Runs the examples of the codecs that are in use, each once for as long as it and its codec stay the same. */
export class ExamplesCheck {
  readonly #options: ExamplesCheckOptions;
  readonly #known = new Map<string, { version: string; failing: FailingModel | undefined }>();

  constructor(options: ExamplesCheckOptions) {
    this.#options = options;
  }

  /** The models whose codec does not give what its examples say. One that cannot be checked does not stop the others. */
  async run(models: readonly DeviceModel[]): Promise<FailingModel[]> {
    const failing: FailingModel[] = [];
    for (const model of models) {
      const found = await this.#check(model);
      if (found) failing.push(found);
    }
    return failing;
  }

  async #check(model: DeviceModel): Promise<FailingModel | undefined> {
    // The examples are about the codec's own output.
    const { normalized: _, ...plain } = model;
    const codec = this.#options.models.codecFor(plain);
    const examples = this.#examplesOf(model);
    const version = `${codec.version} ${contentVersion(JSON.stringify(examples))}`;
    const known = this.#known.get(model.id);
    if (known?.version === version) return known.failing;
    const results = await runExamples(codec, examples, this.#options.language);
    const wrong = results.filter(({ passed }) => !passed);
    const [first] = wrong;
    const failing = first && { model, count: wrong.length, total: results.length, first };
    this.#known.set(model.id, { version, failing });
    return failing;
  }

  /** A damaged file of examples says nothing about the codec. */
  #examplesOf(model: DeviceModel): CodecExample[] {
    try {
      return this.#options.examplesOf(model);
    } catch (error) {
      if (error instanceof ByflytError) return [];
      throw error;
    }
  }
}
