/** A process whose disk never answers: `node never-on-disk.ts <broker url> <client id> <topic> <version> <folder>`. */
import { MqttTransport } from '../../../nodes/intake/mqtt-transport.ts';
import { openDataFolder } from '../../../nodes/persistence/data-folder.ts';

const [url = '', clientId = '', topic = '', version = '4', folder = ''] = process.argv.slice(2);
const say = (word: string) => process.stdout.write(`${word}\n`);

new MqttTransport(
  {
    url,
    clientId,
    topics: [topic],
    protocolVersion: version === '5' ? 5 : 4,
    state: openDataFolder(folder).state,
  },
  {
    onMessage: () => {
      say('message');
      return new Promise(() => undefined);
    },
    onState: say,
    onError: (error) => say(String(error)),
  },
).start();
