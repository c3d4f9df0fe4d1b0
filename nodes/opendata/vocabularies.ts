import type { PublicLanguage } from '../observation/messages.ts';
import type { Country, Dataset, FrequencyId, HighValueId, LicenceId, ThemeId } from './dataset.ts';
import { HIGH_VALUE, LICENCES } from './dataset.ts';

/** IRIs of the vocabularies that DCAT-AP and its national profiles prescribe. */
export const AUTHORITY = 'http://publications.europa.eu/resource/authority/';
export const LOCAL_AUTHORITY = 'http://purl.org/adms/publishertype/LocalAuthority';
export const PUBLIC_ACCESS = `${AUTHORITY}access-right/PUBLIC`;
/** Kept as long as the municipality publishes it. */
export const STABLE = `${AUTHORITY}planned-availability/STABLE`;
/** Commission Implementing Regulation (EU) 2023/138 on high-value datasets. */
export const HIGH_VALUE_LAW = 'http://data.europa.eu/eli/reg_impl/2023/138/oj';
export const LAW_TYPE = `${AUTHORITY}resource-type/REG_IMPL`;
export const SENSING = 'http://www.opengis.net/spec/iot_sensing/1.1';

const LANGUAGES: Readonly<Record<PublicLanguage, string>> = {
  nb: 'NOB',
  nn: 'NNO',
  sv: 'SWE',
  da: 'DAN',
  fi: 'FIN',
  en: 'ENG',
};

const COUNTRIES: Readonly<Record<Country, string>> = {
  NO: 'country/NOR',
  SE: 'country/SWE',
  DK: 'country/DNK',
  FI: 'country/FIN',
  EU: 'continent/EUROPE',
};

/** Licences as DCAT-AP-SE names them. */
const CREATIVE_COMMONS: Partial<Record<LicenceId, string>> = {
  'CC-BY-4.0': 'http://creativecommons.org/licenses/by/4.0/',
  CC0: 'http://creativecommons.org/publicdomain/zero/1.0/',
};

/** Longest interval between values (minutes) that a frequency describes. */
const INTERVALS: readonly [minutes: number, frequency: FrequencyId][] = [
  [59, 'UPDATE_CONT'],
  [120, 'HOURLY'],
  [2 * 1440, 'DAILY'],
  [14 * 1440, 'WEEKLY'],
  [45 * 1440, 'MONTHLY'],
];
/** At least one value in a period that is shown once. */
const RELEASED = { hour: 'HOURLY', day: 'DAILY', week: 'WEEKLY', month: 'MONTHLY' } as const;

export function languageIri(language: PublicLanguage): string {
  return `${AUTHORITY}language/${LANGUAGES[language]}`;
}

export function countryIri(country: Country): string {
  return AUTHORITY + COUNTRIES[country];
}

export function licenceIri(licence: LicenceId, country: Country): string {
  const national = country === 'SE' ? CREATIVE_COMMONS[licence] : undefined;
  return national ?? LICENCES[licence].iri;
}

/** What a licence asks of whoever uses the data. */
export function licenceTypeIri(licence: LicenceId): string {
  return `http://purl.org/adms/licencetype/${licence === 'CC0' ? 'PublicDomain' : 'Attribution'}`;
}

export function themeIri(theme: ThemeId): string {
  return `${AUTHORITY}data-theme/${theme}`;
}

export function highValueIri(category: HighValueId): string {
  return `http://data.europa.eu/bna/${HIGH_VALUE[category]}`;
}

export function frequencyIri({ frequency, updateMinutes, privacy }: Dataset): string {
  const released = privacy.release && RELEASED[privacy.release.every];
  const usual = released ?? INTERVALS.find(([longest]) => updateMinutes <= longest)?.[1] ?? 'IRREG';
  return `${AUTHORITY}frequency/${frequency ?? usual}`;
}

export function fileTypeIri(fileType: string): string {
  return `${AUTHORITY}file-type/${fileType}`;
}

export function mediaTypeIri(mediaType: string): string {
  return `http://www.iana.org/assignments/media-types/${mediaType}`;
}
