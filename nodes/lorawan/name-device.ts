import { ByflytError, CodecError, MessageError, type Problem } from '../observation/errors.ts';
import { attempt, type NowOrLater } from '../observation/now-or-later.ts';

/** Names the device in an error that does not name it yet; a registered one with its account. */
export function nameDevice<T>(
  device: string | undefined,
  work: () => NowOrLater<T>,
  account?: Problem['account'],
): NowOrLater<T> {
  return attempt(work, (error) => {
    if (!(error instanceof ByflytError) || error.device !== undefined || device === undefined) throw error;
    const { key, parameters } = error;
    const Named = error instanceof MessageError ? MessageError : CodecError;
    throw new Named({ key, parameters, device, account }, { cause: error });
  });
}
