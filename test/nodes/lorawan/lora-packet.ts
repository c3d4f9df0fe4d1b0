import module from 'lora-packet/out/lib/LoraPacket.js';

/** The reference implementation that tests encode frames with; its entry point has types that do not fit its export. */
export const loraPacket = module.default;
