import type { CollectedFrame } from './collector.ts';

/** dB over the noise that a receiver needs, by spreading factor (Semtech SX1276 data sheet, table 13). */
const NEEDED_SNR: Readonly<Record<number, number>> = {
  7: -7.5,
  8: -10,
  9: -12.5,
  10: -15,
  11: -17.5,
  12: -20,
};

/** How many dB stronger than needed the best gateway heard a frame; undefined if it does not say (FSK). */
export function linkMargin({ receptions, dataRate }: CollectedFrame): number | undefined {
  const snrs = receptions.flatMap(({ snr }) => snr ?? []);
  const needed = NEEDED_SNR[dataRate?.sf ?? 0];
  return snrs.length === 0 || needed === undefined ? undefined : Math.max(...snrs) - needed;
}
