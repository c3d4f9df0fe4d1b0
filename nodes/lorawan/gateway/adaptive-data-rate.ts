import type { StateStore } from '../../persistence/state-store.ts';
import type { DataFrame } from '../frames.ts';
import type { MacCommand } from '../mac-commands.ts';
import type { CollectedFrame } from './collector.ts';
import { linkMargin } from './link-margin.ts';

/** What is known of how well a device is heard. */
interface Link {
  /** Of the session: a new one begins with full power. */
  devAddr: string;
  dataRate: number;
  /** Margins of the newest uplinks at this data rate, dB. */
  margins: number[];
  /** TXPower index: 0 is full power, each step 2 dB less. */
  power: number;
  /** What the device was asked for and has not answered. */
  asked?: { power: number };
  /** The device does not do as it is asked. */
  refuses?: true;
}

/** A data rate is judged by so many uplinks, and the best of them, as Semtech recommends. */
const SAMPLES = 20;
/** dB that are left for bad weather, leaves and snow. */
const RESERVE = 15;
/** dB from one data rate to the next. */
const DATA_RATE_STEP = 3;
const POWER_STEP = 2;
const FASTEST = 5;
/** 16 dBm less 10 dB. */
const LEAST_POWER = 5;
/** All channels that the device knows (ChMaskCntl 6), each frame once. */
const ALL_CHANNELS_ONCE = 0x61;
const ACCEPTED = 0x07;

/**
 * Asks devices that let the network choose (ADR) to send faster or with less power, as far as they are heard well: their
 * batteries last longer, and the channels are free for others. Never asks for more power or a slower rate: a device that
 * is not heard does that by itself. Source: Semtech, "LoRaWAN - simple rate adaptation recommended algorithm" (2016);
 * LoRaWAN 1.0.4, 5.3.
 */
export class AdaptiveDataRate {
  readonly #state: StateStore;

  constructor(state: StateStore) {
    this.#state = state;
  }

  /** Takes note of an uplink; gives the LinkADRReq that its device should get, or no bytes. */
  heard(
    deviceId: string,
    frame: DataFrame,
    commands: readonly MacCommand[],
    collected: CollectedFrame,
  ): Buffer {
    const margin = linkMargin(collected);
    const dataRate = collected.dataRate?.number;
    if (!frame.adr || margin === undefined || dataRate === undefined) return Buffer.alloc(0);
    const name = `lorawan.adr/${deviceId}`;
    const before = this.#state.get<Link>(name);
    const link = answered(linkOf(before, frame.devAddr, dataRate), commands);
    const margins = [...link.margins, margin].slice(-SAMPLES);
    const better =
      margins.length < SAMPLES || link.refuses ? undefined : betterThan(link, Math.max(...margins));
    // It takes as many uplinks again until the next request.
    const next = better ? { ...link, margins: [], asked: { power: better.power } } : { ...link, margins };
    this.#state.set(name, next satisfies Link, 'minute');
    return better ? request(better) : Buffer.alloc(0);
  }
}

/** Margins of another data rate say nothing of this one; a device that became slower by itself sends with full power. */
function linkOf(before: Link | undefined, devAddr: string, dataRate: number): Link {
  if (before?.devAddr !== devAddr) return { devAddr, dataRate, margins: [], power: 0 };
  if (before.dataRate === dataRate) return before;
  return { ...before, dataRate, margins: [], power: dataRate < before.dataRate ? 0 : before.power };
}

function answered({ asked, ...link }: Link, commands: readonly MacCommand[]): Link {
  const answer = commands.find(({ name }) => name === 'LinkADRAns');
  if (!asked) return link;
  if (!answer) return { ...link, asked };
  const accepted = (Number.parseInt(answer.payloadHex, 16) & ACCEPTED) === ACCEPTED;
  return accepted ? { ...link, power: asked.power } : { ...link, refuses: true };
}

/** A faster rate first, then less power; undefined if both are as good as they may be. */
function betterThan(
  { dataRate, power }: Link,
  margin: number,
): { dataRate: number; power: number } | undefined {
  const spare = margin - RESERVE;
  if (spare < 0) return undefined;
  const faster = Math.max(dataRate, Math.min(FASTEST, dataRate + Math.floor(spare / DATA_RATE_STEP)));
  const left = spare - (faster - dataRate) * DATA_RATE_STEP;
  const quieter = Math.max(power, Math.min(LEAST_POWER, power + Math.floor(left / POWER_STEP)));
  return faster === dataRate && quieter === power ? undefined : { dataRate: faster, power: quieter };
}

function request({ dataRate, power }: { dataRate: number; power: number }): Buffer {
  return Buffer.of(0x03, (dataRate << 4) | power, 0, 0, ALL_CHANNELS_ONCE);
}
