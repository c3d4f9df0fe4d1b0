import type { Node, NodeAPI, NodeDef } from 'node-red';
import { failureAnswer } from '../devices/admin.ts';
import { credentialSecret } from '../devices/credential-secret.ts';
import { openRegistry } from '../devices/registry.ts';
import { CalmStatus } from '../observation/calm-status.ts';
import { dataFolderPath } from '../observation/data-folder-path.ts';
import { ConfigurationError } from '../observation/errors.ts';
import {
  type FlowMessage,
  observationOf,
  runInput,
  runStart,
  runtimeLanguage,
  runtimeTimeZone,
} from '../observation/flow-node.ts';
import { type Language, languageFor, translate } from '../observation/messages.ts';
import { isQuantity, type QuantityId } from '../observation/quantities.ts';
import { numericChoices } from '../observation/quantity-choices.ts';
import { acquireDataFolder } from '../persistence/data-folder.ts';
import { databaseNode } from '../timeseries/database.ts';
import { AnomalyDetector, watchedByDefault } from './anomaly-detector.ts';
import {
  type BackTestQuery,
  type BackTestSources,
  deviceChoices,
  quantityChoices,
  runBackTest,
} from './back-test-service.ts';
import { FaultDetector } from './faults/fault-detector.ts';
import { HOLIDAY_COUNTRIES, type HolidayCountry, isHolidayCountry } from './holidays.ts';
import { LocalClock } from './local-clock.ts';

interface AnomalyDetectDef extends NodeDef {
  /** 0 (few alarms) to 100 (many). */
  sensitivity?: number | string;
  /** Country whose holidays count as Sundays; none if empty. */
  holidays?: string;
  /** Whether `quantities` counts, instead of the default choice. */
  chosen?: boolean;
  quantities?: readonly string[];
}

const MIDDLE = 50;

export default function (RED: NodeAPI): void {
  function AnomalyDetectNode(this: Node, config: AnomalyDetectDef): void {
    RED.nodes.createNode(this, config);
    runStart(this, runtimeLanguage(RED.settings), () => start(this, config));
  }

  function start(node: Node, config: AnomalyDetectDef): void {
    const language = runtimeLanguage(RED.settings);
    const quantities = config.chosen ? (config.quantities ?? []).map(knownQuantity) : undefined;
    const folder = acquireDataFolder(RED.settings);
    const detector = new AnomalyDetector({
      state: folder.state,
      folder: folder.path,
      language,
      timeZone: runtimeTimeZone(RED.settings),
      sensitivity: Number(config.sensitivity ?? MIDDLE),
      ...(config.holidays && { holidays: knownCountry(config.holidays) }),
      ...(quantities && { quantities }),
    });
    const faults = new FaultDetector({
      state: folder.state,
      clock: new LocalClock(runtimeTimeZone(RED.settings)),
      language,
      sensitivity: Number(config.sensitivity ?? MIDDLE),
      ...(quantities && { quantities }),
    });
    const status = new CalmStatus(node);
    const count = { scored: 0, unusual: 0 };
    node.status({ fill: 'grey', shape: 'ring', text: translate(language, 'anomaly.status.waiting') });

    node.on('input', (message, send, done) =>
      runInput(node, language, done, () => {
        const observation = observationOf(message as FlowMessage);
        const anomalies = faults.detect(observation, detector.detect(observation));
        const found = Object.values(anomalies);
        count.scored += found.length;
        count.unusual += found.filter(({ sentence }) => sentence !== '').length;
        send({ ...message, payload: { ...observation, anomalies } });
        status.show(() => ({
          fill: count.unusual > 0 ? 'yellow' : 'green',
          shape: 'dot',
          text: translate(language, 'anomaly.status.watched', count),
        }));
      }),
    );
    node.on('close', () => {
      status.close();
      folder.release();
    });
  }

  const choices = numericChoices().map((choice) => ({ ...choice, usual: watchedByDefault(choice.id) }));
  RED.nodes.registerType('byflyt-anomaly-detect', AnomalyDetectNode, {
    settings: {
      byflytAnomalyDetectQuantities: { value: choices, exportable: true },
      byflytAnomalyDetectHolidays: { value: HOLIDAY_COUNTRIES, exportable: true },
    },
  });
  addBackTest(RED);
}

type Answer = (sources: BackTestSources, query: BackTestQuery, language: Language) => unknown;

const BACK_TEST: Readonly<Record<string, Answer>> = {
  '': runBackTest,
  '/devices': (sources, _query, language) => deviceChoices(sources, language),
  '/quantities': quantityChoices,
};

/** What the form asks of stored readings, for whoever may see the flows. */
function addBackTest(RED: NodeAPI): void {
  const guard = RED.auth.needsPermission('byflyt-anomaly-detect.read');
  for (const [path, answer] of Object.entries(BACK_TEST)) {
    RED.httpAdmin.get(`/byflyt/back-test${path}`, guard, async ({ query }, response) => {
      const language = languageFor(typeof query.lang === 'string' ? query.lang : undefined);
      try {
        response.json(await withSources(RED, (sources) => answer(sources, query, language)));
      } catch (error) {
        const { status, body } = failureAnswer(error, language);
        response.status(status).json(body);
      }
    });
  }
}

async function withSources(RED: NodeAPI, use: (sources: BackTestSources) => unknown): Promise<unknown> {
  const folder = acquireDataFolder(RED.settings);
  try {
    return await use({
      registry: openRegistry(dataFolderPath(RED.settings), credentialSecret(RED.settings)),
      state: folder.state,
      store: (sandbox) => databaseNode(firstDatabase(RED)).store(sandbox),
      timeZone: runtimeTimeZone(RED.settings),
    });
  } finally {
    folder.release();
  }
}

function firstDatabase(RED: NodeAPI): unknown {
  const ids: string[] = [];
  RED.nodes.eachNode(({ id, type }) => {
    if (type === 'byflyt-database') ids.push(id);
  });
  return ids.map((id) => RED.nodes.getNode(id)).find((node) => node !== null);
}

function knownQuantity(id: string): QuantityId {
  if (isQuantity(id)) return id;
  throw new ConfigurationError({ key: 'anomaly.error.unknown_quantity', parameters: { quantity: id } });
}

function knownCountry(code: string): HolidayCountry {
  if (isHolidayCountry(code)) return code;
  throw new ConfigurationError({ key: 'anomaly.error.unknown_country', parameters: { country: code } });
}
