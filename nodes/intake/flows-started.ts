/** Node-RED's events, of which all nodes have the same. */
interface FlowEvents {
  once(event: 'flows:started', listener: () => void): unknown;
}

const waiting = new WeakMap<FlowEvents, Set<() => void>>();

/**
 * Calls `begin` when the flows have started next. However many nodes wait, Node-RED has one listener: it warns of more
 * than ten. Returns how to stop waiting.
 */
export function onceStarted(events: FlowEvents, begin: () => void): () => void {
  const others = waiting.get(events);
  const all = others ?? new Set();
  all.add(begin);
  if (!others) {
    waiting.set(events, all);
    events.once('flows:started', () => {
      waiting.delete(events);
      for (const each of all) each();
    });
  }
  return () => void all.delete(begin);
}
