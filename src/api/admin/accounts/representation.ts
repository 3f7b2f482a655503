import { z } from 'zod'
import { etagOf } from '../../../domain/access/edit.ts'
import type { Account, JsonObject } from '../../../domain/ports.ts'
import { AssignmentOutput, namedAssignments, shownAssignment } from '../assignments.ts'
import { time, timeMember } from '../time.ts'
import type { AccountAdminParts } from './parts.ts'

const Time = z.iso.datetime()

export const ListedAccount = z.object({
  sub: z.string(),
  email: z.string(),
  email_verified: z.boolean(),
  name: z.string().optional(),
  locale: z.string().optional(),
  disabled: z.boolean(),
  /** It is to be removed; until then its owner can take that back. */
  deletion: z.object({ due: Time }).optional(),
  created_at: Time,
  updated_at: Time,
})

/** Never what proves the person: factors by their names and times only. */
export const AccountOutput = ListedAccount.extend({
  has_password: z.boolean(),
  password_changed_at: Time.optional(),
  second_factors: z.object({
    authenticator_app: z.object({ added_at: Time, last_used_at: Time.optional() }).optional(),
    recovery_codes: z.object({ made_at: Time, left: z.int() }).optional(),
    passkeys: z.array(
      z.object({
        name: z.string(),
        is_synced: z.boolean(),
        added_at: Time,
        last_used_at: Time.optional(),
      }),
    ),
  }),
  assignments: z.array(AssignmentOutput),
  /** As far as the security log goes back. */
  last_sign_in_at: Time.optional(),
})
export type AccountOutput = z.output<typeof AccountOutput>

export const listedAccount = (account: Account): z.output<typeof ListedAccount> => ({
  sub: account.sub,
  email: account.email,
  email_verified: account.emailVerified,
  ...(account.name === undefined ? {} : { name: account.name }),
  ...(account.locale === undefined ? {} : { locale: account.locale }),
  disabled: account.disabled,
  ...(account.deletion ? { deletion: { due: time(account.deletion.due) } } : {}),
  created_at: time(account.createdAt),
  updated_at: time(account.updatedAt),
})

const shownFactors = ({ factors: { totp, recoveryCodes, passkeys } }: Account) => ({
  ...(totp
    ? {
        authenticator_app: { added_at: time(totp.addedAt), ...timeMember('last_used_at', totp.lastUsedAt) },
      }
    : {}),
  ...(recoveryCodes
    ? { recovery_codes: { made_at: time(recoveryCodes.madeAt), left: recoveryCodes.left.length } }
    : {}),
  passkeys: passkeys.map(({ name, isSynced, addedAt, lastUsedAt }) => ({
    name,
    is_synced: isSynced,
    added_at: time(addedAt),
    ...timeMember('last_used_at', lastUsedAt),
  })),
})

/** An account as who administers it sees it, and its entity tag: another one for everything that shows here. */
export const shownAccount = async (
  account: Account,
  { access, auditStore }: Pick<AccountAdminParts, 'access' | 'auditStore'>,
): Promise<{ value: AccountOutput; etag: string }> => {
  const { sub, roles } = account
  const [model, admins, [signIn]] = await Promise.all([
    access.model(),
    access.admins(),
    auditStore.list({ sub, type: 'sign_in.succeeded', limit: 1 }),
  ])
  const value = {
    ...listedAccount(account),
    has_password: account.password !== undefined,
    ...timeMember('password_changed_at', account.passwordChangedAt),
    second_factors: shownFactors(account),
    assignments: namedAssignments(roles, model, { isAdmin: admins.includes(sub) }).map(shownAssignment),
    ...timeMember('last_sign_in_at', signIn?.at),
  }
  return { value, etag: etagOf(jsonOf(value)) }
}

const jsonOf = (value: object): JsonObject => JSON.parse(JSON.stringify(value))
