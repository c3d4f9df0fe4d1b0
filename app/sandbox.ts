import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LearnedLog } from '../nodes/anomaly/learned-log.ts';
import { type DeviceRegistry, openRegistry } from '../nodes/devices/registry.ts';
import { ByflytError } from '../nodes/observation/errors.ts';
import { describeError, type Language } from '../nodes/observation/messages.ts';
import { openDataFolder } from '../nodes/persistence/data-folder.ts';
import { NBIOT_DEVICES } from '../nodes/simulator/nbiot-devices.ts';
import type { NbiotPorts } from '../nodes/simulator/nbiot-senders.ts';
import { SANDBOX_DEVICES } from '../nodes/simulator/sandbox-devices.ts';
import { registerSandbox, removeSandbox } from '../nodes/simulator/sandbox-registry.ts';
import type { RunningBroker } from './broker.ts';
import type { NodeSettings } from './node-red.ts';
import type { Settings } from './settings.ts';

/** With an external broker nobody tells when the flows have subscribed. */
const SUBSCRIBING_MS = 5_000;

/** The sandbox's switch: registers its devices, or takes them away. To be called before the flows start. */
export function switchSandbox(settings: Settings, credentialSecret: string): DeviceRegistry {
  const registry = openRegistry(settings.data, credentialSecret);
  if (settings.sandbox) registerSandbox(registry, settings.language);
  else {
    removeSandbox(registry);
    forgetState(settings);
  }
  return registry;
}

/** Open alarms, counters and detectors of sandbox devices: a part of the key is the device's id. */
function forgetState({ data, ...settings }: Settings): void {
  const ids = new Set([...SANDBOX_DEVICES, ...NBIOT_DEVICES].map(({ id }) => id));
  const folder = openDataFolder(data, settings);
  for (const key of folder.state.keys('')) {
    if (key.split('/').some((part) => ids.has(part))) folder.state.delete(key);
  }
  folder.release();
  new LearnedLog(data).forget(ids);
}

/** Starts the devices' feed, if the sandbox is on. Returns how to stop it. */
export async function feedSandbox(
  settings: Settings,
  registry: DeviceRegistry,
  mqtt: NodeSettings['mqtt'],
  broker: RunningBroker | undefined,
): Promise<() => Promise<void>> {
  if (!settings.sandbox) return async () => undefined;
  // Only where it is needed, as it takes megabytes.
  const { Simulator } = await import('../nodes/simulator/simulator.ts');
  const report = reporter(settings.language);
  const simulator = new Simulator({
    registry,
    broker: mqtt,
    progressPath: join(settings.data, 'sandbox.json'),
    seed: randomInt(2 ** 31),
    listening: broker ? (topic) => broker.listening(topic) : () => sleep(SUBSCRIBING_MS),
    onError: report,
  });
  const { NbiotSimulator } = await import('../nodes/simulator/nbiot-simulator.ts');
  const nbiot = new NbiotSimulator({
    ports: portsOf(settings),
    progressPath: join(settings.data, 'sandbox-nbiot.json'),
    seed: randomInt(2 ** 31),
    onError: report,
  });
  simulator.start();
  nbiot.start();
  return async () => {
    await Promise.all([simulator.stop(), nbiot.stop()]);
  };
}

/** The devices run on this machine. */
function portsOf({ nbiot: { host, coapPort, udpPort, lwm2mPort } }: Settings): NbiotPorts {
  const isAny = host === '0.0.0.0' || host === '::';
  return { host: isAny ? '127.0.0.1' : host, coap: coapPort, udp: udpPort, lwm2m: lwm2mPort };
}

/** Tells of an error once, not at every attempt to connect. */
function reporter(language: Language): (error: Error) => void {
  const told = new Set<string>();
  return (error) => {
    const sentence = error instanceof ByflytError ? describeError(error, language) : error.message;
    if (!told.has(sentence)) console.error(sentence);
    told.add(sentence);
  };
}
