import { TokenBucket } from './token-bucket.ts';

/** Where a gateway listens for frames to send: its PULL_DATA says so, every few seconds. */
interface Downstream {
  address: string;
  port: number;
  version: 1 | 2;
  /** ms since 1970. */
  seen: number;
}

interface Gateway {
  bucket: TokenBucket;
  downstream?: Downstream;
}

/** A gateway hears at most some tens of frames in a second; more is a flood under its name. */
const PER_SECOND = 50;
const BURST = 500;
/** For all of them together where anybody may take part, whatever names they give. */
const ALL_PER_SECOND = 200;
const ALL_BURST = 2000;
/** How fast gateways may turn up that nobody has heard before: invented names must not drive out real ones. */
const NEW_PER_SECOND = 1;
const NEW_BURST = 100;
/** A municipality has tens of gateways; those not heard for longest give way to new ones. */
const KEPT = 500;
/** Packet forwarders send PULL_DATA every ten seconds, some every minute; after that the way through a firewall is closed. */
const REACHABLE_MS = 90_000;

/** The gateways that were heard, how much each may send, and where each can be reached. */
export class GatewayList {
  readonly #allowed: ReadonlySet<string> | undefined;
  readonly #gateways = new Map<string, Gateway>();
  readonly #all = new TokenBucket(ALL_PER_SECOND, ALL_BURST);
  readonly #new = new TokenBucket(NEW_PER_SECOND, NEW_BURST);

  /** `allowed`: EUIs of 16 lower-case hex digits; empty: all. */
  constructor(allowed: readonly string[] = []) {
    this.#allowed = allowed.length > 0 ? new Set(allowed) : undefined;
  }

  isAllowed(gatewayId: string): boolean {
    return this.#allowed?.has(gatewayId) ?? true;
  }

  /** Whether one more frame or question of a gateway may be taken. */
  mayPass(gatewayId: string): boolean {
    if (!this.#gateways.has(gatewayId) && !this.#new.take()) return false;
    if (!this.#gateway(gatewayId).bucket.take()) return false;
    // Those of the list have nothing to fear from others.
    return this.#allowed !== undefined || this.#all.take();
  }

  /** The gateway asks for frames to send. */
  listens(gatewayId: string, address: string, port: number, version: 1 | 2): void {
    this.#gateway(gatewayId).downstream = { address, port, version, seen: Date.now() };
  }

  /** Where a gateway can be reached; undefined if it has not asked for frames lately. */
  downstreamOf(gatewayId: string): Downstream | undefined {
    const downstream = this.#gateways.get(gatewayId)?.downstream;
    return downstream && Date.now() - downstream.seen < REACHABLE_MS ? downstream : undefined;
  }

  /** The map is in the order of who was heard last. */
  #gateway(gatewayId: string): Gateway {
    const gateway = this.#gateways.get(gatewayId) ?? { bucket: new TokenBucket(PER_SECOND, BURST) };
    this.#gateways.delete(gatewayId);
    this.#gateways.set(gatewayId, gateway);
    const [oldest] = this.#gateways.keys();
    if (this.#gateways.size > KEPT && oldest !== undefined) this.#gateways.delete(oldest);
    return gateway;
  }
}
