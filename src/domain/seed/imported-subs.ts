import { z } from 'zod'
import { changeDocument, type DocumentParts, readDocument } from '../access/document.ts'
import type { DocumentStore } from '../ports.ts'

const Imported = z.object({ subs: z.array(z.string()) })
type Imported = z.infer<typeof Imported>

/**
 * Subs of the accounts that seeds made with an unverified address. Nothing else tells them from those of strangers who
 * registered the address first, and whose account must not get what the seed means for its owner (C-15).
 */
export interface ImportedSubs {
  has(sub: string): Promise<boolean>
  add(sub: string): Promise<void>
}

/** Keeps them in a document of their own. */
export const importedSubs = (documents: DocumentStore): ImportedSubs => {
  const document: DocumentParts<Imported> = {
    documents,
    name: 'seed',
    parse: (value) => Imported.parse(value),
    initial: { subs: [] },
  }
  return {
    has: async (sub) => (await readDocument(document)).value.subs.includes(sub),
    async add(sub) {
      await changeDocument(document, ({ subs }) => ({ subs: [...subs, sub] }))
    },
  }
}
