import { z } from 'zod'
import type { DocumentStore, Store } from '../ports.ts'
import { type LiveDocument, liveDocument } from './live-document.ts'
import { AccessModel, emptyModel } from './model.ts'

/** The holders of the role `admin`: a document of their own, so that the first one is made once. */
const Admins = z.object({
  subs: z.array(z.string()),
  /** Those whose accounts are disabled, or about to be. */
  suspended: z.array(z.string()).default([]),
  /** Sub of a first admin whose account is being made; see `seed/first-admin.ts`. */
  claim: z.string().exactOptional(),
})
export type Admins = z.infer<typeof Admins>

/**
 * The two documents of the access rules, in memory.
 *
 * @throws the refusals `store_unavailable`, or `internal` if what is stored is damaged
 */
export const openDocuments = async (parts: {
  documents: DocumentStore
  onChange: Store['onChange']
}): Promise<{ model: LiveDocument<AccessModel>; admins: LiveDocument<Admins> }> => ({
  model: await liveDocument({
    ...parts,
    name: 'access',
    parse: (value) => AccessModel.parse(value),
    initial: emptyModel,
  }),
  admins: await liveDocument<Admins>({
    ...parts,
    name: 'admins',
    parse: (value) => Admins.parse(value),
    initial: { subs: [], suspended: [] },
  }),
})
