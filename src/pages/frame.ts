import type { PagePolicy } from '../http/headers.ts'
import type { Words } from '../i18n.ts'

/** What surrounds a page: its layout, its browser policy and its title. */
export interface Frame<Locals> {
  layout: 'gate' | 'wide' | 'console'
  policy(locals: Locals): PagePolicy
  /** `enhance.js` has something to do here. */
  script: boolean
  title(words: Words, locals: Locals): string
}

/** One frame for each page of a topic. */
export type Frames<Locals> = { readonly [Page in keyof Locals]: Frame<Locals[Page]> }

/** Its submit can end at an application (N-CSP). */
export const engineForms = (): PagePolicy => ({ forms: 'engine' })
export const ownForms = (): PagePolicy => ({ forms: 'own' })
export const noForms = (): PagePolicy => ({ forms: 'none' })
