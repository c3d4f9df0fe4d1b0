import { RequestError } from '../parameters.ts';

/** A question that cannot be answered as it stands; `reason` is a key below `opendata.sensorthings.problem`. */
export function invalid(reason: string, parameters: Record<string, string | number> = {}): RequestError {
  return new RequestError({ key: `opendata.sensorthings.problem.${reason}`, parameters });
}

/** There is nothing at this address. */
export function nothingThere(): RequestError {
  return new RequestError({ key: 'opendata.sensorthings.problem.not_found' }, { status: 404 });
}
