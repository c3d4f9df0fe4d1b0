/**
 * Chance that repeats: the same seed and key always give the same number, in any order of asking, so that
 * a sensor's past can be made again. FNV-1a over the text, then the finaliser of MurmurHash3 (public domain).
 * @returns [0, 1)
 */
export function chance(seed: number, key: string): number {
  let hash = (seed ^ 0x811c9dc5) >>> 0;
  for (let index = 0; index < key.length; index++) {
    hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}

/** About normally distributed (sum of four uniforms), mean 0, standard deviation 1, within ±3.5. */
export function noise(seed: number, key: string): number {
  const sum = [0, 1, 2, 3].reduce((total, part) => total + chance(seed, `${key}/${part}`), 0);
  return (sum - 2) * Math.sqrt(3);
}

/** A curve through random points that lie `period` ms apart, without corners; about -1 to 1. */
export function drift(seed: number, key: string, time: number, period: number): number {
  const step = Math.floor(time / period);
  const share = time / period - step;
  const at = (index: number): number => chance(seed, `${key}/${index}`) * 2 - 1;
  const blend = (1 - Math.cos(share * Math.PI)) / 2;
  return at(step) * (1 - blend) + at(step + 1) * blend;
}
