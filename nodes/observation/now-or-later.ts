/**
 * Work that need not wait gives its result at once, and a turn of the event loop is saved: a built-in codec answers at
 * once, a sandboxed one later. A failure is thrown in the first case, a rejection in the second.
 */
export type NowOrLater<T> = T | Promise<T>;

/** Goes on with a result as soon as it is there. */
export function andThen<T, U>(result: NowOrLater<T>, next: (result: T) => NowOrLater<U>): NowOrLater<U> {
  return result instanceof Promise ? result.then(next) : next(result);
}

/** try/catch for both cases. */
export function attempt<T>(
  work: () => NowOrLater<T>,
  failed: (error: unknown) => NowOrLater<T>,
): NowOrLater<T> {
  try {
    const result = work();
    return result instanceof Promise ? result.catch(failed) : result;
  } catch (error) {
    return failed(error);
  }
}
