import { type Metadata, status } from '@grpc/grpc-js'
import { type ServiceCallerParts, serviceCaller } from '../oidc/service-caller.ts'
import { CallRefusal } from './call-refusal.ts'

/**
 * Lets a service through; resolves with its client id.
 *
 * @throws CallRefusal UNAUTHENTICATED or PERMISSION_DENIED
 */
export type Authorize = (metadata: Metadata) => Promise<string>

const BEARER = /^Bearer ([\w.~+/-]+=*)$/i

const tokenOf = (metadata: Metadata): string | undefined => {
  const [value, ...more] = metadata.get('authorization')
  return typeof value === 'string' && more.length === 0 ? BEARER.exec(value)?.[1] : undefined
}

/**
 * Reads the token of `authorization: Bearer …` and asks who calls.
 *
 * @param refused learns who lacks the scope
 */
export const authorize = (
  parts: ServiceCallerParts,
  refused: (clientId: string) => void = () => undefined,
): Authorize => {
  const callerOf = serviceCaller(parts)
  return async (metadata) => {
    const caller = await callerOf(tokenOf(metadata))
    if (caller.kind === 'ok') return caller.clientId
    if (caller.kind === 'invalid_token')
      throw new CallRefusal(status.UNAUTHENTICATED, 'wanted: a good access token of client credentials')
    refused(caller.clientId)
    throw new CallRefusal(status.PERMISSION_DENIED, `wanted: the scope ${parts.scope}`)
  }
}
