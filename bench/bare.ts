/** The bare script of the comparison: MQTT in, parse, decode, write batches of 500 lines; no journal, no checks. */
import mqtt from 'mqtt';

const [, , brokerUrl = '', writeUrl = ''] = process.argv;
const batch: string[] = [];

function lineOf(body: Buffer): string {
  const message = JSON.parse(body.toString());
  const bytes = Buffer.from(message.uplink_message.frm_payload, 'base64');
  const fields = [
    `air_temperature=${bytes.readInt16LE(2) / 10}`,
    `relative_humidity=${bytes.readUInt8(6) / 2}`,
    `co2_concentration=${bytes.readUInt16LE(9)}`,
    `light_level=${bytes.readUInt8(13)}`,
    `air_pressure=${bytes.readUInt16LE(16) / 10}`,
  ];
  return `bare,device=${message.end_device_ids.device_id} ${fields} ${Date.parse(message.received_at)}`;
}

const client = mqtt.connect(brokerUrl, { clientId: 'bare' });
client.on('connect', () => client.subscribe('v3/+/devices/+/up', { qos: 1 }));
client.on('message', async (_topic, body) => {
  batch.push(lineOf(body));
  if (batch.length < 500) return;
  const response = await fetch(writeUrl, { method: 'POST', body: batch.splice(0).join('\n') });
  if (!response.ok) throw new Error(`write refused: ${response.status}`);
});
