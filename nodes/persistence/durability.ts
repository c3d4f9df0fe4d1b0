/**
 * When a message is acknowledged. It always survives the end of the process; a power cut may cost what came within the
 * last 100 ms, or nothing.
 */
export const DURABILITIES = ['within-100-ms', 'every-message'] as const;
export type Durability = (typeof DURABILITIES)[number];
