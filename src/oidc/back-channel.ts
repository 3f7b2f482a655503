import { setTimeout as sleep } from 'node:timers/promises'
import type Provider from 'oidc-provider'
import type { Log } from '../domain/observe.ts'

export interface BackChannelParts {
  provider: () => Provider
  log: Pick<Log, 'warn'>
}

/**
 * Tells a client that a session of this person is over, or with no `sid` that all of them are (OpenID Connect
 * Back-Channel Logout 1.0 §2.5). Resolves after at most a few seconds, whatever the client does; never rejects.
 */
export type BackChannelLogout = (clientId: string, sub: string, sid?: string) => Promise<void>

/** A method of the engine's clients that its types leave out. */
const logoutOf = (
  client: object,
): ((sub: string, sid: string | undefined) => Promise<unknown>) | undefined => {
  if (!('backchannelLogout' in client) || typeof client.backchannelLogout !== 'function') return undefined
  const { backchannelLogout } = client
  return async (sub, sid) => Reflect.apply(backchannelLogout, client, [sub, sid])
}

export const backChannelLogout =
  ({ provider, log }: BackChannelParts): BackChannelLogout =>
  async (clientId, sub, sid) => {
    for (const wait of [...RETRY_AFTER, undefined]) {
      try {
        return await deliver(provider(), { clientId, sub, sid })
      } catch (err) {
        if (wait === undefined)
          log.warn({ clientId, sub, err }, 'a back-channel logout token was not delivered')
        else await sleep(wait)
      }
    }
  }

/** Milliseconds; an application that is being restarted answers again by then. */
const RETRY_AFTER = [1_000]

const deliver = async (
  provider: Provider,
  { clientId, sub, sid }: { clientId: string; sub: string; sid: string | undefined },
): Promise<void> => {
  const client = await provider.Client.find(clientId)
  if (!client?.backchannelLogoutUri) return
  // A token without a `sid` is no good to a client that asked for one.
  if (sid === undefined && client.backchannelLogoutSessionRequired) return
  await logoutOf(client)?.(sub, sid)
}
