import type { Context } from 'koa'
import type { SignInPlace } from '../domain/known-devices.ts'
import { readCookie, setCookie } from '../http/cookies.ts'
import type { Interactions } from '../oidc/interactions.ts'

export interface RememberedDeviceParts {
  /** https issuer. */
  secure: boolean
  /** 128 random bits, base64url. */
  newId: () => string
  addressOf(ctx: Context): string
  /** Takes note of a sign-in; makes nobody wait. */
  seen(sub: string, place: SignInPlace): void
}

const FORM = /^[\w-]{22}$/
/** Seconds; as long as browsers keep any cookie. */
const KEPT = 400 * 24 * 3_600

/** Interactions that know a browser again after a sign-in, by a cookie that says nothing about anybody. */
export const rememberingDevices = (
  interactions: Interactions,
  { secure, newId, addressOf, seen }: RememberedDeviceParts,
): Interactions => {
  const name = secure ? '__Host-gatehouse_device' : 'gatehouse_device'
  return {
    ...interactions,
    async signedIn(ctx, uid, proof) {
      const next = await interactions.signedIn(ctx, uid, proof)
      const kept = readCookie(ctx, name)
      const deviceId = kept !== undefined && FORM.test(kept) ? kept : newId()
      setCookie(ctx, name, deviceId, { secure, maxAge: KEPT })
      seen(proof.sub, { deviceId, userAgent: ctx.get('user-agent'), address: addressOf(ctx) })
      return next
    },
  }
}
