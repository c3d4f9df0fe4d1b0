import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { env, exit } from 'node:process';
import { ConfigurationError } from '../nodes/observation/errors.ts';
import { describeError, type Language, translate } from '../nodes/observation/messages.ts';
import { announcement } from './announcement.ts';
import { type RunningBroker, startBroker } from './broker.ts';
import { prepare } from './first-start.ts';
import { flowEnvironment } from './flow-environment.ts';
import { endOnUncaught } from './last-words.ts';
import { reachableHost } from './listen.ts';
import { ERROR, LogFile } from './log-file.ts';
import { type NodeSettings, type RunningNodeRed, startNodeRed } from './node-red.ts';
import { occupy } from './occupancy.ts';
import { packageRoot } from './package-root.ts';
import { feedSandbox, switchSandbox } from './sandbox.ts';
import { BROKER_USER, type Secrets } from './secrets.ts';
import { readSettings, type Settings } from './settings.ts';
import { createFirstUser } from './users.ts';

/** Time for nodes to flush before the process ends anyway. */
const STOP_WITHIN_MS = 10_000;

/**
 * Starts everything, prints where it is, and stops it at Ctrl-C or SIGTERM.
 * @throws ConfigurationError with what to change.
 */
export async function run(): Promise<void> {
  const settings = readSettings(env);
  // Node-RED's own nodes know no other time zone: "every day at 06:00" is meant where the municipality is.
  env.TZ = settings.timeZone;
  Object.assign(env, flowEnvironment(settings));
  if (!existsSync(join(packageRoot(), 'dist/nodes')))
    throw new ConfigurationError({ key: 'app.error.not_built' });
  const preparation = prepare(settings.data, settings.language);
  const { secrets } = preparation;
  const release = occupy(settings.data);
  const log = new LogFile(join(settings.data, 'logs'));
  endOnUncaught(log, settings.language);
  const broker = settings.broker ? undefined : await embeddedBroker(settings, secrets, log);
  const byflyt = nodeSettings(settings, secrets);
  const registry = switchSandbox(settings, secrets.credentialSecret);
  const nodeRed = await startNodeRed(settings, preparation, byflyt, log);
  openWhenSubscribed(broker, nodeRed, (error) => logError(log, error, settings.language));
  const stopFeed = await feedSandbox(settings, registry, byflyt.mqtt, broker);
  stopOnSignal(settings, [stopFeed, nodeRed.stop, async () => broker?.close(), async () => release()]);
  // Last, so that a start that fails never leaves a password that nobody has seen.
  const newPassword = await createFirstUser(settings.data);
  console.log(
    announcement(settings, {
      ...(broker && { brokerSignIn: broker.signIn }),
      newPassword,
      flows: nodeRed.flows,
    }),
  );
}

function embeddedBroker(settings: Settings, secrets: Secrets, log: LogFile): Promise<RunningBroker> {
  const { mqttHost: host, mqttPort: port, mqttReaders: readers, data, language } = settings;
  return startBroker({
    host,
    port,
    readers,
    username: BROKER_USER,
    password: secrets.brokerPassword,
    path: join(data, 'broker'),
    onError: (error) => logError(log, error, language),
  });
}

function logError(log: LogFile, error: unknown, language: Language): void {
  log.write({ level: ERROR, msg: describeError(error, language), timestamp: Date.now() });
}

/** Before that the broker would have nobody to give publications to, and forget them. Their senders wait. */
function openWhenSubscribed(
  broker: RunningBroker | undefined,
  { subscribed }: RunningNodeRed,
  onError: (error: unknown) => void,
): void {
  subscribed.then(() => broker?.open()).catch(onError);
}

function nodeSettings(settings: Settings, secrets: Secrets): NodeSettings {
  const embedded = {
    url: `mqtt://${reachableHost(settings.mqttHost)}:${settings.mqttPort}`,
    username: BROKER_USER,
    password: secrets.brokerPassword,
  };
  return {
    dataFolder: settings.data,
    language: settings.language,
    timeZone: settings.timeZone,
    sandbox: settings.sandbox,
    journal: settings.journal,
    outbox: settings.outbox,
    ...(settings.publicUrl && { publicUrl: settings.publicUrl }),
    ...(settings.trustedProxies && { trustedProxies: settings.trustedProxies }),
    ...(settings.metricsToken && { metricsToken: settings.metricsToken }),
    ...(settings.deviceRepository && { deviceRepository: settings.deviceRepository }),
    mqtt: settings.broker ?? embedded,
    database: settings.database ?? settings.kept,
  };
}

/** Stops the parts in their order. A second signal ends at once. */
function stopOnSignal(settings: Settings, stops: readonly (() => Promise<void>)[]): void {
  let stopping = false;
  const stop = async (): Promise<void> => {
    if (stopping) exit(1);
    stopping = true;
    console.log(translate(settings.language, 'app.start.stopping'));
    setTimeout(() => exit(1), STOP_WITHIN_MS).unref();
    for (const part of stops) await part();
    exit(0);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      stop().catch((error: unknown) => {
        console.error(error);
        exit(1);
      });
    });
  }
}
