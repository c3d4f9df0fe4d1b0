import type { Device } from '../devices/device.ts';
import type { Store } from '../timeseries/store.ts';
import type { Dataset } from './dataset.ts';
import type { ReleaseBook } from './release-book.ts';

/** Where datasets are read from. */
export interface Sources {
  store(sandbox: boolean): Store;
  devices(): readonly Device[];
  /** ms since 1970 UTC; absent: this machine's clock. */
  now?(): number;
  /** IANA name of the clock by which days and months of released values begin; absent: UTC. */
  timeZone?: string;
  /** Absent: nothing comes out that people must agree to or that is released once and for good. */
  publications?: Decisions;
}

/** What was decided about datasets. */
export interface Decisions {
  /** Ids of the devices that a second person agreed to, for a dataset as it is now; undefined if nobody did. */
  approvedDevices(dataset: Dataset): readonly string[] | undefined;
  /** What a dataset released so far. */
  book(dataset: Dataset): ReleaseBook;
}
