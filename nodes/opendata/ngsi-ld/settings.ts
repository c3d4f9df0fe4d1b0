import { createHash } from 'node:crypto';
import { ConfigurationError } from '../../observation/errors.ts';
import { serverAddress } from '../sharing/http-call.ts';
import { type BrokerSettings, TOKEN_HEADERS, type TokenHeader } from './broker.ts';

/** The node's form, as Node-RED stores it. */
export interface NgsiLdForm {
  /** Address (id) of the published dataset. */
  dataset?: string;
  url?: string;
  tenant?: string;
  tokenHeader?: string;
}

/** Kept by Node-RED apart from the flow, encrypted. */
export interface NgsiLdCredentials {
  token?: string;
}

const TENANT = /^[A-Za-z0-9_-]{1,50}$/;

/** Throws ConfigurationError that names the field to correct. */
export function brokerSettings(form: NgsiLdForm, { token }: NgsiLdCredentials): BrokerSettings {
  const tenant = form.tenant?.trim();
  if (tenant && !TENANT.test(tenant)) throw new ConfigurationError({ key: 'opendata.ngsi_ld.tenant_name' });
  const secret = token?.trim();
  return {
    url: serverAddress(form.url, 'opendata.ngsi_ld.url'),
    ...(tenant && { tenant }),
    ...(secret && { token: { header: tokenHeader(form.tokenHeader), secret } }),
  };
}

/** Names a broker and tenant in keys: what one broker was told, another was not. */
export function brokerId({ url, tenant = '' }: BrokerSettings): string {
  return createHash('sha256').update(`${url.href} ${tenant}`).digest('base64url').slice(0, 12);
}

function tokenHeader(text = 'bearer'): TokenHeader {
  return Object.hasOwn(TOKEN_HEADERS, text) ? (text as TokenHeader) : 'bearer';
}
