import type { AreaId } from '../observation/areas.ts';
import { quantityLabel } from '../observation/labels.ts';
import { translate } from '../observation/messages.ts';
import { QUANTITIES, type QuantityId } from '../observation/quantities.ts';
import { type Html, html } from '../opendata/html.ts';
import { type Locale, momentText, unitSign, valueText } from '../opendata/wording.ts';
import type { CurrentValue, DeviceOverview } from './device-overview.ts';
import { sandboxMark } from './marks.ts';

/** The devices of an area: newest values with their quality in words, last sign of life, battery. */
export function areaTable(
  area: AreaId,
  devices: readonly DeviceOverview[],
  locale: Locale,
  now: number,
): Html {
  const text = (key: string) => translate(locale.language, `operator.devices.${key}`);
  const quantities = [...new Set(devices.flatMap(({ values }) => values.map(({ quantity }) => quantity)))];
  const head = quantities.map(
    (quantity) => html`<th scope="col" class="number">${quantityLabel(quantity, locale.language)}</th>`,
  );
  return html`<section aria-labelledby="area-${area}"><h2 id="area-${area}">${translate(locale.language, `observation.area.${area}`)}</h2>
<div class="scroll" tabindex="0" role="region" aria-labelledby="area-${area}"><table><thead><tr><th scope="col">${text('device')}</th>${head}
<th scope="col">${text('last_seen')}</th><th scope="col" class="number">${text('battery')}</th></tr></thead>
<tbody>${devices.map((device) => deviceRow(device, quantities, locale, now))}</tbody></table></div></section>`;
}

function deviceRow(
  overview: DeviceOverview,
  quantities: readonly QuantityId[],
  locale: Locale,
  now: number,
): Html {
  const { device, values } = overview;
  const cells = quantities.map((quantity) => {
    const value = values.find((entry) => entry.quantity === quantity);
    return html`<td class="number">${value && valueCell(device.id, device.name, value, locale)}</td>`;
  });
  const place =
    device.site !== undefined &&
    !device.name.includes(device.site) &&
    html` <span class="quiet">${device.site}</span>`;
  return html`<tr><th scope="row">${device.name}${place}${sandboxMark(device, locale)}</th>${cells}
<td>${lastSeen(overview, locale, now)}</td><td class="number">${battery(overview, locale)}</td></tr>`;
}

/** A number opens its chart. */
function valueCell(
  deviceId: string,
  name: string,
  { quantity, value, flag }: CurrentValue,
  locale: Locale,
): Html {
  const { language } = locale;
  const shown = `${valueText(quantity, value, language)} ${unitSign(quantity)}`.trim();
  const quality = html`<span class="quality flag-${flag ?? 2}">${translate(language, `operator.flag.${flag ?? 2}`)}</span>`;
  if (QUANTITIES[quantity].valueType !== 'number') return html`${shown} ${quality}`;
  const label = translate(language, 'operator.chart.open', {
    quantity: quantityLabel(quantity, language),
    device: name,
  });
  return html`<button type="button" class="series" data-device="${deviceId}" data-quantity="${quantity}" title="${label}" aria-haspopup="dialog">${shown}</button> ${quality}`;
}

function lastSeen({ lastSeen: time, silent }: DeviceOverview, locale: Locale, now: number): Html {
  const { language } = locale;
  if (time === undefined)
    return html`<span class="stale">${translate(language, 'operator.devices.never')}</span>`;
  const moment = momentText(time, now, locale);
  return silent
    ? html`<span class="stale">${translate(language, 'operator.devices.silent', { moment })}</span>`
    : html`${moment}`;
}

function battery({ batteryLevel, batteryVoltage }: DeviceOverview, { language }: Locale): string {
  if (batteryLevel !== undefined)
    return `${valueText('battery_level', Math.round(batteryLevel), language)} %`;
  return batteryVoltage === undefined ? '' : `${valueText('battery_voltage', batteryVoltage, language)} V`;
}
