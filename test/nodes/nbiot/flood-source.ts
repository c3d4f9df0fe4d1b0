/** A process that floods a port from addresses that nobody knows: `node flood-source.ts <port> <per second> <seconds>`. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { argv } from 'node:process';

const [port = 0, perSecond = 0, seconds = 0] = argv.slice(2).map(Number);
const SENDERS = 50;
/** A confirmable POST to /bins, which is right in all but its sender. */
const DATAGRAM = Buffer.from('4402000001020304b462696e73ff66756c6c', 'hex');

const sockets = await Promise.all(
  Array.from({ length: SENDERS }, async (_, index) => {
    const socket = createSocket('udp4');
    socket.bind(0, `127.0.9.${index + 1}`);
    await once(socket, 'listening');
    return socket;
  }),
);
const start = performance.now();
let sent = 0;
let left = 0;

/** As many as are due by now, so that a process that was held up catches up. */
function sendDue(): void {
  const due = Math.min(perSecond * seconds, (perSecond * (performance.now() - start)) / 1000);
  while (sent < due) {
    const bytes = Buffer.from(DATAGRAM);
    bytes.writeUInt16BE(sent & 0xffff, 2);
    sockets[sent++ % SENDERS]?.send(bytes, port, '127.0.0.1', (error) => {
      if (!error) left++;
    });
  }
  if (sent < perSecond * seconds) setTimeout(sendDue, 1);
  else setTimeout(finish, 100);
}

function finish(): void {
  process.send?.({ sent: left, seconds: (performance.now() - start) / 1000 });
  for (const socket of sockets) socket.close();
}

sendDue();
