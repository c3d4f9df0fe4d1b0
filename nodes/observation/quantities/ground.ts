import { gauge, type Quantity } from '../quantity.ts';

const roadCondition: Quantity = {
  unit: '1',
  valueType: 'string',
  kind: 'state',
  aggregation: 'last',
  labels: {
    en: 'Road condition',
    nb: 'Føreforhold',
    nn: 'Føretilhøve',
    sv: 'Väglag',
    da: 'Føre',
    fi: 'Keli',
  },
};

/** Snow, roads and soil. */
export const GROUND = {
  snow_temperature: gauge(
    'Cel',
    [-50, 20],
    {
      en: 'Snow temperature',
      nb: 'Snøtemperatur',
      nn: 'Snøtemperatur',
      sv: 'Snötemperatur',
      da: 'Snetemperatur',
      fi: 'Lumen lämpötila',
    },
    { cf: 'temperature_in_surface_snow' },
  ),
  snow_humidity: gauge('%', [0, 100], {
    en: 'Snow moisture',
    nb: 'Snøfuktighet',
    nn: 'Snøfukt',
    sv: 'Snöfuktighet',
    da: 'Snefugtighed',
    fi: 'Lumen kosteus',
  }),
  snow_depth: gauge(
    'cm',
    [0, 800],
    { en: 'Snow depth', nb: 'Snødybde', nn: 'Snødjupn', sv: 'Snödjup', da: 'Snedybde', fi: 'Lumensyvyys' },
    { cf: 'surface_snow_thickness', smartData: 'snowHeight' },
  ),
  surface_temperature: gauge(
    'Cel',
    [-60, 90],
    {
      en: 'Surface temperature',
      nb: 'Overflatetemperatur',
      nn: 'Overflatetemperatur',
      sv: 'Yttemperatur',
      da: 'Overfladetemperatur',
      fi: 'Pintalämpötila',
    },
    { cf: 'surface_temperature' },
  ),
  road_temperature: gauge('Cel', [-50, 80], {
    en: 'Road surface temperature',
    nb: 'Veibanetemperatur',
    nn: 'Vegbanetemperatur',
    sv: 'Vägytetemperatur',
    da: 'Vejtemperatur',
    fi: 'Tienpinnan lämpötila',
  }),
  road_condition: roadCondition,
  road_friction: gauge(
    '1',
    [0, 1],
    {
      en: 'Road friction',
      nb: 'Veifriksjon',
      nn: 'Vegfriksjon',
      sv: 'Vägfriktion',
      da: 'Vejfriktion',
      fi: 'Tien kitka',
    },
    { aggregation: 'min' },
  ),
  water_film_thickness: gauge('mm', [0, 20], {
    en: 'Water film on the road',
    nb: 'Vannfilm på veien',
    nn: 'Vassfilm på vegen',
    sv: 'Vattenfilm på vägen',
    da: 'Vandfilm på vejen',
    fi: 'Vesikerros tiellä',
  }),
  soil_temperature: gauge(
    'Cel',
    [-50, 70],
    {
      en: 'Soil temperature',
      nb: 'Jordtemperatur',
      nn: 'Jordtemperatur',
      sv: 'Marktemperatur',
      da: 'Jordtemperatur',
      fi: 'Maan lämpötila',
    },
    { cf: 'soil_temperature', smartData: 'soilTemperature' },
  ),
  soil_moisture: gauge(
    '%',
    [0, 100],
    {
      en: 'Soil moisture',
      nb: 'Jordfuktighet',
      nn: 'Jordfukt',
      sv: 'Markfuktighet',
      da: 'Jordfugtighed',
      fi: 'Maan kosteus',
    },
    { smartData: 'soilMoistureVwc' },
  ),
};
