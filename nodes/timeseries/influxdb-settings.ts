/** How to reach an InfluxDB (1.x, 2.x, 3) or VictoriaMetrics. */
export interface InfluxdbSettings {
  /** For example `http://127.0.0.1:8086`; without user name and password. */
  url: string;
  /** Bucket (2.x) or database (1.x, 3). */
  bucket: string;
  /** Organisation, 2.x only. */
  org?: string;
  token?: string;
  username?: string;
  password?: string;
  /** PEM of certificate authorities that are trusted beside the public ones. */
  ca?: string;
  /** Whether what is written goes compressed. Default: to other machines only. */
  gzip?: boolean;
  /** Days that a bucket or database made by Byflyt keeps its data. Default: for ever. */
  retentionDays?: number;
  /** Silence in ms after which a request is given up. */
  timeout?: number;
}

/** The address as it may be shown: without anything that somebody may have hidden in it. */
export function shownAddress({ url }: Pick<InfluxdbSettings, 'url'>): string {
  const parts = URL.canParse(url) ? new URL(url) : undefined;
  return parts ? `${parts.protocol}//${parts.host}${parts.pathname.replace(/\/$/, '')}` : '';
}

/** Whether the server runs on this machine. */
export function isLoopback({ url }: Pick<InfluxdbSettings, 'url'>): boolean {
  const host = URL.canParse(url) ? new URL(url).hostname : '';
  return host === 'localhost' || host === '[::1]' || /^127\./.test(host);
}
