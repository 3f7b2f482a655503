import type { Access } from '../../domain/access/access.ts'
import type { ResourceAdministration } from '../../domain/access/resource-administration.ts'
import type { RoleAdministration } from '../../domain/access/role-administration.ts'
import type { RoleHolders } from '../../domain/access/role-holders.ts'
import type { AuditStore } from '../../domain/ports.ts'
import type { SigningKeys } from '../../domain/signing-keys.ts'
import type { Gate } from './operation.ts'

/** What the operations below `/admin/` stand on. */
export interface AdminParts {
  gate: Gate
  issuer: string
  access: Pick<Access, 'directory' | 'explain' | 'model'>
  resources: ResourceAdministration
  roles: RoleAdministration
  holders: RoleHolders
  signingKeys: Pick<SigningKeys, 'list' | 'rotate'>
  auditStore: Pick<AuditStore, 'list'>
}
