import { join } from 'node:path'
import { type Catalogue, readCatalogues } from '../i18n.ts'

/** Folders of texts below `views/locales`, beside those in the folder itself. */
export const topics = ['account', 'recovery', 'factors', 'mail', 'rest'] as const

/**
 * All texts of the pages and the mail, by locale. The playground has its own.
 *
 * @throws Error if a catalogue is not JSON
 */
export const pageCatalogues = (viewsDir: string): Record<string, Catalogue> => {
  const folder = join(viewsDir, 'locales')
  const merged = readCatalogues(folder)
  for (const topic of topics) {
    for (const [locale, texts] of Object.entries(readCatalogues(join(folder, topic)))) {
      merged[locale] = { ...merged[locale], ...texts }
    }
  }
  return merged
}
