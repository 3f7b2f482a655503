import { setTimeout as sleep } from 'node:timers/promises'
import type { Foundation } from '../build.ts'
import { adminHolders } from '../domain/access/admins.ts'
import { accountDeletion } from '../domain/account-deletion.ts'
import { deletionSweep } from '../domain/deletion-sweep.ts'
import type { Proofs } from '../domain/proofs.ts'
import type { MailParts } from './mail.ts'
import type { Sessions } from './sessions.ts'

/** Milliseconds between sweeps, and at most so many more: processes that started together do not sweep together. */
const INTERVAL = 60_000
const JITTER = 15_000

export interface DeletionDependencies {
  mail: MailParts
  sessions: Sessions
  proofs: Proofs
  /** Nothing new is begun then. */
  isStopping: () => boolean
}

/** Deletions of accounts: asked for, taken back, and done when their time has come. */
export const openDeletion = (
  foundation: Foundation,
  { mail, sessions, proofs, isStopping }: DeletionDependencies,
) => {
  const { config, store, accounts, access, audit, log, now, afterwards } = foundation
  const sweep = deletionSweep({
    ...mail,
    store,
    accounts,
    tell: sessions.tell,
    dropAdmin: async (sub) => {
      await access.changeAdmins((admins) => ({
        ...admins,
        subs: admins.subs.filter((holder) => holder !== sub),
      }))
    },
    audit,
    log,
    now,
    isStopping,
  })
  const removeDue = (): void => afterwards(sweep)
  void sweepRegularly(removeDue, isStopping)
  return accountDeletion({
    ...mail,
    accounts,
    clientsOf: async (sub) => (await sessions.applications.list(sub)).map(({ asker }) => asker.clientId),
    proofs,
    audit,
    sessionsEnded: sessions.sessionsEnded,
    kept: adminHolders({ access, account: store.accounts.present }).resume,
    removeDue,
    now,
    delay: config.deletionDelay * 1000,
  })
}

/** Sweeps at the start, then again and again; keeps no process alive. */
const sweepRegularly = async (removeDue: () => void, isStopping: () => boolean): Promise<void> => {
  while (!isStopping()) {
    removeDue()
    await sleep(INTERVAL + Math.random() * JITTER, undefined, { ref: false })
  }
}
