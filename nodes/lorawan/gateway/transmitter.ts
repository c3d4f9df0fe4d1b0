import { type Language, translate } from '../../observation/messages.ts';
import { airtime } from './airtime.ts';
import type { CollectedFrame } from './collector.ts';
import type { DutyCycle } from './duty-cycle.ts';
import { type DataRate, dataRate, dataRateName, RX2_HZ, rx1DataRate, subBandOf } from './eu868.ts';
import type { GatewayReception } from './rxpk.ts';
import type { UdpTransport } from './udp-transport.ts';

/** When and how a device listens after an uplink. */
export interface ReceiveWindows {
  /** Seconds to the first window; the second opens one second later. */
  rxDelay: number;
  rx1DrOffset: number;
  rx2DataRate: number;
}

/** `error`: a word of the packet forwarder's protocol, or one of ours (`REFUSALS`). */
export type SendResult = { sent: true; gatewayId: string } | { sent: false; error: string };

/** Why nothing was sent, where the sentence can say more than the word; `TOO_LATE` is the protocol's too. */
const REFUSALS: Readonly<Record<string, string>> = {
  UNREACHABLE: 'unreachable',
  NO_ANSWER: 'noAnswer',
  TOO_LATE: 'tooLate',
  TOO_LONG: 'tooLong',
  DUTY_CYCLE: 'dutyCycle',
};

/** Why an answer could not be sent, in a sentence. */
export function describeRefusal(code: string, language: Language): string {
  return translate(language, `lorawan.refusal.${REFUSALS[code] ?? 'other'}`, { code });
}

interface Channel {
  frequencyHz: number;
  rate: DataRate;
}

interface Window extends Channel {
  reception: GatewayReception;
  /** Seconds after the uplink. */
  delay: number;
}

/** ms that a datagram takes to the gateway, and the gateway to get ready. */
const MARGIN = 100;
const MICROSECONDS = 1_000_000;
const COUNTER = 2 ** 32;
/** PHYPayload beside FOpts and FRMPayload: MHDR, address, control, counter, port, MIC. */
const OVERHEAD = 13;
const FSK_DEVIATION = 25_000;

/** Sends answers through the gateways that heard a device, in the windows in which it listens. */
export class Transmitter {
  readonly #port: Pick<UdpTransport, 'canSend' | 'transmit'>;
  readonly #dutyCycle: DutyCycle;

  constructor(port: Pick<UdpTransport, 'canSend' | 'transmit'>, dutyCycle: DutyCycle) {
    this.#port = port;
    this.#dutyCycle = dutyCycle;
  }

  /**
   * Sends `phy` in answer to a frame: in the first window if it can, else in the second, through the gateway that heard
   * the frame best, else through the next one. Never rejects.
   */
  async send(frame: CollectedFrame, windows: ReceiveWindows, phy: Buffer): Promise<SendResult> {
    let error = 'UNREACHABLE';
    for (const window of this.#windows(frame, windows)) {
      const obstacle = this.#obstacle(frame, window, phy);
      const { gatewayId, tmst } = window.reception;
      const timing = { imme: false, tmst: (tmst + window.delay * MICROSECONDS) % COUNTER };
      const result = obstacle ?? (await this.#transmit(gatewayId, timing, window, phy));
      if (result === 'sent') return { sent: true, gatewayId };
      error = result;
    }
    return { sent: false, error };
  }

  /** Sends `phy` at once to a device that always listens, in its second window, through one gateway. Never rejects. */
  async sendNow(gatewayId: string, rx2DataRate: number, phy: Buffer): Promise<SendResult> {
    const channel = { frequencyHz: RX2_HZ, rate: dataRate(rx2DataRate) };
    const error = this.#port.canSend(gatewayId) ? this.#limit(gatewayId, channel, phy) : 'UNREACHABLE';
    const result = error ?? (await this.#transmit(gatewayId, { imme: true }, channel, phy));
    return result === 'sent' ? { sent: true, gatewayId } : { sent: false, error: result };
  }

  /** Whether a frame with so many bytes of options and payload fits into a window. */
  static fits(frame: CollectedFrame, { rx1DrOffset, rx2DataRate }: ReceiveWindows, bytes: number): boolean {
    const rates = [frame.dataRate && rx1DataRate(frame.dataRate, rx1DrOffset), dataRate(rx2DataRate)];
    return rates.some((rate) => rate !== undefined && bytes <= rate.longest);
  }

  *#windows(frame: CollectedFrame, { rxDelay, rx1DrOffset, rx2DataRate }: ReceiveWindows): Generator<Window> {
    const { receptions, frequencyHz } = frame;
    const uplink = frame.dataRate;
    const rx2 = { frequencyHz: RX2_HZ, rate: dataRate(rx2DataRate), delay: rxDelay + 1 };
    for (const reception of receptions) {
      if (!this.#port.canSend(reception.gatewayId)) continue;
      if (uplink) yield { reception, frequencyHz, rate: rx1DataRate(uplink, rx1DrOffset), delay: rxDelay };
      yield { reception, ...rx2 };
    }
  }

  #obstacle({ intake }: CollectedFrame, window: Window, phy: Buffer): string | undefined {
    const due = Date.parse(intake.receivedTime) + window.delay * 1000;
    if (Date.now() > due - MARGIN) return 'TOO_LATE';
    return this.#limit(window.reception.gatewayId, window, phy);
  }

  #limit(gatewayId: string, { rate, frequencyHz }: Channel, phy: Buffer): string | undefined {
    if (phy.length - OVERHEAD > rate.longest) return 'TOO_LONG';
    const allowed = this.#dutyCycle.allows(gatewayId, frequencyHz, airtime(rate, phy.length));
    return allowed ? undefined : 'DUTY_CYCLE';
  }

  /** `timing`: at once, or when the concentrator's counter is there. */
  async #transmit(
    gatewayId: string,
    timing: { imme: boolean; tmst?: number },
    { frequencyHz, rate }: Channel,
    phy: Buffer,
  ): Promise<string> {
    const result = await this.#port.transmit(gatewayId, {
      ...timing,
      freq: frequencyHz / 1e6,
      rfch: 0,
      powe: subBandOf(frequencyHz)?.power ?? 0,
      ...modulation(rate),
      // So that devices hear gateways and gateways hear devices, but neither its like.
      ipol: true,
      ncrc: true,
      size: phy.length,
      data: phy.toString('base64'),
    });
    // A gateway that does not answer may have sent it all the same.
    if (result.sent || result.error === 'NO_ANSWER') {
      this.#dutyCycle.count(gatewayId, frequencyHz, airtime(rate, phy.length));
    }
    return result.sent ? 'sent' : result.error;
  }
}

function modulation(rate: DataRate): object {
  const datr = dataRateName(rate);
  return rate.modulation === 'LORA'
    ? { modu: 'LORA', datr, codr: '4/5' }
    : { modu: 'FSK', datr, fdev: FSK_DEVIATION };
}
