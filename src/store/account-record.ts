import { z } from 'zod'
import { StoredAssignment } from '../domain/access/assignment-json.ts'
import type { Account, Assignment, Factors } from '../domain/ports.ts'
import { DamagedRecord } from './damaged-record.ts'

const StoredFactors = z.object({
  totp: z
    .object({
      secret: z.string(),
      lastStep: z.number(),
      addedAt: z.number(),
      lastUsedAt: z.number().optional(),
    })
    .optional(),
  recoveryCodes: z
    .object({
      madeAt: z.number(),
      left: z.array(z.object({ mark: z.string(), hash: z.string() })),
    })
    .optional(),
  passkeys: z.array(
    z.object({
      id: z.string(),
      publicKey: z.string(),
      counter: z.number(),
      transports: z.array(z.string()),
      name: z.string(),
      isSynced: z.boolean(),
      addedAt: z.number(),
      lastUsedAt: z.number().optional(),
    }),
  ),
})

const Stored = z.object({
  email: z.string(),
  emailVerified: z.boolean(),
  name: z.string().optional(),
  locale: z.string().optional(),
  password: z.string().optional(),
  passwordChangedAt: z.number().optional(),
  // Records from before there were any have none.
  factors: StoredFactors.default({ passkeys: [] }),
  roles: z.array(StoredAssignment),
  disabled: z.boolean(),
  validAfter: z.number(),
  clientsValidAfter: z.array(z.object({ clientId: z.string(), at: z.number() })).default([]),
  deletion: z.object({ due: z.number(), clientIds: z.array(z.string()) }).optional(),
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
  const { name, locale, password, passwordChangedAt, factors, roles, deletion, ...rest } = parsed.data
  return {
    ...rest,
    roles: roles.map(withFrozenParts),
    sub,
    emailKey,
    name,
    locale,
    password,
    passwordChangedAt,
    factors: factorsFrom(factors),
    deletion,
    version,
  }
}

/** Members that are undefined are there, as the type says. */
const factorsFrom = ({ totp, recoveryCodes, passkeys }: z.output<typeof StoredFactors>): Factors => ({
  totp: totp && { ...totp, lastUsedAt: totp.lastUsedAt },
  recoveryCodes,
  passkeys: passkeys.map((passkey) => ({ ...passkey, lastUsedAt: passkey.lastUsedAt })),
})

/** Copies of an account share what narrows its assignments: a condition is too large to copy for every request. */
const withFrozenParts = (assignment: Assignment): Assignment => {
  freeze(assignment.on)
  freeze(assignment.when)
  return assignment
}

const freeze = (value: unknown): void => {
  if (typeof value !== 'object' || value === null) return
  Object.freeze(value)
  Object.values(value).forEach(freeze)
}

const copyOfFactors = ({ totp, recoveryCodes, passkeys }: Factors): Factors => ({
  totp: totp && { ...totp },
  recoveryCodes: recoveryCodes && {
    ...recoveryCodes,
    left: recoveryCodes.left.map((code) => ({ ...code })),
  },
  passkeys: passkeys.map((passkey) => ({ ...passkey, transports: [...passkey.transports] })),
})

/** Callers get copies: what they change must not reach a cache. Member by member: a deep clone costs ten times more. */
export const copyOfAccount = (account: Account): Account => ({
  ...account,
  roles: account.roles.map((role) => ({ ...role })),
  factors: copyOfFactors(account.factors),
  clientsValidAfter: account.clientsValidAfter.map((removed) => ({ ...removed })),
  deletion: account.deletion && { ...account.deletion, clientIds: [...account.deletion.clientIds] },
})

/** Characters of an account in memory, roughly. */
export const costOfAccount = ({ roles, factors, clientsValidAfter, deletion }: Account): number =>
  600 +
  roles.reduce((sum, assignment) => sum + costOfAssignment(assignment), 0) +
  200 * (factors.recoveryCodes?.left.length ?? 0) +
  600 * factors.passkeys.length +
  60 * (clientsValidAfter.length + (deletion?.clientIds.length ?? 0))

const costOfAssignment = ({ on, when }: Assignment): number =>
  30 + (on ? 60 + on.id.length : 0) + (when ? 2 * JSON.stringify(when).length : 0)
