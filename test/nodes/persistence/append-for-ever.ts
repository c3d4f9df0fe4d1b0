/** Appends to the journal of the folder in argv until it is killed; prints `<id> <body>` for what is acknowledged. */
import { writeSync } from 'node:fs';
import { openDataFolder } from '../../../nodes/persistence/data-folder.ts';

const { journal } = openDataFolder(process.argv[2] ?? '');

async function appendFrom(worker: number): Promise<never> {
  for (let number = 0; ; number++) {
    const text = `message-${worker}-${number}`;
    const receivedTime = new Date().toISOString();
    const id = await journal.append({ transport: 'mqtt', topic: 't', body: Buffer.from(text), receivedTime });
    writeSync(1, `${id} ${text}\n`);
  }
}

await Promise.all(Array.from({ length: 50 }, (_, worker) => appendFrom(worker)));
