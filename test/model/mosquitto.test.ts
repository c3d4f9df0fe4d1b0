import { MosquittoBroker } from './brokers.ts';
import { embeddedDatabase } from './databases.ts';
import { runHistories } from './run-histories.ts';

runHistories('Mosquitto with MQTT 5, embedded database', {
  broker: () => MosquittoBroker.start(),
  database: async (folder) => embeddedDatabase(folder),
  protocolVersion: 5,
});
