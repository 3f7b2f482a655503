import { randomBytes } from 'node:crypto'
import { type AccessTokenParts, verifyAccessToken } from '../api/access-token.ts'
import { adminBearer } from '../api/admin/admin-bearer.ts'
import { idempotency } from '../api/admin/idempotency.ts'
import { adminOperations } from '../api/admin/index.ts'
import type { AdminParts } from '../api/admin/parts.ts'
import { api, apiPattern } from '../api/app.ts'
import type { Foundation } from '../build.ts'
import { presentAccess } from '../domain/access/present-access.ts'
import { resourceAdministration } from '../domain/access/resource-administration.ts'
import { roleAdministration } from '../domain/access/role-administration.ts'
import { roleHolders } from '../domain/access/role-holders.ts'
import { baseHeaders } from '../http/headers.ts'
import type { Part } from '../http/part.ts'
import { openPeople } from './admin-people.ts'
import type { Rules } from './rules.ts'

export interface AdminApi {
  part: Part
  /** The pattern of a path of it, for log and metrics. */
  pattern(path: string): string | undefined
}

export interface AdminOpened {
  publicJwks: AccessTokenParts['jwks']
  rules: Rules
}

const PREFIX = '/admin/'
const ROLE_ID_BYTES = 16
/** Holders that are named to who removes a role. */
const NAMED_HOLDERS = 20

/** The administration of accounts, clients, APIs and roles by programs. */
export const openAdmin = (foundation: Foundation, opened: AdminOpened): AdminApi => {
  const { config, secure, log } = foundation
  const parts = adminParts(foundation, opened)
  const operations = [...openPeople(foundation, opened.rules, parts), ...adminOperations(parts)]
  return {
    part: api({
      operations,
      prefix: PREFIX,
      about: 'Administration of accounts, clients, APIs, roles, keys and what has happened.',
      issuer: config.issuer,
      corsOrigins: [],
      headers: baseHeaders({ secure, isMachine: () => true }),
      log,
    }),
    pattern: apiPattern(operations, PREFIX),
  }
}

const adminParts = (foundation: Foundation, opened: AdminOpened): AdminParts => {
  const { config, store, signingKeys } = foundation
  const access = presentAccess(foundation.access)
  return {
    gate: openGate(foundation, opened),
    issuer: config.issuer,
    access,
    ...openAccessAdministration({ ...foundation, access }),
    signingKeys,
    auditStore: store.audit,
  }
}

const openGate = (foundation: Foundation, { publicJwks }: AdminOpened): AdminParts['gate'] => {
  const { config, store, access, clients, sealer, audit, now } = foundation
  const verify = verifyAccessToken({
    jwks: publicJwks,
    issuer: config.issuer,
    audience: access.builtIns['@admin'],
    now,
  })
  return {
    bearer: adminBearer({
      verify,
      access,
      account: (sub) => store.accounts.find(sub),
      clientExistedAt: clients.existedAt,
      audit,
    }),
    idempotency: idempotency({ artifacts: store.artifacts, sealer, now }),
    audit,
  }
}

/** The rules by which APIs and roles are changed, here and at the command line. */
export const openAccessAdministration = ({
  store,
  accounts,
  clients,
  access,
  audit,
  afterwards,
}: Pick<Foundation, 'store' | 'accounts' | 'clients' | 'access' | 'audit' | 'afterwards'>) => {
  const { unassign, find } = accounts
  const holders = roleHolders({
    accounts: { unassign, find, holding: (options) => store.accounts.holding(options) },
    clients,
    access,
  })
  return {
    holders,
    resources: resourceAdministration({ access, audit }),
    roles: roleAdministration({
      access,
      audit,
      holders: (roleId) => holders.page(roleId, { limit: NAMED_HOLDERS }),
      // They may be many; without the role they have nothing by it.
      release: async (roleId) => afterwards(() => holders.release(roleId)),
      newId: () => randomBytes(ROLE_ID_BYTES).toString('base64url'),
    }),
  }
}
