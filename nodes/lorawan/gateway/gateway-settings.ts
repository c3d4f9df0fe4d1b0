import { ConfigurationError } from '../../observation/errors.ts';
import { hexOf } from '../json-fields.ts';
import type { JoinSettings } from './join-server.ts';

/** The gateway node's form; texts, as a form has them. */
export interface GatewayForm {
  port: string | number;
  /** Empty: all addresses of this machine. */
  address: string;
  /** EUIs of the gateways that may take part; empty: all. */
  gateways: string[];
  /** Data rate of the second receive window: 0 (SF12) or 3 (SF9). */
  rx2DataRate: string | number;
  /** Seconds to the first receive window of devices that join. */
  rxDelay: string | number;
  /** Channels that the gateways hear: 8, or the 3 that every device knows. */
  channels: string | number;
}

export interface GatewaySettings {
  port: number;
  address?: string;
  allowed: string[];
  join: JoinSettings;
}

/** Checks a form. Throws ConfigurationError `lorawan.error.port` or `gatewayEui`. */
export function gatewaySettings(form: GatewayForm): GatewaySettings {
  const port = Number(form.port);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new ConfigurationError({ key: 'lorawan.error.port' });
  const address = form.address?.trim();
  return {
    port,
    ...(address ? { address } : {}),
    allowed: (form.gateways ?? []).filter((text) => text.trim() !== '').map(eui),
    join: {
      rxDelay: between(Number(form.rxDelay), 1, 15),
      rx2DataRate: Number(form.rx2DataRate) === 3 ? 3 : 0,
      moreChannels: Number(form.channels) !== 3,
    },
  };
}

function eui(text: string): string {
  const digits = hexOf(text.trim(), 8);
  if (digits === undefined)
    throw new ConfigurationError({ key: 'lorawan.error.gatewayEui', parameters: { text } });
  return digits;
}

/** The nearest whole number that is possible; the smallest for what is no number. */
function between(number: number, smallest: number, largest: number): number {
  return Math.min(largest, Math.max(smallest, Math.round(number) || smallest));
}
