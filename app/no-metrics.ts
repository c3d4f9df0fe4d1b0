import type RED from 'node-red';
import type { Node } from 'node-red';

/** Of `nodes` the published types know neither. */
type Runtime = Pick<typeof RED, 'events'> & {
  nodes: { eachNode?(each: (config: { id: string }) => void): void; getNode?(id: string): Node | null };
};

/**
 * Node-RED makes a log entry of each step of each message, also where nobody asked for metrics: a dozen per reading.
 * Running nodes are told not to. Our log has no metrics; /metrics is
 * made of other figures.
 */
export function withoutMetrics({ events, nodes }: Runtime): void {
  events.on('flows:started', () => {
    nodes.eachNode?.(({ id }) => {
      const node = nodes.getNode?.(id);
      // Without arguments it is a question: whether metrics are collected.
      if (node) node.metric = () => false;
    });
  });
}
