import type { Node, NodeAPI, NodeDef } from 'node-red';
import type { Device } from '../devices/device.ts';
import type { DevicesNode } from '../devices/devices-node.ts';
import { clockTime } from '../observation/clock-time.ts';
import { runInput, runStart, runtimeLanguage, runtimeTimeZone } from '../observation/flow-node.ts';
import { describeError, languageFor, translate } from '../observation/messages.ts';
import { type DatabaseNode, databaseNode } from './database.ts';
import { type FlowAnswer, runFlowQuery } from './flow-query.ts';
import { queryChoices } from './query-choices.ts';
import { flowQueryOf, migrateQueryForm, type QueryForm, type QueryOverrides } from './query-form.ts';

interface QueryConfig extends Partial<QueryForm> {
  /** Id of a byflyt-database config node. */
  database?: string;
  /** Id of a byflyt-devices config node: names, and which areas have real devices. Optional. */
  deviceList?: string;
}

/** Rows that the form's preview shows. */
const PREVIEW_ROWS = 5;

export default function (RED: NodeAPI): void {
  function QueryNode(this: Node, config: NodeDef & QueryConfig): void {
    RED.nodes.createNode(this, config);
    runStart(this, runtimeLanguage(RED.settings), () => start(this, config));
  }

  function start(node: Node, config: QueryConfig): void {
    const language = runtimeLanguage(RED.settings);
    const timeZone = runtimeTimeZone(RED.settings);
    databaseOf(config);
    node.on('input', (message, send, done) =>
      runInput(node, language, done, async () => {
        node.status({ fill: 'blue', shape: 'ring', text: translate(language, 'timeseries.status.asking') });
        const { query } = message as { query?: QueryOverrides };
        const { rows, sandbox } = await ask(config, query ?? {});
        send({ ...message, payload: rows, sandbox });
        const key = sandbox ? 'timeseries.status.rows_sandbox' : 'timeseries.status.rows';
        const parameters = { count: rows.length, time: clockTime(Date.now(), language, timeZone) };
        node.status({ fill: 'green', shape: 'dot', text: translate(language, key, parameters) });
      }),
    );
  }

  async function ask(config: QueryConfig, overrides: QueryOverrides): Promise<FlowAnswer> {
    const town = runtimeTimeZone(RED.settings);
    const query = flowQueryOf(migrateQueryForm(config), overrides, { now: Date.now(), town });
    return runFlowQuery(query, databaseOf(config), devicesOf(config.deviceList));
  }

  function databaseOf({ database = '' }: QueryConfig): DatabaseNode {
    return databaseNode(RED.nodes.getNode(database));
  }

  /** Without a device list there are none: rows have no names then. */
  function devicesOf(id = ''): Device[] | undefined {
    const node = RED.nodes.getNode(id) as (Node & Partial<DevicesNode>) | null;
    return node?.registry?.list();
  }

  RED.nodes.registerType('byflyt-query', QueryNode, {
    settings: { byflytQueryChoices: { value: queryChoices(), exportable: true } },
  });

  const mayRead = RED.auth.needsPermission('byflyt-query.read');

  RED.httpAdmin.get('/byflyt/query/devices', mayRead, (request, response) => {
    const devices = devicesOf(String(request.query.id)) ?? [];
    response.json(devices.map(({ id, name, area }) => ({ id, name, area })));
  });

  RED.httpAdmin.post('/byflyt/query/preview', mayRead, async (request, response) => {
    const { form, language: tag } = request.body as { form?: QueryConfig; language?: string };
    try {
      const { rows, sandbox } = await ask(form ?? {}, { order: 'descending', limit: PREVIEW_ROWS });
      response.json({ rows, sandbox });
    } catch (error) {
      response.status(422).json({ error: describeError(error, languageFor(tag)) });
    }
  });
}
