/** CoAP at a real port: confirmable exchanges per second of the process's own time, and what endpoints take in memory. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { memoryUsage } from 'node:process';
import { ModelCatalog } from '../nodes/codec/models.ts';
import { openRegistry } from '../nodes/devices/registry.ts';
import { Intake } from '../nodes/intake/intake.ts';
import { CoapEndpoint } from '../nodes/nbiot/coap-endpoint.ts';
import { CODE, NO_BYTES, writeCoap } from '../nodes/nbiot/coap-message.ts';
import { uintOption } from '../nodes/nbiot/coap-options.ts';
import { CoapTransport } from '../nodes/nbiot/coap-transport.ts';
import { DatagramIntake } from '../nodes/nbiot/datagram-intake.ts';
import { KnownSources } from '../nodes/nbiot/known-sources.ts';
import { RateLimit } from '../nodes/nbiot/rate-limit.ts';
import { WaitingDownlinks } from '../nodes/nbiot/waiting-downlinks.ts';
import { openDataFolder } from '../nodes/persistence/data-folder.ts';

const PORT = 15_683;
const SECONDS = 5;
const WINDOW = 64;
const ENDPOINTS = 10_000;
const MESSAGES = 3;

/** Exchanges in a run, seconds that it took, and seconds of processor time of all threads of this process. */
interface Run {
  exchanges: number;
  repeated: number;
  wall: number;
  cpu: number;
}

/** Confirmable POSTs from another process, each on disk (as the journal's default says) before it is answered. */
export async function coapExchanges(): Promise<Run> {
  const folder = mkdtempSync(path.join(tmpdir(), 'byflyt-bench-coap-'));
  const data = openDataFolder(folder);
  const registry = openRegistry(folder, 'a secret of the benchmark');
  registry.save({ id: 'bins', name: 'Bins', area: 'waste', model: 'efento-nb', address: '127.0.0.1' });
  const { state, journal } = data;
  const known = new KnownSources({ registry, state });
  const taker = new Intake({
    id: 'bench',
    transport: 'nbiot',
    journal,
    // A flow that decided at once, so that the journal does not fill.
    emit: ({ intake }) => journal.settle(intake?.journalId ?? '', 'stored'),
  });
  const intake = new DatagramIntake({
    ...{ registry, known, models: ModelCatalog.open(), acknowledgement: '' },
    onDrop: () => undefined,
    waiting: new WaitingDownlinks({ state, scope: 'bench', onState: () => undefined }),
    accept: (message) => taker.accept(message),
  });
  const limit = new RateLimit({
    isKnown: (address) => known.has(address),
    perSource: 1e6,
    strangers: 0,
    onDrop: () => undefined,
  });
  const connected = Promise.withResolvers<void>();
  const transport = new CoapTransport(
    { port: PORT, address: '127.0.0.1', paths: [], longest: 16_384, observed: [], limit, intake },
    {
      onState: (now) => now === 'connected' && connected.resolve(),
      onError: (error) => {
        throw error;
      },
    },
  );
  transport.start();
  await connected.promise;
  try {
    // Compiled and warm before it counts.
    await clientRun(1);
    return await clientRun(SECONDS);
  } finally {
    await transport.stop();
    known.close();
    data.release();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function clientRun(seconds: number): Promise<Run> {
  const before = process.cpuUsage();
  const start = performance.now();
  const client = fork(path.join(import.meta.dirname, 'coap-client.ts'), [PORT, WINDOW, seconds].map(String));
  const [{ answered, repeated }] = (await once(client, 'message')) as [
    { answered: number; repeated: number },
  ];
  const { user, system } = process.cpuUsage(before);
  return {
    exchanges: answered,
    repeated,
    wall: (performance.now() - start) / 1000,
    cpu: (user + system) / 1e6,
  };
}

/** Megabytes that are kept of endpoints that sent some messages each, one of them in blocks that are not whole yet. */
export async function endpointMemory(): Promise<{ endpoints: number; messages: number; megabytes: number }> {
  const coap = new CoapEndpoint({
    send: () => undefined,
    handle: async () => ({ code: CODE.changed }),
  });
  const before = heapMegabytes();
  for (let endpoint = 0; endpoint < ENDPOINTS; endpoint++) {
    const source = { address: `10.64.${endpoint >> 8}.${endpoint & 0xff}`, port: 40_000 };
    for (let messageId = 0; messageId < MESSAGES; messageId++) {
      const isPart = messageId === MESSAGES - 1;
      const options = isPart ? [uintOption(27, 8)] : [];
      const payload = Buffer.alloc(isPart ? 16 : 100, endpoint);
      const header = { type: 'CON', code: CODE.post, messageId, token: NO_BYTES } as const;
      coap.receive(writeCoap({ ...header, options, payload }), source);
    }
  }
  await new Promise((resolve) => setTimeout(resolve, 50));
  const megabytes = heapMegabytes() - before;
  coap.close();
  return { endpoints: ENDPOINTS, messages: ENDPOINTS * MESSAGES, megabytes };
}

function heapMegabytes(): number {
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = memoryUsage();
  return (heapUsed + arrayBuffers) / 1e6;
}
