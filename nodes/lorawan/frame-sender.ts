import type { Device, DeviceKeys } from '../devices/device.ts';
import type { DeviceRegistry } from '../devices/registry.ts';
import type { FrameOrigin, FrameSessions, FrameVerdict } from './frame-sessions.ts';
import type { DataFrame } from './frames.ts';

/** A device whose keys fit a frame, and what its frame counter says. */
export interface FrameSender {
  device: Device;
  keys: DeviceKeys;
  verdict: Exclude<FrameVerdict, { result: 'wrong-mic' }>;
}

/** Which of the devices sent a frame: several may share an address, so the MIC decides. An accepted frame is counted. */
export function senderOf(
  frame: DataFrame,
  devices: readonly Device[],
  registry: Pick<DeviceRegistry, 'frameKeys'>,
  sessions: FrameSessions,
  origin: FrameOrigin,
): FrameSender | undefined {
  for (const device of devices) {
    const keys = registry.frameKeys(device.id, frame.devAddr);
    if (!keys?.nwkSKey || !keys.appSKey) continue;
    const verdict = sessions.open(device.id, frame, keys, device.frameCounter ?? 'strict', origin);
    if (verdict.result !== 'wrong-mic') return { device, keys, verdict };
  }
  return undefined;
}
