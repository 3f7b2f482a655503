import { deleteAccount } from './account/delete.ts'
import { disableAccount } from './account/disable.ts'
import { enableAccount } from './account/enable.ts'
import { listAccounts } from './account/list.ts'
import { endSessions } from './account/sessions-end.ts'
import { showAccount } from './account/show.ts'
import { updateAccount } from './account/update.ts'
import { createAccount } from './account-create.ts'
import { applyCommand } from './apply.ts'
import { assignToAccount, assignToClient, unassignFromAccount, unassignFromClient } from './assign.ts'
import { listAudit } from './audit-list.ts'
import { backup, restore } from './backup.ts'
import { canCommand } from './can.ts'
import { listClients } from './client/list.ts'
import { rotateSecret } from './client/rotate-secret.ts'
import { showClient } from './client/show.ts'
import { deleteClient, disableClient, enableClient } from './client/standing.ts'
import { createClient } from './client-create.ts'
import type { Command } from './command.ts'
import { checkConfig, printConfig } from './config.ts'
import { doctor } from './doctor.ts'
import { exportCommand } from './export.ts'
import { importCommand } from './import.ts'
import { listKeys, rotateKeys, withdrawKey } from './keys.ts'
import { planCommand } from './plan.ts'
import { createResource } from './resource/create.ts'
import { deleteResource } from './resource/delete.ts'
import { listResources } from './resource/list.ts'
import { showResource } from './resource/show.ts'
import { updateResource } from './resource/update.ts'
import { createRole } from './role/create.ts'
import { deleteRole } from './role/delete.ts'
import { listRoles } from './role/list.ts'
import { showRole } from './role/show.ts'
import { updateRole } from './role/update.ts'
import { secrets } from './secrets.ts'
import { serveCommand } from './serve.ts'

/** Every verb, in the order in which the help names them. */
export const commands: readonly Command[] = [
  serveCommand,
  checkConfig,
  printConfig,
  doctor,
  secrets,
  planCommand,
  applyCommand,
  canCommand,
  listAccounts,
  showAccount,
  createAccount,
  updateAccount,
  assignToAccount,
  unassignFromAccount,
  disableAccount,
  enableAccount,
  endSessions,
  deleteAccount,
  listRoles,
  showRole,
  createRole,
  updateRole,
  deleteRole,
  listResources,
  showResource,
  createResource,
  updateResource,
  deleteResource,
  listClients,
  showClient,
  createClient,
  rotateSecret,
  assignToClient,
  unassignFromClient,
  disableClient,
  enableClient,
  deleteClient,
  listAudit,
  listKeys,
  rotateKeys,
  withdrawKey,
  backup,
  restore,
  exportCommand,
  importCommand,
]
