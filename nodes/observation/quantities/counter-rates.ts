import { gauge, type Labels } from '../quantity.ts';

/** What a counter counted per hour since its reading before; derived by the quality check, never sent by a device. */
function perHour(unit: string, most: number, labels: Labels) {
  return gauge(unit, [0, most], labels);
}

/** A share of the hour; 100 is all the time. */
const share = (labels: Labels) => gauge('%', [0, 105], labels);

export const RATES = {
  energy_rate: perHour('kW', 100_000, {
    en: 'Electricity use',
    nb: 'Strømforbruk',
    nn: 'Straumforbruk',
    sv: 'Elförbrukning',
    da: 'Elforbrug',
    fi: 'Sähkönkulutus',
  }),
  heat_energy_rate: perHour('kW', 100_000, {
    en: 'Heat use',
    nb: 'Varmeforbruk',
    nn: 'Varmeforbruk',
    sv: 'Värmeförbrukning',
    da: 'Varmeforbrug',
    fi: 'Lämmönkulutus',
  }),
  gas_volume_rate: perHour('m3/h', 100_000, {
    en: 'Gas use',
    nb: 'Gassforbruk',
    nn: 'Gassforbruk',
    sv: 'Gasförbrukning',
    da: 'Gasforbrug',
    fi: 'Kaasunkulutus',
  }),
  water_volume_rate: perHour('m3/h', 10_000, {
    en: 'Water use',
    nb: 'Vannforbruk',
    nn: 'Vassforbruk',
    sv: 'Vattenförbrukning',
    da: 'Vandforbrug',
    fi: 'Vedenkulutus',
  }),
  electric_charge_rate: perHour('A', 100_000, {
    en: 'Charge per hour',
    nb: 'Ladning per time',
    nn: 'Ladning per time',
    sv: 'Laddning per timme',
    da: 'Ladning pr. time',
    fi: 'Varaus tunnissa',
  }),
  precipitation_total_rate: perHour('mm/h', 500, {
    en: 'Precipitation per hour',
    nb: 'Nedbør per time',
    nn: 'Nedbør per time',
    sv: 'Nederbörd per timme',
    da: 'Nedbør pr. time',
    fi: 'Sademäärä tunnissa',
  }),
  lamp_hours_rate: share({
    en: 'Share of time lit',
    nb: 'Andel av tiden tent',
    nn: 'Del av tida tend',
    sv: 'Andel av tiden tänd',
    da: 'Andel af tiden tændt',
    fi: 'Palamisajan osuus',
  }),
  pump_run_time_rate: share({
    en: 'Share of time the pump runs',
    nb: 'Andel av tiden pumpen går',
    nn: 'Del av tida pumpa går',
    sv: 'Andel av tiden pumpen går',
    da: 'Andel af tiden pumpen kører',
    fi: 'Pumpun käyntiajan osuus',
  }),
  door_openings_total_rate: perHour('/h', 100_000, {
    en: 'Openings per hour',
    nb: 'Åpninger per time',
    nn: 'Opningar per time',
    sv: 'Öppningar per timme',
    da: 'Åbninger pr. time',
    fi: 'Avauksia tunnissa',
  }),
  people_in_total_rate: perHour('/h', 100_000, {
    en: 'People in per hour',
    nb: 'Personer inn per time',
    nn: 'Personar inn per time',
    sv: 'Personer in per timme',
    da: 'Personer ind pr. time',
    fi: 'Henkilöitä sisään tunnissa',
  }),
  people_out_total_rate: perHour('/h', 100_000, {
    en: 'People out per hour',
    nb: 'Personer ut per time',
    nn: 'Personar ut per time',
    sv: 'Personer ut per timme',
    da: 'Personer ud pr. time',
    fi: 'Henkilöitä ulos tunnissa',
  }),
  pulse_count_rate: perHour('/h', 10_000_000, {
    en: 'Pulses per hour',
    nb: 'Pulser per time',
    nn: 'Pulsar per time',
    sv: 'Pulser per timme',
    da: 'Impulser pr. time',
    fi: 'Pulsseja tunnissa',
  }),
  pulse_count_2_rate: perHour('/h', 10_000_000, {
    en: 'Pulses per hour, input 2',
    nb: 'Pulser per time, inngang 2',
    nn: 'Pulsar per time, inngang 2',
    sv: 'Pulser per timme, ingång 2',
    da: 'Impulser pr. time, indgang 2',
    fi: 'Pulsseja tunnissa, tulo 2',
  }),
};

/** Counters of hours: what they count per hour is a share of the time, in percent. */
const PERCENT = ['lamp_hours_rate', 'pump_run_time_rate'];
const ENDING = '_rate';

/** Quantity of the rate by that of its counter, and what its unit is in counts per hour. */
export const COUNTER_RATES: ReadonlyMap<string, { id: string; factor: number }> = new Map(
  Object.keys(RATES).map((id) => [
    id.slice(0, -ENDING.length),
    { id, factor: PERCENT.includes(id) ? 100 : 1 },
  ]),
);
