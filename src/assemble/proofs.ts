import { randomBytes } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import type { Foundation } from '../build.ts'
import { changeAccount } from '../domain/account-change.ts'
import { addressChange } from '../domain/address-change.ts'
import { chosenPassword } from '../domain/chosen-password.ts'
import { currentPassword } from '../domain/current-password.ts'
import { emailProof } from '../domain/email-proof.ts'
import { freshStart } from '../domain/fresh-start.ts'
import type { Limits } from '../domain/limits.ts'
import type { Links } from '../domain/links.ts'
import type { SendMail } from '../domain/mail.ts'
import { mailAllowance } from '../domain/mail-allowance.ts'
import { newPassword } from '../domain/new-password.ts'
import { passwordReset } from '../domain/password-reset.ts'
import { changePassword } from '../domain/passwords.ts'
import { pendingRegistration } from '../domain/pending-registration.ts'
import { proofs } from '../domain/proofs.ts'
import { resetPassword } from '../domain/reset-password.ts'
import { takeOver as createTakeOver } from '../domain/take-over.ts'

export interface ProofDependencies {
  limits: Limits
  links: Links
  sendMail: SendMail
  /** Tells applications that the sessions of an account have ended; makes nobody wait. */
  sessionsEnded: (sub: string) => void
}

/** The rules of what travels by mail, and of passwords. */
export const openProofs = (foundation: Foundation, dependencies: ProofDependencies) => {
  const { store, accounts, now } = foundation
  const change = changeAccount({ store: store.accounts, now })
  const takeOver = createTakeOver({ accounts, consents: store.consents })
  const password = newPassword({ ...foundation, faults: foundation.passwordFaults })
  const parts = {
    ...foundation,
    ...dependencies,
    change,
    takeOver,
    proofs: proofs({ artifacts: store.artifacts, now, random: randomBytes }),
    password,
    choose: chosenPassword({ ...foundation, password }),
    current: currentPassword({ ...foundation, ...dependencies }),
    allowance: mailAllowance({ ...foundation, ...dependencies }),
    freshStart: freshStart({ now, wait }),
    defaultRoles: foundation.access.defaultRoles,
  }
  return {
    proofs: parts.proofs,
    password: parts.password,
    emailProof: emailProof(parts),
    passwordReset: passwordReset({ ...parts, reset: resetPassword(parts) }),
    changePassword: changePassword(parts),
    addressChange: addressChange(parts),
    pendingRegistration: pendingRegistration(parts),
  }
}
