import type { Accounts } from '../accounts.ts'
import type { Account, Clock, Hasher, RecoveryCodes } from '../ports.ts'
import { hasFactor } from './factor-set.ts'
import type { Notices } from './notices.ts'

/** Neither 0 and O nor 1 and I; 32 of them, so that five random bits choose one without preference. */
const ALPHABET = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ'
const COUNT = 10
const LENGTH = 12
const CODE = new RegExp(`^[${ALPHABET}]{${LENGTH}}$`)

export interface RecoveryCodeParts {
  accounts: Pick<Accounts, 'find' | 'changeFactors'>
  hasher: Pick<Hasher, 'hash' | 'verify' | 'verifyNothing'>
  notices: Notices
  now: Clock
  /** @param size bytes */
  random: (size: number) => Buffer
}

/** Codes as they are shown, once, and as they are stored. */
export interface MadeCodes {
  shown: string[]
  stored: RecoveryCodes
}

export interface RecoveryCodesRules {
  make(): Promise<MadeCodes>
  /** New codes in place of all earlier ones; undefined for an account without a second factor. */
  renew(sub: string, address: string): Promise<string[] | undefined>
  /**
   * Takes a code, once, whatever the parallelism. One hash is computed, whether or not there is such a code.
   *
   * @param code of `readRecoveryCode`
   * @returns the account as it is then, or undefined if the code is not good
   */
  take(account: Account, code: string, address: string): Promise<Account | undefined>
}

/** A code as it is hashed; small letters, blanks and other dashes, or none, are what people type. Undefined for anything else. */
export const readRecoveryCode = (typed: string): string | undefined => {
  const code = typed
    .normalize('NFKC')
    .replace(/[\s\p{Pd}]/gu, '')
    .toUpperCase()
  return CODE.test(code) ? code : undefined
}

const shown = (code: string): string => (code.match(/.{4}/g) ?? []).join('-')

/** 60 random bits each. Their first characters differ, so that one hash is enough to know which one was typed. */
const draw = (random: (size: number) => Buffer): string[] => {
  const byMark = new Map<string, string>()
  while (byMark.size < COUNT) {
    const code = [...random(LENGTH)].map((byte) => ALPHABET.charAt(byte % ALPHABET.length)).join('')
    byMark.set(code.charAt(0), code)
  }
  return [...byMark.values()]
}

/** The functions reject with the refusals `busy` and `store_unavailable`. */
export const recoveryCodes = (parts: RecoveryCodeParts): RecoveryCodesRules => {
  const { accounts, hasher, notices, now, random } = parts

  const make: RecoveryCodesRules['make'] = async () => {
    const codes = draw(random)
    const left = []
    // One after the other: sign-ins wait for the same hasher.
    for (const code of codes) left.push({ mark: code.charAt(0), hash: await hasher.hash(code) })
    return { shown: codes.map(shown), stored: { madeAt: now(), left } }
  }

  return {
    make,
    async renew(sub, address) {
      const found = await accounts.find(sub)
      if (!found || !hasFactor(found)) return undefined
      const made = await make()
      const account = await accounts.changeFactors(sub, (factors) =>
        hasFactor({ factors }) ? { ...factors, recoveryCodes: made.stored } : undefined,
      )
      if (!account) return undefined
      notices.changed('recovery_codes.made', { account, address })
      return made.shown
    },
    take: takeCode(parts),
  }
}

const takeCode =
  ({ accounts, hasher, notices }: RecoveryCodeParts): RecoveryCodesRules['take'] =>
  async ({ sub, factors }, code, address) => {
    const entry = factors.recoveryCodes?.left.find(({ mark }) => mark === code.charAt(0))
    if (!entry) {
      await hasher.verifyNothing(code)
      return undefined
    }
    if (!(await hasher.verify(entry.hash, code))) return undefined
    const account = await accounts.changeFactors(sub, (present, { disabled }) => {
      const codes = present.recoveryCodes
      const left = codes?.left.filter(({ hash }) => hash !== entry.hash)
      if (disabled || !codes || !left || left.length === codes.left.length) return undefined
      return { ...present, recoveryCodes: { ...codes, left } }
    })
    if (!account) return undefined
    const left = account.factors.recoveryCodes?.left.length ?? 0
    notices.changed('recovery_code.used', { account, address, detail: { left } })
    return account
  }
