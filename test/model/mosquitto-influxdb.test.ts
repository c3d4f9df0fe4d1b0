import { MosquittoBroker } from './brokers.ts';
import { InfluxDatabase } from './databases.ts';
import { runHistories } from './run-histories.ts';

runHistories('Mosquitto with MQTT 3.1.1, InfluxDB', {
  broker: () => MosquittoBroker.start(),
  database: () => InfluxDatabase.start(),
  protocolVersion: 4,
});
