import { randomBytes } from 'node:crypto'
import { generateSync } from 'otplib'
import { openFoundation } from '../../src/build.ts'
import { loadConfig } from '../../src/config.ts'
import { notices as createNotices } from '../../src/domain/factors/notices.ts'
import { recoveryCodes } from '../../src/domain/factors/recovery-codes.ts'
import { newSecret, sealedSecret } from '../../src/domain/factors/totp.ts'
import { links } from '../../src/domain/links.ts'
import type { Account, Factors } from '../../src/domain/ports.ts'
import { isScale, scaleSettings } from '../support/deployment.ts'
import type { Credentials } from '../support/person.ts'
import { environment, type RunningServer } from '../support/server.ts'

/** Milliseconds. */
const STEP = 30_000
const PATIENCE = 10_000

/**
 * An authenticator app that never shows the same code twice: two of them at any time, from the step before to the step
 * after. One that is shown is good for ten seconds at least, however slow the machine.
 */
export interface App {
  secret: string
  code(): string
}

/** The oldest step (RFC 6238) whose code is still taken for a while: a server takes the step before its own. */
const oldestStep = (): number => Math.floor((Date.now() + PATIENCE) / STEP) - 1

export const app = (secret: string): App => {
  let last = 0
  return {
    secret,
    code() {
      last = Math.max(last + 1, oldestStep())
      if (last * STEP > Date.now() + STEP) throw new Error('no server takes the next code yet')
      return generateSync({ secret, epoch: (last * STEP) / 1000 })
    },
  }
}

/** The accounts of a running server, changed beside it as a command does. */
export interface Beside {
  find(email: string): Promise<Account>
  /** Somebody new, with a password and no second factor. */
  newcomer(): Promise<Credentials>
  /** A fresh app and fresh recovery codes in place of all that the person had. */
  giveApp(email: string): Promise<{ app: App; codes: string[] }>
  setFactors(email: string, factors: Factors): Promise<void>
  addRole(email: string, name: string): Promise<void>
  disable(email: string): Promise<void>
  close(): Promise<void>
}

const PASSWORD = 'amber lantern on the quay'
const NONE: Factors = { totp: undefined, recoveryCodes: undefined, passkeys: [] }

/** Opens what a command opens, with the keys of the server. */
export const openBeside = async ({
  home,
  port,
  issuer,
}: Pick<RunningServer, 'home' | 'port' | 'issuer'>): Promise<Beside> => {
  const settings = { ...environment(home, port), ...(isScale ? scaleSettings(home) : {}), ISSUER: issuer }
  const cheap = { ARGON2_MEMORY: '128', ARGON2_TIME: '1' }
  const foundation = await openFoundation(loadConfig({ ...settings, ...cheap }), 'cli')
  const { accounts, hasher, sealer, access } = foundation
  const notices = createNotices({
    audit: () => undefined,
    sendMail: () => undefined,
    links: links(issuer),
    now: Date.now,
  })
  const { make } = recoveryCodes({ accounts, hasher, notices, now: Date.now, random: randomBytes })
  const find = async (email: string): Promise<Account> => {
    const found = await accounts.findByEmail(email)
    if (!found) throw new Error(`there is no ${email}`)
    return found
  }
  const setFactors: Beside['setFactors'] = async (email, factors) => {
    await accounts.changeFactors((await find(email)).sub, () => factors)
  }
  return {
    find,
    async newcomer() {
      const login = `${randomBytes(8).toString('hex')}@example.com`
      await accounts.create({
        email: login,
        emailKey: login,
        emailVerified: true,
        password: PASSWORD,
        roleIds: [],
      })
      return { login, password: PASSWORD }
    },
    setFactors,
    async giveApp(email) {
      const { sub } = await find(email)
      const secret = newSecret()
      const made = await make()
      const totp = {
        secret: sealedSecret(sealer, 'account').seal(sub, secret),
        lastStep: 0,
        addedAt: Date.now(),
        lastUsedAt: undefined,
      }
      await setFactors(email, { ...NONE, totp, recoveryCodes: made.stored })
      return { app: app(secret), codes: made.shown }
    },
    async addRole(email, wanted) {
      const role = (await access.model()).roles.find(({ name }) => name === wanted)
      if (!role) throw new Error(`there is no role ${wanted}`)
      await accounts.assign((await find(email)).sub, [{ roleId: role.id }])
    },
    async disable(email) {
      await accounts.disable((await find(email)).sub)
    },
    close: foundation.close,
  }
}
