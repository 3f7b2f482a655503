import { randomBytes } from 'node:crypto'
import { accountOperations } from '../api/admin/accounts/index.ts'
import type { AccountAdminParts } from '../api/admin/accounts/parts.ts'
import { clientOperations } from '../api/admin/clients/index.ts'
import { listGrants } from '../api/admin/grants/list.ts'
import { importAccounts } from '../api/admin/import/accounts.ts'
import type { AdminParts } from '../api/admin/parts.ts'
import type { Operation } from '../api/operation.ts'
import type { Foundation } from '../build.ts'
import { adminHolders } from '../domain/access/admins.ts'
import { assigning as createAssigning } from '../domain/access/assigning.ts'
import { mayAdminister } from '../domain/access/may-administer.ts'
import { presentAccess } from '../domain/access/present-access.ts'
import { changeAccount } from '../domain/account-change.ts'
import { editAccount } from '../domain/administration/account-edit.ts'
import { importAccount } from '../domain/administration/account-import.ts'
import { accountMaking } from '../domain/administration/account-making.ts'
import { accountStanding } from '../domain/administration/account-standing.ts'
import { clientAdministration } from '../domain/administration/client-administration.ts'
import { importedSubs } from '../domain/administration/imported-sub.ts'
import { parseEmail } from '../domain/email.ts'
import { notices } from '../domain/factors/notices.ts'
import { passwordHashFault } from '../domain/password-hash.ts'
import { turns } from '../domain/turns.ts'
import { addressOf } from './address-of.ts'
import type { Rules } from './rules.ts'

const ID_BYTES = 16
/** Lines of an import that wait for their password to be hashed; more are never read at once. */
const WAITING_LINES = 64

const newId = (): string => randomBytes(ID_BYTES).toString('base64url')

/** What is done to accounts, clients and grants by who administers them. */
export const openPeople = (
  foundation: Foundation,
  rules: Rules,
  { gate, issuer }: Pick<AdminParts, 'gate' | 'issuer'>,
): readonly Operation[] => {
  const { accounts, clients, audit, config, store } = foundation
  const access = presentAccess(foundation.access)
  const admins = adminHolders({ access, account: accounts.find })
  const assigning = createAssigning({ access, accounts, clients, admins, audit })
  const shared = { gate, issuer, access, assigning, addressOf }
  const people = { ...shared, mayAdminister: mayAdminister({ access, accounts, clients }) }
  return [
    ...accountOperations({ ...people, ...openAccounts({ ...foundation, access }, rules, admins) }),
    importAccounts({ gate, addressOf, importAccount: openImport(foundation) }),
    ...clientOperations({
      ...people,
      clients,
      administration: clientAdministration({ access, clients, audit, development: config.development }),
      newClientId: newId,
    }),
    listGrants({ gate, issuer, consents: store.consents }),
  ]
}

const openAccounts = (
  foundation: Foundation,
  { sessions, applications, passwordReset, mailReady, deletion, sendMail, links, sessionsEnded }: Rules,
  admins: ReturnType<typeof adminHolders>,
): Pick<
  AccountAdminParts,
  | 'accounts'
  | 'making'
  | 'edit'
  | 'standing'
  | 'passwordReset'
  | 'mailReady'
  | 'sessions'
  | 'applications'
  | 'auditStore'
  | 'newSub'
> => {
  const { accounts, store, audit, now } = foundation
  const change = changeAccount({ store: store.accounts, now })
  return {
    accounts: store.accounts,
    making: openMaking(foundation),
    edit: editAccount({ change, audit, sendMail, links, now }),
    standing: accountStanding({
      accounts,
      admins,
      deletion,
      notices: notices({ audit, sendMail, links, now }),
      endSessions: sessions.endAll,
      sessionsEnded,
      audit,
    }),
    passwordReset,
    mailReady,
    sessions,
    applications,
    auditStore: store.audit,
    newSub: newId,
  }
}

const openMaking = ({ access, accounts, clients, hasher, passwordFaults, audit }: Foundation) =>
  accountMaking({
    access,
    accounts,
    clients,
    rules: { parseEmail, hashFault: (hash) => passwordHashFault(hasher, hash) },
    passwordFaults,
    audit,
  })

/** One account of another system at a time. */
export const openImport = (foundation: Foundation) => {
  const { accounts, store, sealer, audit, now } = foundation
  return importAccount({
    making: openMaking(foundation),
    accounts,
    change: changeAccount({ store: store.accounts, now }),
    imported: importedSubs({ sealer, random: randomBytes }),
    inTurn: turns({ concurrency: 1, queue: WAITING_LINES }),
    audit,
  })
}
