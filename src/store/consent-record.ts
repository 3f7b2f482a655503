import { z } from 'zod'
import type { Consent } from '../domain/ports.ts'
import { DamagedRecord } from './damaged-record.ts'

const Stored = z.object({
  scopes: z.array(z.string()),
  resources: z.record(z.string(), z.array(z.string())),
  updatedAt: z.number(),
})

/** @throws DamagedRecord if `stored` is not what was kept of a consent */
export const consentFrom = (
  stored: unknown,
  { sub, clientId }: Pick<Consent, 'sub' | 'clientId'>,
): Consent => {
  const parsed = Stored.safeParse(stored)
  if (!parsed.success) throw new DamagedRecord('a consent record', { cause: parsed.error })
  return { sub, clientId, ...parsed.data }
}

const union = (one: readonly string[] = [], other: readonly string[] = []): string[] => [
  ...new Set([...one, ...other]),
]

/** What is stored and what is added, each scope once. */
export const joinConsents = (stored: Consent | undefined, added: Consent): Consent => {
  const resources = new Map(Object.entries(stored?.resources ?? {}))
  for (const [resource, scopes] of Object.entries(added.resources)) {
    resources.set(resource, union(resources.get(resource), scopes))
  }
  return {
    ...added,
    scopes: union(stored?.scopes, added.scopes),
    resources: Object.fromEntries(resources),
  }
}
