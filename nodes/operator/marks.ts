import type { Device } from '../devices/device.ts';
import { translate } from '../observation/messages.ts';
import { type Html, html } from '../opendata/html.ts';
import type { Locale } from '../opendata/wording.ts';

/** The mark behind whatever comes from a simulated device. */
export function sandboxMark({ sandbox }: Pick<Device, 'sandbox'>, { language }: Locale): Html | false {
  return (
    sandbox === true &&
    html` <span class="mark sandbox">${translate(language, 'operator.sandbox.mark')}</span>`
  );
}
