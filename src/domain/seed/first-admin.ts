import type { Access } from '../access/access.ts'
import type { AccountRules } from './account-entries.ts'
import type { AccountsForSeed } from './accounts.ts'

export interface FirstAdminParts extends Pick<AccountRules, 'parseEmail' | 'passwordFaults'> {
  access: Pick<Access, 'changeAdmins' | 'grantAdmin'>
  accounts: Pick<AccountsForSeed, 'create' | 'find'>
  /** Makes a sub, never used before. */
  newId: () => string
  /** Random bytes of a cryptographic generator. */
  random: (size: number) => Buffer
}

export interface FirstAdminOptions {
  development: boolean
  /** BOOTSTRAP_ADMIN_EMAIL */
  email?: string | undefined
  /** BOOTSTRAP_ADMIN_PASSWORD */
  password?: string | undefined
}

export type FirstAdmin =
  | { kind: 'exists' }
  /** Nobody is admin, and nobody was named. */
  | { kind: 'none' }
  /** `password` only if it was made here: to be shown once. */
  | { kind: 'created'; email: string; password: string | undefined }
  /** `fault` is a line for the operator. */
  | { kind: 'refused'; fault: string }

type Named =
  | { kind: 'named'; email: string; emailKey: string; password: string; isMade: boolean }
  | { kind: 'none' }
  | { kind: 'refused'; fault: string }

/**
 * Makes the first admin if there is none; of any number of processes that start at once, one makes it. What a process
 * began before it died, the next one finishes.
 *
 * @throws the refusals `busy` and `store_unavailable`
 */
export const ensureAdmin = async (
  parts: FirstAdminParts,
  options: FirstAdminOptions,
): Promise<FirstAdmin> => {
  const { access, accounts } = parts
  // The sub is agreed before there is an account with it, so that all who try make the same one.
  const { claim } = await access.changeAdmins(async ({ subs, suspended, claim: begun }) => {
    const holders = await Promise.all(subs.map((sub) => accounts.find(sub)))
    return holders.some((holder) => holder !== undefined)
      ? { subs, suspended }
      : { subs, suspended, claim: begun ?? parts.newId() }
  })
  if (claim === undefined) return { kind: 'exists' }
  const named = nameAdmin(parts, options)
  if (named.kind !== 'named') return named
  const { kind } = await accounts.create(accountOf(claim, named))
  if (kind === 'taken' && !(await accounts.find(claim)))
    return { kind: 'refused', fault: `BOOTSTRAP_ADMIN_EMAIL: ${named.email} has an account that is no admin` }
  await access.grantAdmin(claim)
  if (kind === 'taken') return { kind: 'exists' }
  return { kind, email: named.email, password: named.isMade ? named.password : undefined }
}

const accountOf = (sub: string, { email, emailKey, password }: Named & { kind: 'named' }) => ({
  sub,
  email,
  emailKey,
  password,
  passwordHash: undefined,
  name: undefined,
  locale: undefined,
  emailVerified: true,
  roleIds: [],
  assignments: [],
})

const nameAdmin = (parts: FirstAdminParts, { development, email, password }: FirstAdminOptions): Named => {
  const isGiven = email !== undefined && password !== undefined
  if (!isGiven && !development) return { kind: 'none' }
  const address = parts.parseEmail(isGiven ? email : DEVELOPMENT_EMAIL)
  if (!address) return { kind: 'refused', fault: 'BOOTSTRAP_ADMIN_EMAIL: wanted one plain e-mail address' }
  const person = { kind: 'named', email: address.email, emailKey: address.key } as const
  if (!isGiven) return { ...person, password: readablePassword(parts.random), isMade: true }
  const [fault] = development ? [] : parts.passwordFaults(password, { email, name: undefined })
  if (fault)
    return { kind: 'refused', fault: `BOOTSTRAP_ADMIN_PASSWORD: the policy refuses it (${fault.code})` }
  return { ...person, password, isMade: false }
}

const DEVELOPMENT_EMAIL = 'admin@localhost'

/** 32 characters that nobody mistakes for each other: 5 bits each. */
const ALPHABET = 'abcdefghijkmnpqrstuvwxyz23456789'
const GROUPS = 5
const GROUP_LENGTH = 4

/** Five groups of four: 100 bits, easy to copy from a screen. */
const readablePassword = (random: (size: number) => Buffer): string =>
  Array.from({ length: GROUPS }, () =>
    [...random(GROUP_LENGTH)].map((byte) => ALPHABET.charAt(byte % ALPHABET.length)).join(''),
  ).join('-')
