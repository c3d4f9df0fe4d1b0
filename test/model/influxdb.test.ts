import { EMBEDDED_BROKER } from './brokers.ts';
import { InfluxDatabase } from './databases.ts';
import { runHistories } from './run-histories.ts';

runHistories('embedded broker, InfluxDB', {
  broker: async () => EMBEDDED_BROKER,
  database: () => InfluxDatabase.start(),
  protocolVersion: 4,
});
