import type { Consent, ConsentStore } from '../ports.ts'
import type { ClientRegistry } from './registry.ts'

/** What a person allowed the client that is registered now, not one that had its id before. */
export type LivingConsents = Pick<ConsentStore, 'find' | 'add'>

export const livingConsents = (
  consents: Pick<ConsentStore, 'find' | 'add' | 'remove'>,
  { existedAt }: Pick<ClientRegistry, 'existedAt'>,
): LivingConsents => {
  const isLiving = ({ clientId, updatedAt }: Consent): Promise<boolean> =>
    existedAt(clientId, updatedAt / 1000)
  return {
    async find(sub, clientId) {
      const stored = await consents.find(sub, clientId)
      return stored && (await isLiving(stored)) ? stored : undefined
    },
    async add(consent) {
      const { sub, clientId } = consent
      const stored = await consents.find(sub, clientId)
      // The store joins them: nothing of the old one may come to life.
      if (stored && !(await isLiving(stored))) await consents.remove(sub, clientId)
      await consents.add(consent)
    },
  }
}
