/** The flow that a skilled person would build without Byflyt: core nodes and node-red-contrib-influxdb, batches of 500. */

const DECODE = `
const bytes = Buffer.from(msg.payload.uplink_message.frm_payload, 'base64');
msg.payload = {
  measurement: 'hand_built',
  tags: { device: msg.payload.end_device_ids.device_id },
  fields: {
    air_temperature: bytes.readInt16LE(2) / 10,
    relative_humidity: bytes.readUInt8(6) / 2,
    co2_concentration: bytes.readUInt16LE(9),
    light_level: bytes.readUInt8(13),
    air_pressure: bytes.readUInt16LE(16) / 10,
  },
  timestamp: new Date(msg.payload.received_at),
};
return msg;`;

export function handBuiltFlow(mqttPort: number, influxPort: number, database: string): object[] {
  const common = { z: 'tab', x: 0, y: 0 };
  return [
    { id: 'tab', type: 'tab', label: 'Hand-built' },
    {
      id: 'broker',
      type: 'mqtt-broker',
      broker: '127.0.0.1',
      port: mqttPort,
      clientid: 'hand-built',
      protocolVersion: '4',
      cleansession: true,
      keepalive: '60',
    },
    {
      id: 'influx',
      type: 'influxdb',
      hostname: '127.0.0.1',
      port: influxPort,
      database,
      influxdbVersion: '1.x',
    },
    {
      ...common,
      id: 'in',
      type: 'mqtt in',
      topic: 'v3/+/devices/+/up',
      qos: '1',
      datatype: 'json',
      broker: 'broker',
      wires: [['decode']],
    },
    { ...common, id: 'decode', type: 'function', func: DECODE, outputs: 1, wires: [['join']] },
    {
      ...common,
      id: 'join',
      type: 'join',
      mode: 'custom',
      build: 'array',
      property: 'payload',
      propertyType: 'msg',
      count: '500',
      joiner: '\\n',
      joinerType: 'str',
      wires: [['write']],
    },
    { ...common, id: 'write', type: 'influxdb batch', influxdb: 'influx', precision: 'ms', wires: [] },
  ];
}
