import type { Accounts } from '../accounts.ts'
import type { Limits } from '../limits.ts'
import type { Account, Audit } from '../ports.ts'
import type { Doing } from './notices.ts'
import type { MfaPolicy } from './policy.ts'
import { type RecoveryCodesRules, readRecoveryCode } from './recovery-codes.ts'
import { type TotpParts, takeTotp } from './totp.ts'
import { readTotp } from './totp-enrolment.ts'

export type Method = 'totp' | 'recovery_code' | 'passkey'

export interface CodeAttempt {
  /** Whose password was right. */
  sub: string
  /** As it was typed. */
  code: string
  /** Network address of the client. */
  address: string
}

export type CodeOutcome =
  /** RFC 8176 methods, of this step alone. */
  | { kind: 'ok'; amr: string[] }
  | { kind: 'wrong' }
  /** `retryAfter` in seconds. */
  | { kind: 'limited'; retryAfter: number }

/** The step after the password. */
export interface SecondFactors extends MfaPolicy {
  /** What the person can answer with. */
  methods(account: Account): Method[]
  /**
   * A code of the authenticator app or a recovery code, told apart by their form. Each is taken once. All codes of an
   * account share one small number of guesses, whatever the session or challenge (C-19); what no code can look like
   * is wrong and takes none. The function rejects with the refusals `busy` and `store_unavailable`.
   */
  verifyCode(attempt: CodeAttempt): Promise<CodeOutcome>
}

export interface SecondFactorParts extends TotpParts {
  accounts: Pick<Accounts, 'find' | 'changeFactors'>
  limits: Pick<Limits, 'code'>
  recoveryCodes: Pick<RecoveryCodesRules, 'take'>
  policy: MfaPolicy
  /** Hears of each wrong code. */
  watch: (doing: Doing) => Promise<void>
  audit: Audit
}

export const secondFactors = (parts: SecondFactorParts): SecondFactors => ({
  ...parts.policy,
  methods: ({ factors }) => [
    ...(factors.totp ? (['totp'] as const) : []),
    ...(factors.passkeys.length > 0 ? (['passkey'] as const) : []),
    ...(factors.recoveryCodes && factors.recoveryCodes.left.length > 0 ? (['recovery_code'] as const) : []),
  ],
  verifyCode: verifyCode(parts),
})

type Read = { method: 'totp' | 'recovery_code'; code: string }

const read = (typed: string): Read | undefined => {
  const totp = readTotp(typed)
  if (totp !== undefined) return { method: 'totp', code: totp }
  const code = readRecoveryCode(typed)
  return code === undefined ? undefined : { method: 'recovery_code', code }
}

const verifyCode = (parts: SecondFactorParts): SecondFactors['verifyCode'] => {
  const { accounts, limits, recoveryCodes, watch, audit } = parts
  const totp = takeTotp(parts)
  return async ({ sub, code: typed, address }) => {
    const given = read(typed)
    if (!given) return { kind: 'wrong' }
    const place = await limits.code(sub)
    if (place.kind === 'limited') {
      if (place.isFirst) audit({ type: 'second_factor.limited', sub, address })
      return { kind: 'limited', retryAfter: place.retryAfter }
    }
    const account = await accounts.find(sub)
    if (!account || account.disabled) return { kind: 'wrong' }
    const { method, code } = given
    const taken = await (method === 'totp' ? totp(account, code) : recoveryCodes.take(account, code, address))
    if (!taken) {
      audit({ type: 'second_factor.failed', sub, address, detail: { method } })
      await watch({ account, address })
      return { kind: 'wrong' }
    }
    await place.succeeded()
    audit({ type: 'sign_in.succeeded', sub, address, detail: { method } })
    return { kind: 'ok', amr: ['otp'] }
  }
}
