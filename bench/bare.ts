/**
 * The bare script of the comparison: MQTT in, parse, decode, write with InfluxDB's own client, whose batches are of 1000
 * points; no journal, no checks. Bodies are not compressed, as nobody's here are.
 */
import { InfluxDB, Point } from '@influxdata/influxdb-client';
import mqtt from 'mqtt';

const [, , brokerUrl = '', influxUrl = '', database = ''] = process.argv;

const influxdb = new InfluxDB({ url: influxUrl, writeOptions: { gzipThreshold: Number.MAX_SAFE_INTEGER } });
const writer = influxdb.getWriteApi('', database, 'ms');
// InfluxDB 1 before 1.8 has no other address for writing.
writer.path = `/write?db=${database}&precision=ms`;

function pointOf(body: Buffer): Point {
  const message = JSON.parse(body.toString());
  const bytes = Buffer.from(message.uplink_message.frm_payload, 'base64');
  return new Point('bare')
    .tag('device', message.end_device_ids.device_id)
    .floatField('air_temperature', bytes.readInt16LE(2) / 10)
    .floatField('relative_humidity', bytes.readUInt8(6) / 2)
    .floatField('co2_concentration', bytes.readUInt16LE(9))
    .floatField('light_level', bytes.readUInt8(13))
    .floatField('air_pressure', bytes.readUInt16LE(16) / 10)
    .timestamp(new Date(message.received_at));
}

const client = mqtt.connect(brokerUrl, { clientId: 'bare' });
client.on('connect', () => client.subscribe('v3/+/devices/+/up', { qos: 1 }));
client.on('message', (_topic, body) => writer.writePoint(pointOf(body)));
