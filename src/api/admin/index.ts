import type { Operation } from '../operation.ts'
import { listAudit } from './audit/list.ts'
import { explainDecision } from './explain.ts'
import { listKeys, rotateKeys } from './keys/keys.ts'
import type { AdminParts } from './parts.ts'
import { addPermission, removePermission } from './resources/permissions.ts'
import { listResources, showResource } from './resources/read.ts'
import { createResource, removeResource, replaceResource } from './resources/write.ts'
import { listHolders, listRoles, showRole } from './roles/read.ts'
import { createRole, removeRole, replaceRole } from './roles/write.ts'

/** Every call below `/admin/`, in the order of its documentation. */
export const adminOperations = (parts: AdminParts): readonly Operation[] => [
  listResources(parts),
  createResource(parts),
  showResource(parts),
  replaceResource(parts),
  removeResource(parts),
  addPermission(parts),
  removePermission(parts),
  listRoles(parts),
  createRole(parts),
  showRole(parts),
  replaceRole(parts),
  removeRole(parts),
  listHolders(parts),
  explainDecision(parts),
  listKeys(parts),
  rotateKeys(parts),
  listAudit(parts),
]
