import type { Foundation } from '../build.ts'
import { limits as createLimits } from '../domain/limits.ts'
import { registration } from '../domain/registration.ts'
import { signIn } from '../domain/sign-in.ts'
import { openDeletion } from './deletion.ts'
import { openFactors } from './factors.ts'
import type { MailParts } from './mail.ts'
import { openProofs } from './proofs.ts'
import type { Sessions } from './sessions.ts'

export type Rules = ReturnType<typeof openRules>

/** The ways in, with the limits that they share. */
export const openRules = (
  foundation: Foundation,
  mail: MailParts,
  sessions: Sessions,
  { isStopping }: { isStopping: () => boolean },
) => {
  const { config, store, accounts, hasher, policy, access, audit, metrics, log, now } = foundation
  const { concurrency, queue } = config.argon2
  const limits = createLimits({ counters: store.counters, now, settings: config.limits })
  const factors = openFactors(foundation, { ...mail, limits })
  const { demand } = factors.secondFactors
  const signInParts = { accounts: store.accounts, demand, hasher, limits, policy, audit, metrics, log }
  const proven = openProofs(foundation, { ...mail, limits, sessionsEnded: sessions.sessionsEnded })
  return {
    ...mail,
    ...sessions,
    ...factors,
    ...proven,
    deletion: openDeletion(foundation, { mail, sessions, proofs: proven.proofs, isStopping }),
    registration: config.registration,
    signIn: signIn({ ...signInParts, capacity: concurrency + queue }),
    register: registration({
      mode: config.registration,
      accounts,
      password: proven.password,
      limits,
      pending: proven.pendingRegistration,
      defaultRoles: access.defaultRoles,
      registered: ({ sub, locale }) => mail.mailReady && proven.emailProof.send({ sub }, locale),
      audit,
    }),
  }
}
