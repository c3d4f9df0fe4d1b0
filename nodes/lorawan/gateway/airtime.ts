import type { DataRate } from './eu868.ts';

const PREAMBLE_SYMBOLS = 8;
/** 4/5. */
const CODING_RATE = 1;
const FSK_OVERHEAD_BYTES = 5 + 3 + 1 + 2;

/**
 * How long a downlink is on the air, ms; `bytes`: its PHYPayload. LoRa with header, 4/5, without checksum, as downlinks
 * are. Source: Semtech SX1276 data sheet, 4.1.1.7; for FSK preamble, sync word, length and checksum are added.
 */
export function airtime({ sf, bandwidthHz, bitRate }: DataRate, bytes: number): number {
  if (sf === undefined || bandwidthHz === undefined) {
    return (((FSK_OVERHEAD_BYTES + bytes) * 8) / (bitRate ?? 1)) * 1000;
  }
  const symbol = (2 ** sf / bandwidthHz) * 1000;
  // Symbols of more than 16 ms are sent with low data rate optimisation.
  const optimised = symbol >= 16 ? 2 : 0;
  const bits = 8 * bytes - 4 * sf + 28;
  const payload = 8 + Math.max(0, Math.ceil(bits / (4 * (sf - optimised)))) * (CODING_RATE + 4);
  return (PREAMBLE_SYMBOLS + 4.25 + payload) * symbol;
}
