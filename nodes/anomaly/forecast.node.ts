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
  STATUS_LENGTH,
  shorten,
} from '../observation/flow-node.ts';
import { translate } from '../observation/messages.ts';
import type { Observation } from '../observation/observation.ts';
import { isQuantity, type QuantityId } from '../observation/quantities.ts';
import { numericChoices } from '../observation/quantity-choices.ts';
import { typedNumber } from '../observation/typed-number.ts';
import { acquireDataFolder } from '../persistence/data-folder.ts';
import { type LevelForecast, LevelForecaster } from './forecast.ts';
import type { LevelGoal } from './level-forecast.ts';

interface ForecastDef extends NodeDef {
  quantity?: string;
  target?: number | string;
  resetDrop?: number | string;
}

export default function (RED: NodeAPI): void {
  function ForecastNode(this: Node, config: ForecastDef): void {
    RED.nodes.createNode(this, config);
    runStart(this, runtimeLanguage(RED.settings), () => start(this, config));
  }

  function start(node: Node, config: ForecastDef): void {
    const language = runtimeLanguage(RED.settings);
    const goal = goalOf(config);
    const folder = acquireDataFolder(RED.settings);
    const timeZone = runtimeTimeZone(RED.settings);
    const forecaster = new LevelForecaster({ ...goal, state: folder.state, language, timeZone });
    const status = new CalmStatus(node);
    node.status({ fill: 'grey', shape: 'ring', text: translate(language, 'anomaly.status.waiting') });

    node.on('input', (message, send, done) =>
      runInput(node, language, done, () => {
        const observation = observationOf(message as FlowMessage);
        const forecast = forecaster.forecast(observation);
        const { forecast: _stale, ...rest } = message as FlowMessage;
        const payload = withForecast(observation, goal.quantity, forecast);
        send({ ...rest, payload, ...(forecast && { forecast }) });
        const device = observation.device.name;
        status.show(() => ({
          fill: forecast ? 'green' : 'grey',
          shape: 'dot',
          text: shorten(
            forecast
              ? translate(language, 'anomaly.status.forecast', { device, sentence: forecast.sentence })
              : translate(language, 'anomaly.status.no_forecast', { device }),
            STATUS_LENGTH,
          ),
        }));
      }),
    );
    node.on('close', () => {
      status.close();
      folder.release();
    });
  }

  RED.nodes.registerType('byflyt-forecast', ForecastNode, {
    settings: { byflytForecastQuantities: { value: numericChoices(), exportable: true } },
  });
}

/** Only the forecast of a fill level is a quantity of its own; others travel in `msg.forecast` alone. */
function withForecast(
  observation: Observation,
  quantity: QuantityId,
  forecast: LevelForecast | undefined,
): Observation {
  if (quantity !== 'fill_level' || !forecast) return observation;
  return { ...observation, values: { ...observation.values, time_until_full: forecast.days } };
}

function goalOf(config: ForecastDef): LevelGoal & { quantity: QuantityId } {
  const { quantity = 'fill_level', target = 100, resetDrop = 20 } = config;
  if (!isQuantity(quantity)) {
    throw new ConfigurationError({ key: 'anomaly.error.unknown_quantity', parameters: { quantity } });
  }
  const goal = { quantity, target: typedNumber(target), resetDrop: typedNumber(resetDrop) };
  if (!Number.isFinite(goal.target) || !(goal.resetDrop > 0)) {
    throw new ConfigurationError({ key: 'anomaly.error.level' });
  }
  return goal;
}
