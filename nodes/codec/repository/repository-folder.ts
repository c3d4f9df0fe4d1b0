import { existsSync, realpathSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve, sep } from 'node:path';
import { CodecError, ConfigurationError } from '../../observation/errors.ts';

/** Bytes of a picture; published ones have at most 2000 x 2000 dots. */
const LARGEST_PICTURE = 4 * 1024 * 1024;
/** Bytes of a text; the largest published ones, codec definitions with their examples, have a third of that. */
const LARGEST_TEXT = 1024 * 1024;

/** What every repository has; tells one from any other folder. */
const VENDOR_INDEX = join('vendor', 'index.yaml');

/**
 * Where the repository is that a setting names: the path of a folder (a relative one starts at `base`), or the name of
 * an npm package that is installed for `base`. Throws ConfigurationError if there is none.
 */
export function locateRepository(setting: string, base: string): string {
  const found = [resolve(base, setting), ...packageFolders(setting, base)].find((folder) =>
    existsSync(join(folder, VENDOR_INDEX)),
  );
  if (found !== undefined) return realpathSync(found);
  throw new ConfigurationError({ key: 'codec.repository.notFound', parameters: { place: setting } });
}

/** As Node.js looks for packages: in `node_modules` of the folder and of all above it. */
function packageFolders(name: string, base: string): string[] {
  if (isAbsolute(name) || !/^(@[\w.-]+\/)?[\w.-]+$/.test(name)) return [];
  const folders = [];
  for (let folder = resolve(base); ; folder = dirname(folder)) {
    folders.push(join(folder, 'node_modules', name));
    if (folder === dirname(folder)) return folders;
  }
}

/** The files of a device repository below `vendor/`; nothing outside of the repository is ever read. */
export class RepositoryFolder {
  /** Without symbolic links. */
  readonly path: string;

  constructor(path: string) {
    this.path = realpathSync(path);
  }

  /**
   * Absolute path of a file that exists; `parts` may come from the repository itself. Throws CodecError if it is
   * missing, or would lie outside.
   */
  file(...parts: string[]): string {
    const name = parts.join('/');
    const wanted = resolve(this.path, 'vendor', ...parts);
    let real: string;
    try {
      this.#refuseOutside(wanted, name);
      real = realpathSync(wanted);
    } catch (cause) {
      if (cause instanceof CodecError) throw cause;
      throw new CodecError({ key: 'codec.repository.missing', parameters: { file: name } }, { cause });
    }
    // Also where a symbolic link points to.
    this.#refuseOutside(real, name);
    return real;
  }

  has(...parts: string[]): boolean {
    try {
      this.file(...parts);
      return true;
    } catch {
      return false;
    }
  }

  /** Rejects with CodecError if the file is missing, outside of the repository, far too large or no file. */
  picture(...parts: string[]): Promise<Buffer> {
    return this.#read(parts, LARGEST_PICTURE);
  }

  /** As `picture`, of a text file. */
  async text(...parts: string[]): Promise<string> {
    return (await this.#read(parts, LARGEST_TEXT)).toString('utf8').replace(/^\uFEFF/, '');
  }

  async #read(parts: string[], largest: number): Promise<Buffer> {
    const path = this.file(...parts);
    const name = parts.join('/');
    const found = await stat(path);
    // A pipe would be waited for without end.
    if (!found.isFile())
      throw new CodecError({ key: 'codec.repository.missing', parameters: { file: name } });
    if (found.size > largest) {
      const parameters = { file: name, megabytes: largest / 1024 / 1024 };
      throw new CodecError({ key: 'codec.repository.tooLarge', parameters });
    }
    try {
      return await readFile(path);
    } catch (cause) {
      throw new CodecError({ key: 'codec.repository.missing', parameters: { file: name } }, { cause });
    }
  }

  #refuseOutside(path: string, name: string): void {
    if (path.startsWith(this.path + sep)) return;
    throw new CodecError({ key: 'codec.repository.outside', parameters: { file: name } });
  }
}
