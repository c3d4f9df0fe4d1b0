/** What went wrong, as a key of a room's message catalog (`<room>.<key>`), with the facts for its sentence. */
export interface Problem {
  key: string;
  parameters?: Record<string, string | number>;
  /** Name or id of the device concerned, as staff know it. */
  device?: string | undefined;
  /** Area and id of the registered device concerned, for the accounts. */
  account?: { area: string; device: string } | undefined;
}

/** Base of all errors that people meet; `message` is for logs, the sentence for people comes from the catalog. */
export class ByflytError extends Error implements Problem {
  readonly key: string;
  readonly parameters: Record<string, string | number>;
  readonly device: string | undefined;
  readonly account: Problem['account'];

  constructor(problem: Problem, options?: ErrorOptions) {
    super(`${problem.key} ${JSON.stringify({ ...problem.parameters, device: problem.device })}`, options);
    this.name = new.target.name;
    this.key = problem.key;
    this.parameters = problem.parameters ?? {};
    this.device = problem.device;
    this.account = problem.account;
  }
}

/** Any thrown value as a Problem; other errors than ours keep their own message. */
export function problemOf(error: unknown): Problem & Required<Pick<Problem, 'parameters'>> {
  if (error instanceof ByflytError) return error;
  return { key: 'observation.error.unexpected', parameters: { message: messageOf(error) } };
}

/** The text of any thrown value. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The message cannot become a reading (unknown device, wrong MIC, truncated payload ...). It is kept and reported. */
export class MessageError extends ByflytError {}

/** A codec failed: threw, ran too long, used too much memory, or returned something unusable. */
export class CodecError extends ByflytError {}

/** A setting is missing or wrong. */
export class ConfigurationError extends ByflytError {}

/** A server (broker, database) cannot be reached or refused; trying again later may help. */
export class ConnectionError extends ByflytError {}
