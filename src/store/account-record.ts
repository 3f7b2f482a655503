import { z } from 'zod'
import type { Account } from '../domain/ports.ts'
import { DamagedRecord } from './damaged-record.ts'

const Stored = z.object({
  email: z.string(),
  emailVerified: z.boolean(),
  name: z.string().optional(),
  locale: z.string().optional(),
  password: z.string().optional(),
  roles: z.array(z.object({ roleId: z.string() })),
  disabled: z.boolean(),
  validAfter: z.number(),
  createdAt: z.number(),
  updatedAt: z.number(),
})

/** What a driver keeps of an account beside the members that it looks up or compares by. */
export type AccountRecord = Omit<Account, 'sub' | 'emailKey' | 'version'>

export const accountRecord = ({ sub, emailKey, version, ...record }: Account): AccountRecord => record

/** @throws DamagedRecord if `stored` is not what `accountRecord` gave */
export const accountFrom = (
  stored: unknown,
  { sub, emailKey, version }: Pick<Account, 'sub' | 'emailKey' | 'version'>,
): Account => {
  const parsed = Stored.safeParse(stored)
  if (!parsed.success) throw new DamagedRecord('an account record', { cause: parsed.error })
  const { name, locale, password, ...rest } = parsed.data
  return { ...rest, sub, emailKey, name, locale, password, version }
}

/** Callers get copies: what they change must not reach a cache. */
export const copyOfAccount = (account: Account): Account => ({
  ...account,
  roles: account.roles.map((role) => ({ ...role })),
})
