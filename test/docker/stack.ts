/** The stack's own files, read once for all tests of them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

export const DOCKER = join(import.meta.dirname, '../../docker');

export interface Service {
  image?: string;
  build?: { context: string; dockerfile: string; target: string };
  restart?: string;
  user?: string;
  read_only?: boolean;
  cap_drop?: string[];
  security_opt?: string[];
  environment?: Record<string, string>;
  volumes?: string[];
  ports?: string[];
  networks?: string[];
  healthcheck?: { test?: string[]; disable?: boolean };
  depends_on?: Record<string, { condition: string }>;
}

export interface Compose {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
  networks: Record<string, { internal?: boolean } | null>;
}

export function read(path: string): string {
  return readFileSync(join(DOCKER, path), 'utf8');
}

/** compose.yaml with YAML's merge keys resolved, as Docker sees it. */
export function compose(): Compose {
  return parse(read('compose.yaml'), { merge: true }) as Compose;
}

/** Names of the variables that compose.yaml takes from .env. */
export function composeVariables(): string[] {
  return [...new Set([...read('compose.yaml').matchAll(/(?<!\$)\$\{(\w+)/g)].map(([, name = '']) => name))];
}
