import type { ModelCatalog } from '../codec/models.ts';
import type { DevicesNode } from '../devices/devices-node.ts';
import { isArea } from '../observation/areas.ts';
import { CalmStatus, type Status } from '../observation/calm-status.ts';
import { ConfigurationError } from '../observation/errors.ts';
import { type FlowMessage, type FlowNode, runInput } from '../observation/flow-node.ts';
import type { Language } from '../observation/messages.ts';
import { describeError, translate } from '../observation/messages.ts';
import { andThen, type NowOrLater } from '../observation/now-or-later.ts';
import { acquireDataFolder, type DataFolder } from '../persistence/data-folder.ts';
import type { CodecListeners } from './codec-reports.ts';
import type { DecoderOptions } from './decoder.ts';
import type { FlowDecoder } from './flow-decoder.ts';
import { present } from './json-fields.ts';
import { ReadingCount } from './reading-count.ts';
import { sharedAreas } from './served-areas.ts';

/** Sends a message on the first output, or a list with one for each. */
export type Send = (messages: object) => void;
interface Opening {
  /** `RED.settings`. */
  settings: object;
  /** The node's device list, if one is chosen. */
  devices: DevicesNode | null;
  /** Empty: all areas. */
  area: string;
  models: ModelCatalog;
  /** Id of the node. */
  scope: string;
  network: 'lorawan' | 'nbiot';
}

/** What a decoder of any network is told. */
type DecoderBasics = Pick<DecoderOptions, 'registry' | 'served' | 'models' | 'state' | 'scope' | 'area'>;

/**
 * Opens what a decode node works with; `close` gives it back. Throws ConfigurationError `lorawan.error.noDevices` and what the
 * data folder throws.
 */
export function openDecoding({ settings, devices, area: chosen, models, scope, network }: Opening): {
  folder: DataFolder;
  options: DecoderBasics;
  close(): void;
} {
  if (!devices) throw new ConfigurationError({ key: 'lorawan.error.noDevices' });
  const { registry } = devices;
  const folder = acquireDataFolder(settings);
  const area = isArea(chosen) ? chosen : undefined;
  const served = sharedAreas(registry, network);
  const stopServing = served.add(area);
  return {
    folder,
    options: present<DecoderBasics>({ registry, served, models, state: folder.state, scope, area }),
    close: () => {
      stopServing();
      folder.release();
    },
  };
}

type Done = (error?: Error) => void;

/** The parts of a Node-RED node that a decode node of any network uses. */
interface DecodingNode extends FlowNode {
  warn(sentence: string): void;
}

interface Decoding {
  flow: Pick<FlowDecoder, 'decode'>;
  /** What is wrong with files of device models; a new list when it changes. */
  models: { problems(): readonly unknown[] };
  language: Language;
  /** IANA name. */
  timeZone: string;
  /** A sentence that stands in place of how many readings came, if there is something to look after. */
  remark?: () => string | undefined;
  /** Whether a problem is told in the journal alone. */
  isQuiet?: (problem: unknown) => boolean;
}

/**
 * What a decode node does with each message: readings leave on the first output, what is no reading on the second, and
 * the status counts them.
 */
export function runDecoding(
  node: DecodingNode,
  { flow, models, language, timeZone, remark, isQuiet }: Decoding,
): { take(message: FlowMessage, send: Send, done: Done): void; close(): void } {
  const status = new CalmStatus(node);
  const count = new ReadingCount(language, timeZone);
  const showCount = (): Status => {
    const attention = remark?.();
    return attention === undefined
      ? { fill: 'green', shape: 'dot', text: count.sentence() }
      : { fill: 'yellow', shape: 'dot', text: attention };
  };
  node.status({ fill: 'grey', shape: 'ring', text: count.sentence() });

  let knownProblems: readonly unknown[] = [];
  const reportModelFiles = (): void => {
    const problems = models.problems();
    if (problems === knownProblems) return;
    knownProblems = problems;
    for (const problem of problems) node.warn(describeError(problem, language));
  };
  reportModelFiles();

  const decode = (message: FlowMessage, send: Send): NowOrLater<void> => {
    reportModelFiles();
    return andThen(flow.decode(message), ({ readings, events, problem }) => {
      for (const reading of readings) send(reading);
      for (const event of events) send([null, event]);
      const last = readings.at(-1)?.payload;
      if (last) {
        count.add(readings.length, last);
        status.show(showCount);
      }
      if (problem && !isQuiet?.(problem)) throw problem;
    });
  };
  return {
    take: (message, send, done) => void runInput(node, language, done, () => decode(message, send)),
    close: () => status.close(),
  };
}

/** Tells staff, in the debug sidebar, what codecs say beside values. */
export function codecWarnings(
  node: Pick<DecodingNode, 'warn'>,
  language: Language,
): Required<CodecListeners> {
  return {
    onUnknownNames: ({ name: device, model }, names) =>
      node.warn(
        translate(language, 'lorawan.warning.unknownNames', { device, model, names: names.join(', ') }),
      ),
    onWarnings: ({ name: device }, warnings) =>
      node.warn(
        translate(language, 'lorawan.warning.codecWarnings', { device, warnings: warnings.join('; ') }),
      ),
  };
}
