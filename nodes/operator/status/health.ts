/**
 * Health for machines, in the form of draft-inadarei-api-health-check-06 (`application/health+json`).
 * Anyone may read it, so it names components and message keys only: no device, host or person.
 */
import { COMPONENTS, type CurrentProblem, type Severity } from '../../observation/problems.ts';

export const HEALTH_TYPE = 'application/health+json';

export type HealthStatus = 'pass' | 'warn' | 'fail';

interface HealthCheck {
  componentType: 'component' | 'system';
  status: HealthStatus;
  /** ISO 8601 UTC. */
  time: string;
  observedValue?: number;
  observedUnit?: string;
  /** Keys of the problems' sentences. */
  output?: string;
}

export interface Health {
  status: HealthStatus;
  checks: Record<string, HealthCheck[]>;
}

const STATUS: Readonly<Record<Severity, HealthStatus>> = { failure: 'fail', warning: 'warn', notice: 'pass' };

/** The worst of the problems, the worst being first. */
export function statusOf(problems: readonly Pick<CurrentProblem, 'severity'>[]): HealthStatus {
  const [worst] = problems;
  return worst ? STATUS[worst.severity] : 'pass';
}

/** Ready: messages are received and none may get lost. `now` in ms since 1970. */
export function readiness(problems: readonly CurrentProblem[], now: number): Health {
  const time = new Date(now).toISOString();
  const checks = COMPONENTS.map((component): [string, HealthCheck[]] => {
    const own = problems.filter((problem) => problem.component === component);
    const keys = [...new Set(own.map(({ key }) => key))];
    const check: HealthCheck = { componentType: 'component', status: statusOf(own), time };
    return [component, [keys.length > 0 ? { ...check, output: keys.join(', ') } : check]];
  });
  return { status: statusOf(problems), checks: Object.fromEntries(checks) };
}

/** Seconds of event-loop delay from which the process is alive, but not well. */
const SLOW = 1;

/** Alive: whoever reads this got an answer. `delay`: longest that the event loop was held up lately, s. */
export function liveness(delay: number, now: number): Health {
  const status = delay > SLOW ? 'warn' : 'pass';
  const check: HealthCheck = {
    componentType: 'system',
    observedValue: Math.round(delay * 1000),
    observedUnit: 'ms',
    status,
    time: new Date(now).toISOString(),
  };
  return { status, checks: { 'eventLoop:delay': [check] } };
}

/** 503 for what fails, so that a load balancer need not read the text. */
export function httpStatusOf({ status }: Health): number {
  return status === 'fail' ? 503 : 200;
}
