import { randomBytes } from 'node:crypto'
import { generate } from 'otplib'
import { sealer as createSealer } from '../../../src/adapters/sealer.ts'
import { guessWatch } from '../../../src/domain/factors/guess-watch.ts'
import { notices as createNotices } from '../../../src/domain/factors/notices.ts'
import { passkeyChallenges } from '../../../src/domain/factors/passkey-challenges.ts'
import { passkeys } from '../../../src/domain/factors/passkeys.ts'
import { type MfaSettings, mfaPolicy } from '../../../src/domain/factors/policy.ts'
import { recoveryCodes as createRecoveryCodes } from '../../../src/domain/factors/recovery-codes.ts'
import { secondFactors } from '../../../src/domain/factors/second-factors.ts'
import { totpEnrolment } from '../../../src/domain/factors/totp-enrolment.ts'
import { links } from '../../../src/domain/links.ts'
import type { Mail } from '../../../src/domain/mail.ts'
import type { Account } from '../../../src/domain/ports.ts'
import { arrange } from '../arrange.ts'

export const ISSUER = 'https://id.example.com'
export const FROM = '192.0.2.1'
/** Milliseconds. */
export const STEP = 30_000

/** The factors of an account `kim` on a real store, with a clock, letters and events to look at. */
export const arrangeFactors = async (settings: Partial<MfaSettings> = {}, roles: readonly string[] = []) => {
  const given = await arrange()
  const { time, store, accounts, hasher, limits, audit } = given
  const now = () => time.now
  const letters: Mail[] = []
  const notices = createNotices({
    audit,
    sendMail: (mail) => {
      letters.push(mail)
    },
    links: links(ISSUER),
    now,
  })
  const policy = mfaPolicy(
    { policy: 'optional', requiredRoles: [], ...settings },
    { roles: async () => [...roles] },
  )
  const recoveryCodes = createRecoveryCodes({ accounts, hasher, notices, now, random: randomBytes })
  const sealer = createSealer([randomBytes(32)])
  const shared = { accounts, sealer, limits, recoveryCodes, notices, audit, now, mayEnrol: policy.mayEnrol }
  const enrolment = totpEnrolment({ ...shared, artifacts: store.artifacts, service: 'id.example.com' })
  const made = await accounts.create({
    sub: 'kim',
    email: 'Kim@example.com',
    emailKey: 'kim@example.com',
    password: 'seven quiet otters',
    locale: 'ru',
    emailVerified: true,
    roleIds: [],
  })
  if (made.kind !== 'created') throw new Error('kim exists')
  given.calls.hash = 0

  const codeOf = (secret: string, at = time.now): Promise<string> =>
    generate({ secret, epoch: Math.floor(at / 1000) })
  return {
    ...given,
    letters,
    recoveryCodes,
    enrolment,
    codeOf,
    policy,
    passkeys: passkeys({
      ...shared,
      issuer: ISSUER,
      challenges: passkeyChallenges({ artifacts: store.artifacts, now, random: randomBytes }),
    }),
    factors: secondFactors({
      ...shared,
      policy,
      watch: guessWatch({ counters: store.counters, notices, most: 5 }),
    }),
    async kim(): Promise<Account> {
      const account = await accounts.find('kim')
      if (!account) throw new Error('kim is gone')
      return account
    },
    /** Sets up an app, and lets a time step pass so that its next code is a new one. */
    async enrol() {
      const { secret } = await enrolment.begin({ sub: 'kim', place: 'here' })
      const outcome = await enrolment.confirm({
        sub: 'kim',
        place: 'here',
        code: await codeOf(secret),
        address: FROM,
      })
      if (outcome.kind !== 'ok') throw new Error(`the app was not set up: ${outcome.kind}`)
      time.now += STEP
      letters.length = 0
      given.events.length = 0
      given.calls.hash = 0
      return { secret, codes: outcome.recoveryCodes ?? [] }
    },
  }
}
