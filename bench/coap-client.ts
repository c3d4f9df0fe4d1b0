/** A device farm in a process of its own: confirmable POSTs, a fixed number of them on their way at a time. */
import { createSocket } from 'node:dgram';
import { argv } from 'node:process';

const [port = 0, window = 64, seconds = 5] = argv.slice(2).map(Number);
const RETRY_MS = 2000;
/** POST /bins with a token of four bytes, content format 112 and a small SenML pack. */
const HEADER = Buffer.from('4402000000000000b462696e731170ff', 'hex');
const PAYLOAD = Buffer.from('81a40063746d7001634365 6c02f94d20'.replaceAll(' ', ''), 'hex');

const socket = createSocket({ type: 'udp4', recvBufferSize: 4 * 1024 * 1024 });
const waiting = new Map<number, number>();
let sent = 0;
let answered = 0;
let repeated = 0;

function datagram(id: number): Buffer {
  const bytes = Buffer.concat([HEADER, PAYLOAD]);
  bytes.writeUInt16BE(id & 0xffff, 2);
  bytes.writeUInt32BE(id, 4);
  return bytes;
}

function post(id: number): void {
  waiting.set(id, Date.now());
  socket.send(datagram(id), port, '127.0.0.1');
}

socket.on('message', (bytes) => {
  const id = bytes.readUInt32BE(4);
  if (bytes[1] !== 0x44 || !waiting.delete(id)) return;
  answered++;
  if (!isOver) post(++sent);
});

let isOver = false;
const repeat = setInterval(() => {
  for (const [id, since] of waiting) {
    if (Date.now() - since < RETRY_MS) continue;
    repeated++;
    post(id);
  }
}, 100);
socket.bind(0, '127.0.0.1', () => {
  for (let index = 0; index < window; index++) post(++sent);
});
setTimeout(() => {
  isOver = true;
  clearInterval(repeat);
  setTimeout(() => {
    process.send?.({ answered, repeated });
    socket.close();
  }, 200);
}, seconds * 1000);
