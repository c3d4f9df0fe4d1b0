/** Real servers for tests, on free loopback ports with folders of their own. A missing server fails the test. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Aedes, type AedesOptions } from 'aedes';

export interface Server {
  url: string;
  port: number;
  /** Resolves when the server is gone. Keeps `folder` if one was given at the start. */
  stop(): Promise<void>;
}

/** A server that is a process of its own. */
export interface ServerProcess extends Server {
  /** For example SIGSTOP and SIGCONT: a server that hangs for a while. */
  signal(name: NodeJS.Signals): void;
  /** As a power cut does; resolves when it is gone. `stop` is still due. */
  kill(): Promise<void>;
}

export interface ServerOptions {
  /** Default: a free one. */
  port?: number;
  /** Data folder; default: a new one, removed by `stop`. */
  folder?: string;
}

/** A loopback TCP port that nothing listens on. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (typeof address !== 'object' || address === null) throw new Error('no free port');
  return address.port;
}

/** A new empty folder; the caller removes it. */
export function tempFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'byflyt-test-'));
}

/** InfluxDB 1.x (Debian's); with `auth` it asks for a user, and the first `CREATE USER` needs none. */
export async function startInfluxdb(
  options: ServerOptions & { auth?: boolean } = {},
): Promise<ServerProcess> {
  const [port, backupPort] = [options.port ?? (await freePort()), await freePort()];
  return startProcess(options, {
    program: 'influxd',
    package: 'influxdb',
    port,
    ready: async (url) => (await fetch(`${url}/ping`)).status === 204,
    arguments: async (folder) => {
      const file = join(folder, 'influxdb.conf');
      await writeFile(file, influxdbConfiguration(folder, port, backupPort, options.auth ?? false));
      return ['-config', file];
    },
  });
}

function influxdbConfiguration(folder: string, port: number, backupPort: number, auth: boolean): string {
  return `
reporting-enabled = false
bind-address = "127.0.0.1:${backupPort}"
[meta]
  dir = "${folder}/meta"
  logging-enabled = false
[data]
  dir = "${folder}/data"
  wal-dir = "${folder}/wal"
  query-log-enabled = false
[coordinator]
  log-queries-after = "0s"
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:${port}"
  auth-enabled = ${auth}
  log-enabled = false
[continuous_queries]
  enabled = false
[logging]
  level = "error"
  suppress-logo = true
`;
}

/** VictoriaMetrics, single node; it keeps numbers only. */
export async function startVictoriaMetrics(options: ServerOptions = {}): Promise<ServerProcess> {
  const port = options.port ?? (await freePort());
  return startProcess(options, {
    program: 'victoria-metrics',
    package: 'victoria-metrics',
    port,
    ready: async (url) => (await fetch(`${url}/health`)).ok,
    arguments: (folder) => [
      `-httpListenAddr=127.0.0.1:${port}`,
      `-storageDataPath=${join(folder, 'victoria')}`,
      '-retentionPeriod=100y',
      '-memory.allowedBytes=64MB',
      '-loggerLevel=ERROR',
    ],
  });
}

/** Mosquitto with the configuration `lines` (default: anonymous clients may do all). */
export async function startMosquitto(
  options: ServerOptions & { lines?: readonly string[] } = {},
): Promise<ServerProcess> {
  const port = options.port ?? (await freePort());
  const server = await startProcess(options, {
    program: 'mosquitto',
    package: 'mosquitto',
    port,
    ready: () => accepts(port),
    arguments: async (folder) => {
      const file = join(folder, 'mosquitto.conf');
      const fixed = [`listener ${port} 127.0.0.1`, ...(process.getuid?.() === 0 ? ['user root'] : [])];
      await writeFile(file, `${[...fixed, ...(options.lines ?? ['allow_anonymous true'])].join('\n')}\n`);
      return ['-c', file];
    },
  });
  return { ...server, url: `mqtt://127.0.0.1:${port}` };
}

/** An MQTT broker inside this process; `broker` allows to look at its clients and packets. */
export async function startAedes(
  options: ServerOptions & AedesOptions = {},
): Promise<Server & { broker: Aedes }> {
  const { port: wanted, folder: _unused, ...settings } = options;
  const broker = await Aedes.createBroker(settings);
  const server = createServer(broker.handle);
  const port = wanted ?? (await freePort());
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const stop = async () => {
    await new Promise<void>((resolve) => broker.close(resolve));
    await new Promise((resolve) => server.close(resolve));
  };
  return { url: `mqtt://127.0.0.1:${port}`, port, stop, broker };
}

interface ServerProgram {
  program: string;
  /** Variables beside those of this process. */
  environment?: Readonly<Record<string, string>>;
  /** Debian package that has it. */
  package: string;
  port: number;
  ready(url: string): Promise<boolean>;
  arguments(folder: string): readonly string[] | Promise<readonly string[]>;
}

/** Starts a server program and waits until it is ready; fails with its own words if it ends before. */
export async function startProcess(options: ServerOptions, program: ServerProgram): Promise<ServerProcess> {
  const folder = options.folder ?? (await tempFolder());
  await mkdir(folder, { recursive: true });
  const url = `http://127.0.0.1:${program.port}`;
  const child = spawn(program.program, await program.arguments(folder), {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      ...process.env,
      ...program.environment,
      PATH: `${process.env.PATH}:/usr/sbin:/usr/local/sbin`,
    },
  });
  const killWithTests = () => child.kill('SIGKILL');
  process.once('exit', killWithTests);
  const stop = async () => {
    process.removeListener('exit', killWithTests);
    await ended(child);
    if (options.folder === undefined) await rm(folder, { recursive: true, force: true });
  };
  try {
    await untilReady(child, program, url);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url,
    port: program.port,
    stop,
    signal: (name) => child.kill(name),
    kill: () => ended(child, 'SIGKILL'),
  };
}

async function untilReady(child: ChildProcess, program: ServerProgram, url: string): Promise<void> {
  let failure: Error | undefined;
  let output = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-2000);
  });
  child.once('error', (cause) => {
    failure = new Error(`${program.program} does not start: install the package ${program.package}`, {
      cause,
    });
  });
  child.once('exit', (code) => {
    failure ??= new Error(`${program.program} ended at once (${code}): ${output}`);
  });
  for (const deadline = Date.now() + 20_000; Date.now() < deadline; await delay(50)) {
    if (failure) throw failure;
    if (await program.ready(url).catch(() => false)) return;
  }
  throw new Error(`${program.program} was not ready within 20 s: ${output}`);
}

/** Ends a child; one that does not go within five seconds is killed. */
async function ended(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  const killer = setTimeout(() => child.kill('SIGKILL'), 5000);
  await gone;
  clearTimeout(killer);
}

/** Whether something listens on a loopback TCP port. */
export function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
