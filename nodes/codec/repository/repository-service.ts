import { join } from 'node:path';
import { readJson, writeJsonAtomically } from '../../devices/atomic-file.ts';
import type { DeviceModel } from '../../devices/device.ts';
import { CodecError, ConfigurationError } from '../../observation/errors.ts';
import { type Language, translate } from '../../observation/messages.ts';
import type { ModelCatalog } from '../models.ts';
import { codecFromSource } from '../scripted-codec.ts';
import { type Adoption, adopt, choiceProblems, modelId, type NameChoice } from './adopt.ts';
import { type ExampleResult, runExamples } from './codec-examples.ts';
import { sampleCodec } from './codec-sample.ts';
import {
  type DeviceProfile,
  DeviceRepository,
  type Named,
  type RepositoryCodec,
  type RepositoryDevice,
} from './device-repository.ts';
import { type NameRow, nameRows, type QuantityOption, quantityOptions } from './name-rows.ts';
import { locateRepository } from './repository-folder.ts';

export interface RepositoryServiceOptions {
  /** The data folder. */
  folder: string;
  models: Pick<ModelCatalog, 'get' | 'codecFor'>;
  /** Where the repository is, by the settings of this Node-RED; empty if they do not say. */
  setting: string;
  /** Where relative paths begin, and the search for npm packages. */
  base: string;
}

/** Which codec of which device, as the form has chosen it. */
export interface CodecChoice {
  brand: string;
  device: string;
  firmware: string;
  region: string;
}

export interface CodecView {
  version: string;
  fPort?: number;
  profile?: DeviceProfile;
  normalizes: boolean;
  exampleCount: number;
  rows: NameRow[];
  quantities: QuantityOption[];
  /** Minutes, as it was chosen before. */
  interval?: number;
  /** The model that was made of it before, and whether the repository has another codec by now. */
  model?: { id: string; isOutdated: boolean };
}

/** What became of a choice: the model, or a sentence for each wrong decision. */
export type AdoptionResult =
  | { id: string; vendor: string; name: string }
  | { problems: { path?: string; text: string }[] };

/** What the editor's form for choosing a sensor of the device repository asks for. */
export class RepositoryService {
  readonly #options: RepositoryServiceOptions;
  #opened: { path: string; repository: DeviceRepository } | undefined;

  constructor(options: RepositoryServiceOptions) {
    this.#options = options;
  }

  /** Where the repository is; `fixed` if a setting says so, and the form cannot change it. */
  place(): { place: string; fixed: boolean } {
    const { setting } = this.#options;
    return setting === '' ? { place: this.#chosenPlace(), fixed: false } : { place: setting, fixed: true };
  }

  /** Remembers where the repository is. Throws ConfigurationError if there is none, or a setting says where it is. */
  choosePlace(place: string): void {
    if (this.place().fixed) throw new ConfigurationError({ key: 'codec.repository.fixed' });
    if (place !== '') locateRepository(place, this.#options.base);
    writeJsonAtomically(this.#placeFile(), { place });
  }

  brands(): Promise<Named[]> {
    return this.#repository().brands();
  }

  devices(brand: string): Promise<Named[]> {
    return this.#repository().devices(brand);
  }

  device(brand: string, device: string): Promise<RepositoryDevice> {
    return this.#repository().device(brand, device);
  }

  photo(brand: string, device: string): Promise<{ type: string; bytes: Buffer }> {
    return this.#repository().photo(brand, device);
  }

  /** What was chosen for a model that came from a repository; undefined for any other. */
  choiceOf(model: string): CodecChoice | undefined {
    const source = this.#options.models.get(model)?.repository;
    if (!source) return undefined;
    const { brand, device, firmware, region } = source;
    return { brand, device, firmware, region };
  }

  /** Those of the models whose codec the repository has changed since they were taken; none if it cannot be read. */
  async renewed(models: readonly DeviceModel[]): Promise<DeviceModel[]> {
    const renewed: DeviceModel[] = [];
    for (const model of models) {
      const source = model.repository;
      const codec = source && (await optional(this.#codecOf(source)));
      if (codec && codec.version !== source.version) renewed.push(model);
    }
    return renewed;
  }

  async #codecOf({ brand, codec }: NonNullable<DeviceModel['repository']>): Promise<RepositoryCodec> {
    return this.#repository().codec(brand, codec);
  }

  /** What a person must see of a codec before they use it. */
  async codec(choice: CodecChoice, language: Language): Promise<CodecView> {
    const { device, codec, profile } = await this.#chosen(choice);
    const sample = await sampleCodec(codecFromSource(codec.script, codec.source), codec.examples);
    const before = this.#modelBefore(device, codec.id);
    return {
      version: codec.version,
      ...(sample.fPort !== undefined && { fPort: sample.fPort }),
      ...(profile && { profile }),
      normalizes: sample.normalizes,
      exampleCount: codec.examples.length,
      rows: nameRows(sample.names, before),
      quantities: quantityOptions(device.sensors, language),
      ...(before && { interval: before.interval, model: this.#stateOf(before, codec) }),
    };
  }

  /** Runs all examples of a codec. */
  async examples(choice: CodecChoice, language: Language): Promise<ExampleResult[]> {
    const { codec } = await this.#chosen(choice);
    return runExamples(codecFromSource(codec.script, codec.source), codec.examples, language);
  }

  /** Makes a device model of a choice: from then on devices may have it. */
  async adopt(
    choice: CodecChoice & { interval: number; choices: readonly NameChoice[] },
    language: Language,
  ): Promise<AdoptionResult> {
    const { device, codec } = await this.#chosen(choice);
    const sample = await sampleCodec(codecFromSource(codec.script, codec.source), codec.examples);
    const { firmware, region, interval, choices } = choice;
    const isKnown = ({ path }: NameChoice) => sample.names.some((name) => name.path === path);
    const adoption: Adoption = {
      device,
      codec,
      sample,
      firmware,
      region,
      interval,
      choices: choices.filter(isKnown),
    };
    const problems = choiceProblems(adoption).map(({ path, key, parameters }) => ({
      ...(path !== undefined && { path }),
      text: translate(language, key, parameters),
    }));
    if (problems.length > 0) return { problems };
    const { id, vendor, name } = adopt(this.#options.folder, adoption, (other) =>
      this.#isForeign(other, device),
    );
    return { id, vendor, name };
  }

  #repository(): DeviceRepository {
    const { place } = this.place();
    if (place === '') throw new ConfigurationError({ key: 'codec.repository.noPlace' });
    const path = locateRepository(place, this.#options.base);
    if (this.#opened?.path !== path) this.#opened = { path, repository: new DeviceRepository(path) };
    return this.#opened.repository;
  }

  async #chosen({ brand, device: id, firmware, region }: CodecChoice): Promise<{
    device: RepositoryDevice;
    codec: RepositoryCodec;
    profile?: DeviceProfile;
  }> {
    const repository = this.#repository();
    const device = await repository.device(brand, id);
    const chosen = device.firmwares
      .find(({ version }) => version === firmware)
      ?.regions.find((each) => each.region === region);
    if (chosen?.codec === undefined) {
      const parameters = { device: device.name, firmware, region };
      throw new ConfigurationError({ key: 'codec.repository.noCodec', parameters });
    }
    const codec = await repository.codec(brand, chosen.codec);
    const profile =
      chosen.profile && (await optional(repository.profile(chosen.profile.vendor, chosen.profile.id)));
    return { device, codec, ...(profile && { profile }) };
  }

  #modelBefore(device: RepositoryDevice, codec: string): DeviceModel | undefined {
    const id = modelId(device, codec, (other) => this.#isForeign(other, device));
    const model = this.#options.models.get(id);
    return model?.repository && model;
  }

  /** Whether a model of another origin, or of another device of the repository, has that id. */
  #isForeign(id: string, { brand, id: device }: RepositoryDevice): boolean {
    const model = this.#options.models.get(id);
    return (
      model !== undefined && !(model.repository?.brand === brand.id && model.repository.device === device)
    );
  }

  #stateOf(model: DeviceModel, codec: RepositoryCodec): NonNullable<CodecView['model']> {
    return { id: model.id, isOutdated: this.#options.models.codecFor(model).version !== codec.version };
  }

  #placeFile(): string {
    return join(this.#options.folder, 'device-repository.json');
  }

  #chosenPlace(): string {
    const { place } = (readJson(this.#placeFile()) ?? {}) as { place?: unknown };
    return typeof place === 'string' ? place : '';
  }
}

/** What may be missing without harm: a broken profile must not hide the codec. */
async function optional<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof CodecError || error instanceof ConfigurationError) return undefined;
    throw error;
  }
}
