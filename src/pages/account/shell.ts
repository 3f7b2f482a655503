/** What surrounds every page of the console. */
export interface Shell {
  csrf: string
  /** Path of the page. */
  path: string
  /** The entry of the navigation to which the page belongs. */
  section: Section
  /** What has just been done, in words. */
  done: { tone: 'good' | 'warn'; text: string } | undefined
}

export const sections = ['overview', 'security', 'devices', 'applications', 'activity'] as const
export type Section = (typeof sections)[number]
