import { fileVersion } from '../../devices/atomic-file.ts';
import { CodecError } from '../../observation/errors.ts';
import { contentVersion } from '../version.ts';
import { type CodecExample, readExamples } from './codec-examples.ts';
import { commandScripts, withFunctionsOf } from './joined-script.ts';
import { RepositoryFolder } from './repository-folder.ts';
import { parseYaml, type YamlObject, yamlList, yamlObject, yamlText } from './yaml-file.ts';

/** A brand, or a device of one, by the name that people know it by. */
export interface Named {
  id: string;
  name: string;
}

/** What differs between the radio bands a firmware can be used in. */
export interface RegionChoice {
  /** As LoRaWAN names it: `EU863-870`. */
  region: string;
  /** Codec definition in the brand's folder; absent if the repository has none. */
  codec?: string;
  /** Profile, in the folder of that vendor (module makers share theirs). */
  profile?: { vendor: string; id: string };
}

export interface FirmwareChoice {
  version: string;
  hardware: string[];
  regions: RegionChoice[];
}

export interface RepositoryDevice extends Named {
  brand: Named;
  description?: string;
  firmwares: FirmwareChoice[];
  /** In the repository's own words: `temperature`, `pir`. */
  sensors: string[];
  /** File of the picture in the brand's folder. */
  photo?: string;
  productUrl?: string;
  dataSheetUrl?: string;
}

/** How the device is spoken to, as far as staff must know. */
export interface DeviceProfile {
  macVersion?: string;
  /** False: keys are set by hand (ABP). */
  joins?: boolean;
  classes: string;
}

export interface RepositoryCodec {
  /** Of the definition. */
  id: string;
  /** Script file for uplinks in the brand's folder. */
  script: string;
  /** With what other files have for commands. */
  source: string;
  /** Content hash of `source`. */
  version: string;
  examples: CodecExample[];
}

/** Ids come from the browser and from YAML files; they name files. Real ones have dots and underscores too. */
const ID = /^[a-z0-9][\w.-]{0,99}$/i;
const PICTURE = /\.(png|jpe?g|webp)$/i;

/**
 * A checkout of the LoRaWAN device repository, or a folder of the same layout. Files are read when they are asked for;
 * the lists of brands and of a brand's devices are kept until their index file changes.
 * All methods reject with CodecError that names the file which is wrong.
 * Layout: https://github.com/TheThingsNetwork/lorawan-devices, chapter "Files and Directories" of its README.
 */
export class DeviceRepository {
  readonly #folder: RepositoryFolder;
  readonly #lists = new Map<string, { version: string; list: Promise<Named[]> }>();

  constructor(path: string) {
    this.#folder = new RepositoryFolder(path);
  }

  /** Brands with devices, by name. */
  brands(): Promise<Named[]> {
    return this.#list('index.yaml', async () => {
      const { vendors } = await this.#yaml('index.yaml');
      return yamlList(vendors).flatMap((entry) => {
        const vendor = yamlObject(entry);
        const id = yamlText(vendor?.id);
        if (id === undefined || !ID.test(id) || !this.#folder.has(id, 'index.yaml')) return [];
        return { id, name: yamlText(vendor?.name) ?? id };
      });
    });
  }

  /** Devices of a brand, by name; one whose file is broken goes by its id. */
  devices(brand: string): Promise<Named[]> {
    return this.#list(`${idOf(brand)}/index.yaml`, async () => {
      const { endDevices } = await this.#yaml(brand, 'index.yaml');
      const ids = yamlList(endDevices).flatMap((entry) => yamlText(entry) ?? []);
      const devices: Named[] = [];
      for (const id of new Set(ids)) {
        if (ID.test(id)) devices.push({ id, name: (await this.#nameOf(brand, id)) ?? id });
      }
      return devices;
    });
  }

  async device(brandId: string, id: string): Promise<RepositoryDevice> {
    const file = await this.#yaml(idOf(brandId), `${idOf(id)}.yaml`);
    const brand = (await this.brands()).find((each) => each.id === brandId) ?? { id: brandId, name: brandId };
    const photo = yamlText(yamlObject(file.photos)?.main);
    const [description, productUrl, dataSheetUrl] = [
      yamlText(file.description),
      webAddress(file.productURL),
      webAddress(file.dataSheetURL),
    ];
    return {
      id,
      brand,
      name: yamlText(file.name) ?? id,
      ...(description !== undefined && { description }),
      firmwares: yamlList(file.firmwareVersions).flatMap((entry) =>
        firmwareOf(brandId, yamlObject(entry) ?? {}),
      ),
      sensors: yamlList(file.sensors).flatMap((sensor) => yamlText(sensor)?.toLowerCase() ?? []),
      ...(photo !== undefined && PICTURE.test(photo) && this.#folder.has(brandId, photo) && { photo }),
      ...(productUrl !== undefined && { productUrl }),
      ...(dataSheetUrl !== undefined && { dataSheetUrl }),
    };
  }

  async profile(vendor: string, id: string): Promise<DeviceProfile> {
    const file = await this.#yaml(idOf(vendor), `${idOf(id)}.yaml`);
    const macVersion = yamlText(file.macVersion);
    return {
      ...(macVersion !== undefined && { macVersion }),
      ...(typeof file.supportsJoin === 'boolean' && { joins: file.supportsJoin }),
      classes: `A${file.supportsClassB === true ? ', B' : ''}${file.supportsClassC === true ? ', C' : ''}`,
    };
  }

  async codec(brand: string, id: string): Promise<RepositoryCodec> {
    const file = `${idOf(id)}.yaml`;
    const definition = await this.#yaml(idOf(brand), file);
    const script = yamlText(yamlObject(definition.uplinkDecoder)?.fileName);
    if (script === undefined) {
      throw new CodecError({ key: 'codec.repository.noDecoder', parameters: { file: `${brand}/${file}` } });
    }
    let source = await this.#folder.text(brand, script);
    for (const [other, functions] of commandScripts(definition, script)) {
      source = withFunctionsOf(source, await this.#folder.text(brand, other), functions);
    }
    return { id, script, source, version: contentVersion(source), examples: readExamples(definition) };
  }

  /** The bytes of a device's picture and their media type. */
  async photo(brand: string, device: string): Promise<{ type: string; bytes: Buffer }> {
    const { photo } = await this.device(brand, device);
    if (photo === undefined) {
      throw new CodecError({ key: 'codec.repository.missing', parameters: { file: `${brand}/${device}` } });
    }
    const ending = photo.split('.').at(-1)?.toLowerCase() ?? '';
    return {
      type: `image/${ending === 'jpg' ? 'jpeg' : ending}`,
      bytes: await this.#folder.picture(brand, photo),
    };
  }

  #list(index: string, read: () => Promise<Named[]>): Promise<Named[]> {
    const version = fileVersion(this.#folder.file(index));
    const known = this.#lists.get(index);
    if (known?.version === version) return known.list;
    const list = read().then((found) => found.sort((one, other) => one.name.localeCompare(other.name)));
    this.#lists.set(index, { version, list });
    // What went wrong may be mended in another file.
    list.catch(() => this.#lists.delete(index));
    return list;
  }

  async #yaml(...parts: string[]): Promise<YamlObject> {
    return parseYaml(parts.join('/'), await this.#folder.text(...parts));
  }

  /** Only the line with the name is parsed: brands have up to two hundred devices. Undefined if it cannot be read. */
  async #nameOf(brand: string, device: string): Promise<string | undefined> {
    const file = `${device}.yaml`;
    try {
      const text = await this.#folder.text(brand, file);
      const line = /^name:.+$/m.exec(text)?.[0] ?? text;
      return yamlText((await parseYaml(`${brand}/${file}`, line)).name);
    } catch (error) {
      if (error instanceof CodecError) return undefined;
      throw error;
    }
  }
}

function firmwareOf(brand: string, entry: YamlObject): FirmwareChoice[] {
  const version = yamlText(entry.version);
  if (version === undefined) return [];
  const regions = Object.entries(yamlObject(entry.profiles) ?? {}).map(([region, profile]) =>
    regionOf(brand, region, yamlObject(profile) ?? {}),
  );
  const hardware = yamlList(entry.hardwareVersions).flatMap((one) => yamlText(one) ?? []);
  return [{ version, hardware, regions }];
}

function regionOf(brand: string, region: string, entry: YamlObject): RegionChoice {
  const [codec, id, vendor = brand] = [yamlText(entry.codec), yamlText(entry.id), yamlText(entry.vendorID)];
  return {
    region,
    ...(codec !== undefined && { codec }),
    ...(id !== undefined && { profile: { vendor, id } }),
  };
}

function idOf(id: string): string {
  if (ID.test(id) && !id.includes('..')) return id;
  throw new CodecError({ key: 'codec.repository.badId', parameters: { id: id.slice(0, 100) } });
}

/** Links of strangers: nothing but plain web addresses. */
function webAddress(value: unknown): string | undefined {
  const text = yamlText(value);
  return text !== undefined && /^https?:\/\//i.test(text) && URL.canParse(text) ? text : undefined;
}
