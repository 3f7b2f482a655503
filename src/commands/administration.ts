import { randomBytes } from 'node:crypto'
import type { Foundation } from '../build.ts'
import type { Access } from '../domain/access/access.ts'
import type { Actor } from '../domain/access/actor.ts'
import { type AdminHolders, adminHolders } from '../domain/access/admins.ts'
import { type Assigning, assigning } from '../domain/access/assigning.ts'
import { adminPermissions } from '../domain/access/model.ts'
import {
  type ResourceAdministration,
  resourceAdministration,
} from '../domain/access/resource-administration.ts'
import { type RoleAdministration, roleAdministration } from '../domain/access/role-administration.ts'
import { roleHolders } from '../domain/access/role-holders.ts'
import type { Accounts } from '../domain/accounts.ts'
import type { ClientRegistry } from '../domain/clients/registry.ts'
import type { Audit } from '../domain/ports.ts'

/** Who works at the command line has the data in hand anyway. */
export const operator: Actor = { kind: 'operator', id: 'cli', permissions: new Set(adminPermissions) }

const ROLE_ID_BYTES = 12
const NAMED_HOLDERS = 20

/** The rules of the administration, for the command line. */
export interface Administration {
  resources: ResourceAdministration
  roles: RoleAdministration
  assigning: Assigning
  admins: AdminHolders
  /** Those of the foundation; in a dry run nothing is written through them. */
  accounts: Accounts
  clients: Pick<ClientRegistry, 'assign' | 'unassign' | 'registered' | 'setDisabled' | 'remove'>
  /** Without a network address, which nobody has at the command line. */
  audit: Audit
}

/** @param options.dryRun the same checks, and nothing is written */
export const administration = (foundation: Foundation, { dryRun }: { dryRun: boolean }): Administration => {
  const { access, accounts, clients, store } = foundation
  const audit: Audit = ({ address, ...event }) => foundation.audit(event)
  const used = dryRun
    ? {
        access: withoutWrites(access),
        accounts: accountsWithoutWrites(accounts),
        clients: clientsWithoutWrites(clients),
        audit: () => undefined,
      }
    : { access, accounts, clients, audit }
  const admins = adminHolders({ access: used.access, account: accounts.find })
  const { find, unassign } = used.accounts
  const holders = roleHolders({
    accounts: { find, unassign, holding: (options) => store.accounts.holding(options) },
    clients: { ...clients, unassign: used.clients.unassign },
    access,
  })
  return {
    accounts: used.accounts,
    clients: used.clients,
    audit: used.audit,
    admins,
    resources: resourceAdministration(used),
    roles: roleAdministration({
      ...used,
      holders: (roleId) => holders.page(roleId, { limit: NAMED_HOLDERS }),
      release: (roleId) => (dryRun ? Promise.resolve() : holders.release(roleId)),
      newId: () => randomBytes(ROLE_ID_BYTES).toString('base64url'),
    }),
    assigning: assigning({ ...used, admins }),
  }
}

/** Every edit runs, and may refuse; what it makes is forgotten. */
const withoutWrites = (access: Access): Access => ({
  ...access,
  change: async (edit) => edit(await access.model()),
  changeAdmins: async (edit) => edit({ subs: await access.admins(), suspended: [] }),
  grantAdmin: async () => undefined,
})

const accountsWithoutWrites = (accounts: Accounts): Accounts => {
  const { find } = accounts
  return {
    ...accounts,
    assign: find,
    unassign: find,
    disable: find,
    enable: find,
    endEverything: find,
    scheduleDeletion: find,
  }
}

const clientsWithoutWrites = (clients: ClientRegistry): Administration['clients'] => {
  const isThere = async (clientId: string) => (await clients.registered(clientId)) !== undefined
  return {
    registered: clients.registered,
    assign: isThere,
    unassign: isThere,
    setDisabled: isThere,
    remove: isThere,
  }
}
