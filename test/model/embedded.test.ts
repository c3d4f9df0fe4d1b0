import { EMBEDDED_BROKER } from './brokers.ts';
import { embeddedDatabase } from './databases.ts';
import { runHistories } from './run-histories.ts';

runHistories('embedded broker, embedded database', {
  broker: async () => EMBEDDED_BROKER,
  database: async (folder) => embeddedDatabase(folder),
  protocolVersion: 4,
});
