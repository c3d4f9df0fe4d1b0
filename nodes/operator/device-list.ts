import { durationText } from '../nbiot/clock-words.ts';
import type { AreaId } from '../observation/areas.ts';
import { quantityLabel } from '../observation/labels.ts';
import { translate } from '../observation/messages.ts';
import { QUANTITIES } from '../observation/quantities.ts';
import { type Html, html } from '../opendata/html.ts';
import { type Locale, momentText, valueWithUnit } from '../opendata/wording.ts';
import type { CurrentValue, DeviceOverview } from './device-overview.ts';
import { sandboxMark } from './marks.ts';

/**
 * The devices of an area, each with what it measures: sensors of many kinds side by side have hardly a column in common,
 * and a phone has no room for a table.
 */
export function deviceList(
  area: AreaId,
  devices: readonly DeviceOverview[],
  locale: Locale,
  now: number,
): Html {
  return html`<section aria-labelledby="area-${area}"><h2 id="area-${area}">${translate(locale.language, `observation.area.${area}`)}</h2>
<ul class="devices">${devices.map((device) => deviceItem(device, locale, now))}</ul></section>`;
}

function deviceItem(overview: DeviceOverview, locale: Locale, now: number): Html {
  const { device, values } = overview;
  const place =
    device.site !== undefined &&
    !device.name.includes(device.site) &&
    html` <span class="quiet">${device.site}</span>`;
  const readings = values.map((value) => reading(overview, value, locale, now));
  return html`<li><h3>${device.name}${place}${sandboxMark(device, locale)}</h3>
${readings.length > 0 && html`<ul class="readings">${readings}</ul>`}
<p class="signs">${lastSeen(overview, locale, now)} ${battery(overview, locale)} ${clock(overview, locale)}</p></li>`;
}

/** The value with its quality in words, and with its own time if the device was heard long after it. */
function reading(overview: DeviceOverview, current: CurrentValue, locale: Locale, now: number): Html {
  const { language } = locale;
  const { quantity, flag = 2, time, isOld } = current;
  const moment =
    isOld &&
    html` <span class="quality stale">${translate(language, 'operator.devices.measured', { moment: momentText(time, now, locale) })}</span>`;
  return html`<li><span class="quantity">${quantityLabel(quantity, language)}</span> ${shownValue(overview, current, locale)}
<span class="quality flag-${flag}">${translate(language, `operator.flag.${flag}`)}</span>${moment}</li>`;
}

/** A number opens its chart. */
function shownValue({ device }: DeviceOverview, { quantity, value }: CurrentValue, locale: Locale): Html {
  const { language } = locale;
  const shown = valueWithUnit(quantity, value, language);
  if (QUANTITIES[quantity].valueType !== 'number') return html`<span class="value">${shown}</span>`;
  const label = translate(language, 'operator.chart.open', {
    quantity: quantityLabel(quantity, language),
    device: device.name,
  });
  return html`<button type="button" class="series" data-device="${device.id}" data-quantity="${quantity}" title="${label}" aria-haspopup="dialog">${shown}</button>`;
}

function lastSeen({ lastSeen: time, silent }: DeviceOverview, locale: Locale, now: number): Html {
  const text = (key: string, moment = '') =>
    translate(locale.language, `operator.devices.${key}`, { moment });
  if (time === undefined) return html`<span class="stale">${text('never')}</span>`;
  const moment = momentText(time, now, locale);
  return silent
    ? html`<span class="stale">${text('silent', moment)}</span>`
    : html`<span>${text('heard', moment)}</span>`;
}

function battery({ batteryLevel, batteryVoltage }: DeviceOverview, { language }: Locale): Html | false {
  const level =
    batteryLevel === undefined
      ? batteryVoltage !== undefined && valueWithUnit('battery_voltage', batteryVoltage, language)
      : valueWithUnit('battery_level', Math.round(batteryLevel), language);
  return level !== false && html`<span>${translate(language, 'operator.devices.battery', { level })}</span>`;
}

function clock({ clockOffset }: DeviceOverview, { language }: Locale): Html | false {
  if (clockOffset === undefined) return false;
  const duration = durationText(clockOffset, language);
  const key = clockOffset > 0 ? 'operator.devices.clock_ahead' : 'operator.devices.clock_behind';
  return html`<span class="stale">${translate(language, key, { duration })}</span>`;
}
