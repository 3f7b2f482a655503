import type { Foundation } from '../build.ts'
import { limits as createLimits } from '../domain/limits.ts'
import { registration } from '../domain/registration.ts'
import { signIn } from '../domain/sign-in.ts'

export type Rules = ReturnType<typeof openRules>

/** The ways in, with the limits that they share. */
export const openRules = ({
  config,
  store,
  accounts,
  hasher,
  policy,
  access,
  audit,
  metrics,
  log,
  now,
}: Foundation) => {
  const { concurrency, queue } = config.argon2
  const limits = createLimits({ counters: store.counters, now, settings: config.limits })
  const signInParts = { accounts: store.accounts, hasher, limits, policy, audit, metrics, log }
  return {
    signIn: signIn({ ...signInParts, capacity: concurrency + queue }),
    register: registration({
      mode: config.registration,
      accounts,
      policy,
      limits,
      defaultRoles: access.defaultRoles,
      audit,
    }),
  }
}
