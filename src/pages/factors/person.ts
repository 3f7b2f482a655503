import type { Account } from '../../domain/ports.ts'
import { initial } from '../display.ts'
import type { InteractionParts } from '../parts.ts'
import { interactionPath } from '../step.ts'
import type { PersonView } from './locals.ts'

/** Whom the page takes its reader for, with a way out for somebody else. */
export const personView = (
  { csrf }: Pick<InteractionParts, 'csrf'>,
  uid: string,
  { name, email }: Pick<Account, 'name' | 'email'>,
): PersonView => ({
  label: email,
  initial: initial(name ?? email),
  csrf: csrf.interactionToken(uid),
  restartAction: interactionPath(uid, 'restart'),
})
