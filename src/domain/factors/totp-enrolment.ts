import QRCode from 'qrcode'
import type { Accounts } from '../accounts.ts'
import type { Limits } from '../limits.ts'
import type { Account } from '../ports.ts'
import { withCodes, withoutOrphans } from './factor-set.ts'
import type { Notices } from './notices.ts'
import { type Owner, type PendingSecret, type PendingTotpParts, pendingSecrets } from './pending-totp.ts'
import type { RecoveryCodesRules } from './recovery-codes.ts'
import { keyUri, sealedSecret, stepOf } from './totp.ts'

/** A secret that waits for its first code. */
export interface PendingTotp {
  /** Base32, for people who cannot scan. */
  secret: string
  /** `otpauth:` */
  uri: string
  /** Inline SVG, black on white on every background; a page gives it role and name. */
  qr: string
}

export type TotpConfirmed =
  /** `recoveryCodes` are those that the first factor brings: made now, shown once. */
  | { kind: 'ok'; recoveryCodes: string[] | undefined }
  | { kind: 'wrong' }
  | { kind: 'expired' }
  /** `retryAfter` in seconds. */
  | { kind: 'limited'; retryAfter: number }

/** Setting up an authenticator app. The functions reject with the refusals `busy` and `store_unavailable`. */
export interface TotpEnrolment {
  /**
   * The same secret until it is confirmed or 15 minutes are over, so that a page may be loaded again. Another place
   * gets another one: who knows the password alone must not learn what the owner is about to scan.
   *
   * @param attempt.place what the secret belongs to: one sign-in, or one visit of the console
   */
  begin(attempt: { sub: string; place: string }): Promise<PendingTotp>
  /** The first code proves that the app has the secret; it replaces the app of before. */
  confirm(attempt: { sub: string; place: string; code: string; address: string }): Promise<TotpConfirmed>
  /** False if there was none. */
  remove(sub: string, address: string): Promise<boolean>
}

export interface TotpEnrolmentParts extends PendingTotpParts {
  accounts: Pick<Accounts, 'find' | 'changeFactors'>
  limits: Pick<Limits, 'code'>
  recoveryCodes: Pick<RecoveryCodesRules, 'make'>
  notices: Notices
  /** Name of this server in the app. */
  service: string
  /** Whether accounts may have a second factor. */
  mayEnrol: boolean
}

const CODE = /^\d{6}$/

/** Six digits as apps show them, with or without a blank between; undefined for anything else. */
export const readTotp = (typed: string): string | undefined => {
  const code = typed.normalize('NFKC').replace(/\s/g, '')
  return CODE.test(code) ? code : undefined
}

export const totpEnrolment = (parts: TotpEnrolmentParts): TotpEnrolment => ({
  begin: begin(parts),
  confirm: confirm(parts),
  async remove(sub, address) {
    const account = await parts.accounts.changeFactors(sub, (factors) =>
      factors.totp ? withoutOrphans({ ...factors, totp: undefined }) : undefined,
    )
    if (account) parts.notices.changed('totp.removed', { account, address })
    return account !== undefined
  },
})

const begin =
  (parts: TotpEnrolmentParts): TotpEnrolment['begin'] =>
  async ({ sub, place }) => {
    const account = await parts.accounts.find(sub)
    if (!account) throw new Error('an account without a record cannot enrol')
    const { secret } = await pendingSecrets(parts).begin({ ...account, place })
    const uri = keyUri({ service: parts.service, label: account.email, secret })
    const qr = await QRCode.toString(uri, { type: 'svg', errorCorrectionLevel: 'M', margin: 4 })
    return { secret, uri, qr: qr.trim() }
  }

const confirm =
  (parts: TotpEnrolmentParts): TotpEnrolment['confirm'] =>
  async ({ sub, place, code: typed, address }) => {
    const { accounts, limits, mayEnrol, now, recoveryCodes } = parts
    const account = await accounts.find(sub)
    if (!mayEnrol || !account || account.disabled) return { kind: 'expired' }
    const owner = { ...account, place }
    const pending = await pendingSecrets(parts).find(owner)
    if (!pending) return { kind: 'expired' }
    const code = readTotp(typed)
    if (code === undefined) return { kind: 'wrong' }
    // No guesses at anything: the secret is on the page. They take none of those at the sign-in.
    const guess = await limits.code(`${sub}@enrolment`)
    if (guess.kind === 'limited') return { kind: 'limited', retryAfter: guess.retryAfter }
    const step = await stepOf(pending.secret, code, now())
    if (step === undefined) return { kind: 'wrong' }
    await guess.succeeded()
    const made = account.factors.recoveryCodes ? undefined : await recoveryCodes.make()
    return install(parts, { owner, pending, step, made, address })
  }

interface Installation {
  owner: Account & Owner
  pending: PendingSecret
  step: number
  made: Awaited<ReturnType<RecoveryCodesRules['make']>> | undefined
  address: string
}

const install = async (
  parts: TotpEnrolmentParts,
  { owner, pending, step, made, address }: Installation,
): Promise<TotpConfirmed> => {
  const { accounts, sealer, notices, now } = parts
  if (!(await pendingSecrets(parts).take(owner, pending))) return { kind: 'expired' }
  const at = now()
  const totp = {
    secret: sealedSecret(sealer, 'account').seal(owner.sub, pending.secret),
    lastStep: step,
    addedAt: at,
    lastUsedAt: at,
  }
  const account = await accounts.changeFactors(owner.sub, (factors, { disabled, validAfter }) =>
    disabled || validAfter !== owner.validAfter ? undefined : withCodes({ ...factors, totp }, made?.stored),
  )
  if (!account) return { kind: 'expired' }
  notices.changed('totp.added', { account, address })
  const isNew = made !== undefined && account.factors.recoveryCodes === made.stored
  if (isNew) notices.noted('recovery_codes.made', { account, address })
  return { kind: 'ok', recoveryCodes: isNew ? made.shown : undefined }
}
