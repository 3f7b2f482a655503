import type { Operation } from '../../operation.ts'
import { assignToClient, listClientAssignments, unassignFromClient } from './assignments.ts'
import type { ClientAdminParts } from './parts.ts'
import { listClients, showClient } from './read.ts'
import { disableClient, enableClient, rotateSecret } from './standing.ts'
import { createClient, removeClient, replaceClient } from './write.ts'

/** Every call below `/admin/clients`, in the order of its documentation. */
export const clientOperations = (parts: ClientAdminParts): readonly Operation[] => [
  listClients(parts),
  createClient(parts),
  showClient(parts),
  replaceClient(parts),
  removeClient(parts),
  rotateSecret(parts),
  disableClient(parts),
  enableClient(parts),
  listClientAssignments(parts),
  assignToClient(parts),
  unassignFromClient(parts),
]
