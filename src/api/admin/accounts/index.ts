import type { Operation } from '../../operation.ts'
import { listApplications, removeApplication } from './applications.ts'
import { assignToAccount, listAccountAssignments, unassignFromAccount } from './assignments.ts'
import { createAccount } from './create.ts'
import { editAccount } from './edit.ts'
import type { AccountAdminParts } from './parts.ts'
import { listAccounts, showAccount } from './read.ts'
import { endAccountSessions, listAccountSessions } from './sessions.ts'
import { disableAccount, enableAccount, removeAccount, resetFactors, sendPasswordReset } from './standing.ts'

/** Every call below `/admin/accounts`, in the order of its documentation. */
export const accountOperations = (parts: AccountAdminParts): readonly Operation[] => [
  listAccounts(parts),
  createAccount(parts),
  showAccount(parts),
  editAccount(parts),
  removeAccount(parts),
  disableAccount(parts),
  enableAccount(parts),
  sendPasswordReset(parts),
  resetFactors(parts),
  listAccountAssignments(parts),
  assignToAccount(parts),
  unassignFromAccount(parts),
  listAccountSessions(parts),
  endAccountSessions(parts),
  listApplications(parts),
  removeApplication(parts),
]
