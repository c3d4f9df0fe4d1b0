import type { DeviceRegistry } from './registry.ts';

/** What the config node byflyt-devices offers to the nodes that name it. */
export interface DevicesNode {
  readonly registry: DeviceRegistry;
}
