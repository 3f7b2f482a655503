import type { Context } from 'koa'
import type { Access } from '../../../domain/access/access.ts'
import type { Assigning } from '../../../domain/access/assigning.ts'
import type { MayAdminister } from '../../../domain/access/may-administer.ts'
import type { AccountEdit, AccountEdited } from '../../../domain/administration/account-edit.ts'
import type { AccountMaking } from '../../../domain/administration/account-making.ts'
import type { AccountStanding } from '../../../domain/administration/account-standing.ts'
import type { PasswordReset } from '../../../domain/password-reset.ts'
import type { AccountStore, AuditStore } from '../../../domain/ports.ts'
import type { AccountSessions } from '../../../oidc/account-sessions.ts'
import type { ConnectedApplications } from '../../../oidc/connected-applications.ts'
import type { AdminParts } from '../parts.ts'

/** What the operations on accounts stand on. */
export interface AccountAdminParts extends Pick<AdminParts, 'gate' | 'issuer'> {
  accounts: Pick<AccountStore, 'present' | 'list'>
  access: Pick<Access, 'model' | 'admins'>
  assigning: Assigning
  mayAdminister: MayAdminister
  making: AccountMaking
  edit(edit: AccountEdit): Promise<AccountEdited>
  standing: AccountStanding
  passwordReset: Pick<PasswordReset, 'send'>
  /** Letters reach somebody. */
  mailReady: boolean
  sessions: Pick<AccountSessions, 'list' | 'endAll'>
  applications: Pick<ConnectedApplications, 'list' | 'remove'>
  auditStore: Pick<AuditStore, 'list'>
  /** Random, never used before. */
  newSub(): string
  /** Network address of the client. */
  addressOf(ctx: Context): string
}
