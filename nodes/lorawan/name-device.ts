import { ByflytError, CodecError, MessageError } from '../observation/errors.ts';

/** Names the device in an error that does not name it yet. */
export async function nameDevice<T>(device: string | undefined, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ByflytError) || error.device !== undefined || device === undefined) throw error;
    const { key, parameters } = error;
    const Named = error instanceof MessageError ? MessageError : CodecError;
    throw new Named({ key, parameters, device }, { cause: error });
  }
}
