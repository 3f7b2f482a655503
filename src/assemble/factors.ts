import { randomBytes } from 'node:crypto'
import type { Foundation } from '../build.ts'
import { guessWatch } from '../domain/factors/guess-watch.ts'
import { notices as createNotices } from '../domain/factors/notices.ts'
import { passkeyChallenges } from '../domain/factors/passkey-challenges.ts'
import { passkeys } from '../domain/factors/passkeys.ts'
import { mfaPolicy } from '../domain/factors/policy.ts'
import { recoveryCodes as createRecoveryCodes } from '../domain/factors/recovery-codes.ts'
import { secondFactors } from '../domain/factors/second-factors.ts'
import { signInChallenges } from '../domain/factors/sign-in-challenges.ts'
import { totpEnrolment } from '../domain/factors/totp-enrolment.ts'
import type { Limits } from '../domain/limits.ts'
import type { MailParts } from './mail.ts'

/** What can prove a person beside the password. */
export const openFactors = (
  { config, store, accounts, hasher, sealer, access, audit, now }: Foundation,
  { limits, sendMail, links }: { limits: Pick<Limits, 'code'> } & Pick<MailParts, 'sendMail' | 'links'>,
) => {
  const { issuer } = config
  const { artifacts, counters } = store
  const policy = mfaPolicy(config.mfa, access)
  const notices = createNotices({ audit, sendMail, links, now })
  const recoveryCodes = createRecoveryCodes({ accounts, hasher, notices, now, random: randomBytes })
  const shared = { accounts, sealer, limits, recoveryCodes, notices, audit, now, mayEnrol: policy.mayEnrol }
  const factors = secondFactors({
    ...shared,
    policy,
    watch: guessWatch({ counters, notices, most: config.limits.codeAccount }),
  })
  return {
    recoveryCodes,
    totpEnrolment: totpEnrolment({ ...shared, artifacts, service: new URL(issuer).hostname }),
    passkeys: passkeys({
      ...shared,
      issuer,
      challenges: passkeyChallenges({ artifacts, now, random: randomBytes }),
    }),
    secondFactors: factors,
    signInChallenges: signInChallenges({
      accounts,
      artifacts,
      secondFactors: factors,
      now,
      random: randomBytes,
    }),
  }
}
