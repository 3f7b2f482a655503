import { generateSecret, generateURI, verify } from 'otplib'
import type { Accounts } from '../accounts.ts'
import type { Account, Clock, Sealer } from '../ports.ts'

/** Seconds of a time step (RFC 6238 §4.1), digits and hash: what every authenticator app takes for granted. */
const PERIOD = 30
const COMMON = { strategy: 'totp', algorithm: 'sha1', digits: 6, period: PERIOD } as const

const PURPOSE = 'totp'

/** 160 bits (RFC 4226 §4), base32. */
export const newSecret = (): string => generateSecret({ length: 20 })

/**
 * What an app takes over (Key URI format).
 *
 * @param service the name of this server in the app; without a colon, which would end it
 * @param label the person's name in the app
 */
export const keyUri = ({
  service,
  label,
  secret,
}: {
  service: string
  label: string
  secret: string
}): string => generateURI({ ...COMMON, issuer: service, label, secret })

/** Seals a secret for its place in the store: it opens nowhere else. */
export const sealedSecret = (sealer: Pick<Sealer, 'seal' | 'open'>, place: 'pending' | 'account') => {
  const context = (sub: string): string => JSON.stringify(['totp.secret', place, sub])
  return {
    seal: (sub: string, secret: string): string => sealer.seal(PURPOSE, context(sub), secret),
    open: (sub: string, sealed: string): string => sealer.open(PURPOSE, context(sub), sealed),
  }
}

/**
 * The time step of a code; one step to either side allows for clocks that differ (RFC 6238 §5.2). The library compares
 * in constant time.
 *
 * @param code six digits
 * @param at milliseconds
 */
export const stepOf = async (secret: string, code: string, at: number): Promise<number | undefined> => {
  const epoch = Math.floor(at / 1000)
  const result = await verify({ ...COMMON, secret, token: code, epoch, epochTolerance: PERIOD })
  return result.valid && 'timeStep' in result ? result.timeStep : undefined
}

export interface TotpParts {
  accounts: Pick<Accounts, 'changeFactors'>
  sealer: Pick<Sealer, 'seal' | 'open'>
  now: Clock
}

/**
 * Takes a code of the person's app: each time step once, and none before it, whatever the parallelism (RFC 6238 §5.2).
 *
 * @param code six digits
 * @returns the account as it is then, or undefined if the code is not good
 */
export const takeTotp =
  ({ accounts, sealer, now }: TotpParts) =>
  async ({ sub, factors: { totp } }: Account, code: string): Promise<Account | undefined> => {
    if (!totp) return undefined
    const step = await stepOf(sealedSecret(sealer, 'account').open(sub, totp.secret), code, now())
    if (step === undefined) return undefined
    return accounts.changeFactors(sub, (factors, { disabled }) => {
      const isSame = factors.totp?.secret === totp.secret
      if (disabled || !isSame || !factors.totp || step <= factors.totp.lastStep) return undefined
      return { ...factors, totp: { ...factors.totp, lastStep: step, lastUsedAt: now() } }
    })
  }
