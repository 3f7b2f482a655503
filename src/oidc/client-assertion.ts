import { type Configuration, errors } from 'oidc-provider'
import type { Clock } from '../domain/ports.ts'

/** Seconds that an assertion may be good for. */
const LONGEST_LIFE = 5 * 60

/**
 * What the engine leaves open in a client assertion (RFC 7523 §3): the issuer is its only audience, so that one made
 * for another server never fits here; it is short-lived, and not of a later time.
 *
 * @param options.clockTolerance seconds by which the client's clock may differ
 * @returns the engine's `assertJwtClientAuthClaimsAndHeader`; it throws InvalidClientAuth
 */
export const assertionAllowed =
  ({
    now,
    clockTolerance,
  }: {
    now: Clock
    clockTolerance: number
  }): NonNullable<Configuration['assertJwtClientAuthClaimsAndHeader']> =>
  (ctx, { aud, exp, iat }) => {
    const latest = now() / 1000 + clockTolerance
    if (aud !== ctx.oidc.issuer) throw new errors.InvalidClientAuth('aud must be the issuer')
    if (Number(exp) > latest + LONGEST_LIFE) throw new errors.InvalidClientAuth('exp is too far away')
    if (iat !== undefined && Number(iat) > latest) throw new errors.InvalidClientAuth('iat is in the future')
  }
