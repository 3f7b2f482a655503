import { type Actor, actorName } from '../access/actor.ts'
import type { ChangeAccount } from '../account-change.ts'
import type { Email } from '../email.ts'
import type { Links } from '../links.ts'
import type { SendMail } from '../mail.ts'
import type { Account, Audit, Clock } from '../ports.ts'

/** What whoever administers an account may change of it; null takes away. Left out: as it is. */
export interface AccountChanges {
  name?: string | null | undefined
  locale?: string | null | undefined
  /** Not proven by its owner, unless `emailVerified` vouches for it. */
  email?: Email | undefined
  emailVerified?: boolean | undefined
}

export interface AccountEdit {
  actor: Actor
  /** Network address of who asks. */
  address: string
  sub: string
  /** Of the account as it was read: changed since, it is `stale`. Undefined: whatever it is now. */
  version: number | undefined
  changes: AccountChanges
}

export type AccountEdited =
  | { kind: 'done'; account: Account }
  | { kind: 'stale' }
  /** Another account has the address. */
  | { kind: 'taken' }
  | { kind: 'unknown' }

export interface AccountEditParts {
  change: ChangeAccount
  audit: Audit
  sendMail: SendMail
  links: Pick<Links, 'security'>
  now: Clock
}

/** Changes an account in one step; both addresses hear of a new one. Rejects with the refusal `store_unavailable`. */
export const editAccount =
  (parts: AccountEditParts) =>
  async ({ actor, address, sub, version, changes }: AccountEdit): Promise<AccountEdited> => {
    const seen: { before?: Account } = {}
    const outcome = await parts.change(sub, (account) => {
      seen.before = account
      return version === undefined || version === account.version ? membersOf(account, changes) : undefined
    })
    if (outcome.kind === 'taken') return { kind: 'taken' }
    if (!seen.before) return { kind: 'unknown' }
    if (outcome.kind === 'changed') {
      report(parts, { actor, address }, seen.before, outcome.account)
      return { kind: 'done', account: outcome.account }
    }
    const isStale = version !== undefined && version !== seen.before.version
    return isStale ? { kind: 'stale' } : { kind: 'done', account: seen.before }
  }

/** Undefined where everything is as it is to be. */
const membersOf = (
  account: Account,
  { name, locale, email, emailVerified }: AccountChanges,
): Partial<Account> | undefined => {
  const isOther = email !== undefined && (email.email !== account.email || email.key !== account.emailKey)
  const stays = !isOther || email.key === account.emailKey
  const wanted = {
    ...(name === undefined ? {} : { name: name ?? undefined }),
    ...(locale === undefined ? {} : { locale: locale ?? undefined }),
    ...(isOther ? { email: email.email, emailKey: email.key } : {}),
    emailVerified: emailVerified ?? (stays && account.emailVerified),
  }
  const isNews = Object.entries({ ...account, ...wanted }).some(
    ([member, value]) => value !== Reflect.get(account, member),
  )
  return isNews ? wanted : undefined
}

const report = (
  { audit, sendMail, links, now }: AccountEditParts,
  { actor, address }: Pick<AccountEdit, 'actor' | 'address'>,
  before: Account,
  after: Account,
): void => {
  const by = { actor: actorName(actor), sub: after.sub, address }
  const members = (['name', 'locale'] as const).filter((member) => before[member] !== after[member])
  // Names of members only: what they say about a person goes with the account, and the audit stays.
  if (members.length > 0) audit({ type: 'account.profile_changed', ...by, detail: { members } })
  const verified = { before: before.emailVerified, after: after.emailVerified }
  if (before.email !== after.email) {
    audit({ type: 'email.changed', ...by, detail: { verified } })
    const letter = {
      kind: 'address_changed',
      from: before.email,
      to: after.email,
      at: now(),
      securityLink: links.security(),
    } as const
    for (const to of new Set([before.email, after.email])) sendMail({ to, locale: after.locale, letter })
  } else if (verified.before !== verified.after)
    audit({ type: 'email.verified', ...by, detail: { verified } })
}
