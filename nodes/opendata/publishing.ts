import type { Problem } from '../observation/errors.ts';
import { blocksOf, publicDevices } from './privacy.ts';
import type { Publications } from './publications.ts';
import type { Entry, Site } from './site.ts';

/** Keeps a dataset of a node on the site while the gate lets it, and off it otherwise. */
export class Publishing {
  readonly entry: Entry;
  readonly #site: Site;
  readonly #publications: Publications;
  readonly #stopWatching: () => void;
  #unpublish: (() => void) | undefined;
  #blocks: Problem[] = [];

  /** `onChange` is called when somebody approved, withdrew or restored something. Throws ConfigurationError if the address is taken. */
  constructor(entry: Entry, site: Site, publications: Publications, onChange: () => void) {
    this.entry = entry;
    this.#site = site;
    this.#publications = publications;
    this.#update();
    this.#stopWatching = publications.onChange(() => {
      this.#update();
      onChange();
    });
  }

  /** Why the dataset is not published, each with what to do; empty if it is. */
  get blocks(): readonly Problem[] {
    return this.#blocks;
  }

  /** Ids of the devices that would be in it if somebody agreed to it now. */
  get candidates(): string[] {
    const { dataset, sources } = this.entry;
    const devices = sources.devices();
    const everyone = devices.map(({ id }) => id);
    return [...publicDevices(dataset, devices, everyone).places.keys()];
  }

  close(): void {
    this.#stopWatching();
    this.#unpublish?.();
  }

  #update(): void {
    this.#blocks = blocksNow(this.entry.dataset, this.#publications);
    const isFree = this.#blocks.length === 0;
    if (isFree && !this.#unpublish) {
      this.#publish();
    } else if (!isFree) {
      this.#unpublish?.();
      this.#unpublish = undefined;
    } else this.#site.changed(this.entry.dataset.id);
  }

  /** Nothing is shown of which the change log does not know. */
  #publish(): void {
    // Another one each time: what was kept of it before it was withdrawn is not there again.
    const unpublish = this.#site.publish({ ...this.entry });
    try {
      this.#publications.shown(this.entry.dataset);
    } catch (error) {
      unpublish();
      throw error;
    }
    this.#unpublish = unpublish;
  }
}

/** Why a dataset may not be seen by anybody now, each with what to do. */
export function blocksNow(dataset: Entry['dataset'], publications: Publications): Problem[] {
  if (publications.standing(dataset.id)?.withdrawn) return [{ key: 'opendata.gate.withdrawn' }];
  const overlap = publications.overlapping(dataset);
  const blocks = blocksOf(dataset, publications.approvedDevices(dataset) !== undefined);
  if (publications.isUnmarked(dataset.id)) blocks.push({ key: 'opendata.gate.unmarked' });
  if (!overlap) return blocks;
  const { other, quantity } = overlap;
  return [...blocks, { key: 'opendata.gate.overlap', parameters: { other: other.id, quantity } }];
}
