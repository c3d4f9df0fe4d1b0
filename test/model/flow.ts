/** The flow of the model-based test: both transports, decoding, an alarm, the database. */

/** Where the flow writes each alarm that it raises or clears, one JSON object a line, below the data folder. */
export const ALARM_LOG = 'alarms.jsonl';
export const WEBHOOK = '/in/model';
/** °C: readings above it raise the alarm, others clear it. */
export const ALARM_LIMIT = 30;

export interface FlowShape {
  /** Somebody may have deleted the node that saves. */
  store: boolean;
  /** Changes one node, so that a deploy of what changed has something to do. */
  revision: number;
  protocolVersion: 4 | 5;
  folder: string;
}

export function modelFlow({ store, revision, protocolVersion, folder }: FlowShape): object[] {
  const z = 'model';
  // Without a place on the sheet Node-RED takes a node for a configuration node.
  const onSheet = { z, x: 100, y: 100 };
  const saving = store
    ? [{ id: 'store', type: 'byflyt-store', ...onSheet, database: 'database', wires: [] }]
    : [];
  return [
    { id: z, type: 'tab', label: 'Model' },
    { id: 'devices', type: 'byflyt-devices', version: 1 },
    { id: 'database', type: 'byflyt-database', version: 1, kind: 'settings', url: '', bucket: '', org: '' },
    {
      ...{ id: 'mqtt', type: 'byflyt-intake', ...onSheet, transport: 'mqtt', broker: 'byflyt' },
      ...{ protocolVersion, topics: ['v3/+/devices/+/up'], wires: [['decode']] },
    },
    {
      ...{ id: 'webhook', type: 'byflyt-intake', ...onSheet, transport: 'webhook', path: WEBHOOK },
      wires: [['decode']],
    },
    {
      ...{ id: 'decode', type: 'byflyt-lorawan-decode', ...onSheet, devices: 'devices', area: '' },
      wires: [['alarm'], []],
    },
    {
      ...{ id: 'alarm', type: 'byflyt-alarm', ...onSheet, name: `Heat ${revision}`, alarm: 'Heat' },
      ...{ quantity: 'surface_temperature', condition: 'above', limit: ALARM_LIMIT, hysteresis: 0, delay: 0 },
      ...{ severity: 'warning', flagged: true, database: 'database' },
      wires: [['record'], store ? ['store'] : []],
    },
    {
      ...{ id: 'record', type: 'file', ...onSheet, filename: `${folder}/${ALARM_LOG}`, filenameType: 'str' },
      ...{ appendNewline: true, overwriteFile: 'false', encoding: 'none', wires: [] },
    },
    ...saving,
  ];
}
