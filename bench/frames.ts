/**
 * LoRaWAN frames per second on one core: read, counter found, MIC verified, payload decrypted. The frames are those of a
 * town: BENCH_DEVICES devices with keys of their own (default 1000), payloads of 8 to 51 bytes, counters that go up.
 * Prints the CPU time of this process, so that what else the machine does counts little; the best of five rounds.
 */
import { randomBytes } from 'node:crypto';
import { cpuUsage } from 'node:process';
import { decryptPayload, type FrameKeys, micFits } from '../nodes/lorawan/frame-crypto.ts';
import { type DataFrame, parseFrame } from '../nodes/lorawan/frames.ts';
import { writeDataFrame } from '../nodes/lorawan/write-frame.ts';

const DEVICES = Number(process.env.BENCH_DEVICES ?? 1000);
const FRAMES = 100_000;
const ROUNDS = 5;

interface Sent {
  phy: Buffer;
  keys: FrameKeys;
  fCnt: number;
}

const town = Array.from({ length: DEVICES }, (_, index) => ({
  devAddr: (0x2600_0000 + index).toString(16),
  keys: { nwkSKey: randomBytes(16).toString('hex'), appSKey: randomBytes(16).toString('hex') },
}));
const sent = Array.from({ length: FRAMES }, (_, index) => frameOf(index));

const rounds = Array.from({ length: ROUNDS }, () => framesPerSecond());
const best = Math.max(...rounds);
console.log(`frames verified and decrypted: ${Math.round(best).toLocaleString('en')} per second on one core`);
console.log(
  `a frame: ${(1e6 / best).toFixed(1)} µs of CPU; ${DEVICES} devices, ${ROUNDS} rounds of ${FRAMES}`,
);

function frameOf(index: number): Sent {
  const { devAddr, keys } = town[index % DEVICES] ?? { devAddr: '', keys: {} };
  const fCnt = Math.floor(index / DEVICES) + 65_500;
  const payload = randomBytes(8 + (index % 44));
  const phy = writeDataFrame({ direction: 'up', confirmed: false, devAddr, fCnt, fPort: 2, payload }, keys);
  return { phy, keys, fCnt };
}

function framesPerSecond(): number {
  const start = cpuUsage();
  for (const { phy, keys, fCnt } of sent) open(phy, keys, fCnt);
  const { user, system } = cpuUsage(start);
  return (FRAMES / (user + system)) * 1e6;
}

function open(phy: Buffer, keys: FrameKeys, fCnt: number): void {
  const frame = parseFrame(phy) as DataFrame;
  if (!micFits(frame, keys, fCnt)) throw new Error('the MIC does not fit');
  decryptPayload(frame, keys, fCnt);
}
