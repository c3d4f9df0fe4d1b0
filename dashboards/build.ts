import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LANGUAGES } from '../nodes/observation/messages.ts';
import { dashboards } from './index.ts';

/**
 * Writes every dashboard as `<folder>/<language>/<uid>.json`, for Grafana's file provisioning.
 * Both languages use the same uids: Grafana is to read the folder of one language.
 */
export function writeDashboards(folder: string): void {
  for (const language of LANGUAGES) {
    mkdirSync(join(folder, language), { recursive: true });
    for (const dashboard of dashboards(language)) {
      writeFileSync(
        join(folder, language, `${dashboard.uid}.json`),
        `${JSON.stringify(dashboard, null, 2)}\n`,
      );
    }
  }
}
