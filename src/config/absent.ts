import type { SettingName } from './settings.ts'

export interface Absence {
  feature: string
  /** Values that ask for nothing that is missing; none: the setting has to stay unset. */
  works: readonly string[]
}

/**
 * Features of the design that this release does not have, by the setting that asks for them: whoever asks is refused.
 * The line goes when the feature comes.
 */
export const absent: Partial<Record<SettingName, Absence>> = {
  PROFILE: { feature: 'a profile other than the default', works: ['default'] },
  OTEL_EXPORTER_OTLP_ENDPOINT: { feature: 'tracing', works: [] },
}

/** What remains possible, as a clause for documentation and faults. */
export const absence = ({ feature, works }: Absence): string =>
  `${works.length === 0 ? 'unset' : works.join(' or ')} (${feature} is not in this release)`
