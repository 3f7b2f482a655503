import { z } from 'zod'
import { deviceName, deviceOf } from './devices.ts'
import { digest } from './digest.ts'
import type { Links } from './links.ts'
import type { SendMail } from './mail.ts'
import type { Account, ArtifactStore, Clock, CounterStore } from './ports.ts'

/** Where a sign-in came from. */
export interface SignInPlace {
  /** Tells devices apart: random and kept by the browser, or made of what is known of a program. */
  deviceId: string
  userAgent: string | undefined
  address: string
}

export interface KnownDeviceParts {
  artifacts: Pick<ArtifactStore, 'find' | 'put' | 'putIf'>
  counters: Pick<CounterStore, 'increment'>
  account: (sub: string) => Promise<Account | undefined>
  sendMail: SendMail
  links: Pick<Links, 'security'>
  now: Clock
}

const MODEL = 'KnownDevice'
const DAY = 24 * 3_600_000
/** Milliseconds without a sign-in after which a device is as good as new. */
const KEPT = 365 * DAY
/** Milliseconds in which the first sign-in of an account belongs to its registration. */
const REGISTERING = 3_600_000
const LETTERS_PER_HOUR = 10
const Stored = z.object({ at: z.number() })

/**
 * Remembers from which devices an account was used, and writes to its owner when somebody signs in from another one.
 * The sign-in that belongs to the registration is no news. The letters have a counter of their own: nobody can use them
 * up by asking for other mail.
 */
export const knownDevices = (
  parts: KnownDeviceParts,
): ((sub: string, place: SignInPlace) => Promise<void>) => {
  const { artifacts, now } = parts
  const entry = (key: string, at: number) => ({
    model: MODEL,
    key,
    payload: { at },
    expiresAt: at + KEPT,
    grantId: undefined,
  })
  const isRecent = async (key: string): Promise<boolean | undefined> => {
    const found = await artifacts.find(MODEL, key)
    return found && now() - (Stored.safeParse(found.payload).data?.at ?? 0) < DAY
  }

  return async (sub, place) => {
    const at = now()
    const account = await parts.account(sub)
    if (!account) return
    const ofAccount = digest(sub)
    const ofDevice = digest(JSON.stringify([sub, place.deviceId]))
    const known = await isRecent(ofDevice)
    if (known) return
    const hadDevices = (await isRecent(ofAccount)) !== undefined
    await artifacts.put(entry(ofAccount, at))
    // Of two sign-ins at once from one new device one writes.
    if (known === false) await artifacts.put(entry(ofDevice, at))
    else if (await artifacts.putIf(entry(ofDevice, at), 0))
      if (hadDevices || at - account.createdAt > REGISTERING) await write(account, place, at, parts)
  }
}

const write = async (
  { sub, email, locale }: Account,
  { userAgent, address }: SignInPlace,
  at: number,
  { counters, sendMail, links }: KnownDeviceParts,
): Promise<void> => {
  const { count } = await counters.increment(`new-device/${digest(sub)}`, 3_600_000)
  if (count > LETTERS_PER_HOUR) return
  const device = deviceName(deviceOf(userAgent))
  sendMail({
    to: email,
    locale,
    letter: { kind: 'new_device', device, address, at, securityLink: links.security() },
  })
}
