import { withoutOrphans } from './factor-set.ts'
import { type PasskeyAuthentication, passkeyAuthentication } from './passkey-authentication.ts'
import { readPasskeyName } from './passkey-input.ts'
import type { PasskeyParts } from './passkey-parts.ts'
import { type PasskeyRegistration, passkeyRegistration } from './passkey-registration.ts'

/** WebAuthn credentials (Web Authentication Level 3). The functions reject with the refusals `busy` and `store_unavailable`. */
export interface Passkeys extends PasskeyRegistration, PasskeyAuthentication {
  /** False if there is no such passkey, or the name is none. */
  rename(sub: string, id: string, name: string): Promise<boolean>
  remove(sub: string, id: string, address: string): Promise<boolean>
}

export const passkeys = (parts: PasskeyParts): Passkeys => {
  const { accounts, notices, audit } = parts
  return {
    ...passkeyRegistration(parts),
    ...passkeyAuthentication(parts),
    async rename(sub, id, typed) {
      const name = readPasskeyName(typed)
      if (name === undefined) return false
      const account = await accounts.changeFactors(sub, (factors) =>
        factors.passkeys.some((passkey) => passkey.id === id)
          ? { ...factors, passkeys: factors.passkeys.map((one) => (one.id === id ? { ...one, name } : one)) }
          : undefined,
      )
      if (account) audit({ type: 'passkey.renamed', actor: sub, sub, detail: { name } })
      return account !== undefined
    },
    async remove(sub, id, address) {
      let name = ''
      const account = await accounts.changeFactors(sub, (factors) => {
        const removed = factors.passkeys.find((passkey) => passkey.id === id)
        if (!removed) return undefined
        name = removed.name
        return withoutOrphans({ ...factors, passkeys: factors.passkeys.filter((one) => one !== removed) })
      })
      if (account) notices.changed('passkey.removed', { account, address, detail: { name } })
      return account !== undefined
    },
  }
}
