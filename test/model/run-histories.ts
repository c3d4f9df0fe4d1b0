/**
 * Runs random histories against real processes. A failure is shrunk and its report says how to see it again:
 * `FC_SEED=... FC_PATH=... FC_REPLAY=... npm run test:model`. `FC_RUNS` is how many histories each world lives through.
 */
import { env } from 'node:process';
import fc from 'fast-check';
import { History } from './history.ts';
import { histories } from './steps.ts';
import { World, type WorldOptions } from './world.ts';

/** Four worlds live through 500 histories and a few more. */
const RUNS = 130;
/** Shrinking goes on for so long, ms. */
const SHRINK_MS = 120_000;

export function runHistories(name: string, options: WorldOptions): void {
  describe(`random histories: ${name}`, function () {
    this.timeout(0);
    let world: World | undefined;
    const seed = Number(env.FC_SEED ?? Date.now() % 2 ** 31);
    const numRuns = Number(env.FC_RUNS ?? RUNS);

    after(() => world?.remove());

    it(`${numRuns} from seed ${seed}`, async () => {
      let deadline = Number.POSITIVE_INFINITY;
      const property = fc.asyncProperty(histories(env.FC_REPLAY), async (steps) => {
        if (Date.now() > deadline) return;
        world ??= await World.start(options);
        const real = world;
        const model = new History(real);
        try {
          await fc.asyncModelRun(() => ({ model, real }), steps);
          await model.end();
        } catch (error) {
          deadline = Math.min(deadline, Date.now() + SHRINK_MS);
          const lastWords = await real.lastWords();
          world = undefined;
          await real.remove();
          throw new Error(`${error instanceof Error ? error.message : error}\nLog:\n${lastWords}`, {
            cause: error,
          });
        }
      });
      await fc.assert(property, {
        seed,
        numRuns,
        // The cause would be lost on its way from a process of mocha's.
        includeErrorInReport: true,
        ...(env.FC_PATH && { path: env.FC_PATH, endOnFailure: true }),
      });
    });
  });
}
