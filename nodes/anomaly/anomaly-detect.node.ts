import type { Node, NodeAPI, NodeDef } from 'node-red';
import { CalmStatus } from '../observation/calm-status.ts';
import { ConfigurationError } from '../observation/errors.ts';
import {
  type FlowMessage,
  observationOf,
  runInput,
  runStart,
  runtimeLanguage,
  runtimeTimeZone,
} from '../observation/flow-node.ts';
import { translate } from '../observation/messages.ts';
import { isQuantity, type QuantityId } from '../observation/quantities.ts';
import { numericChoices } from '../observation/quantity-choices.ts';
import { acquireDataFolder } from '../persistence/data-folder.ts';
import { AnomalyDetector, watchedByDefault } from './anomaly-detector.ts';
import { HOLIDAY_COUNTRIES, type HolidayCountry, isHolidayCountry } from './holidays.ts';

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
    const status = new CalmStatus(node);
    const count = { scored: 0, unusual: 0 };
    node.status({ fill: 'grey', shape: 'ring', text: translate(language, 'anomaly.status.waiting') });

    node.on('input', (message, send, done) =>
      runInput(node, language, done, () => {
        const observation = observationOf(message as FlowMessage);
        const anomalies = detector.detect(observation);
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
}

function knownQuantity(id: string): QuantityId {
  if (isQuantity(id)) return id;
  throw new ConfigurationError({ key: 'anomaly.error.unknown_quantity', parameters: { quantity: id } });
}

function knownCountry(code: string): HolidayCountry {
  if (isHolidayCountry(code)) return code;
  throw new ConfigurationError({ key: 'anomaly.error.unknown_country', parameters: { country: code } });
}
