import type { CDPSession, Page } from 'playwright-core'

/** A device that keeps passkeys, played by Chromium. */
export interface Authenticator {
  /** Whether somebody touches it when it is asked, from now on. */
  isTouched(present: boolean): Promise<void>
  /** The passkeys on it. */
  passkeys(): Promise<StoredPasskey[]>
  put(passkeys: readonly StoredPasskey[]): Promise<void>
  remove(): Promise<void>
}

/** As Chromium's own protocol tells it. */
export type StoredPasskey = Awaited<ReturnType<typeof credentialsOf>>[number]

const credentialsOf = async (session: CDPSession, authenticatorId: string) =>
  (await session.send('WebAuthn.getCredentials', { authenticatorId })).credentials

/**
 * Plugs a device into the page.
 *
 * @param options.knowsUser it can tell its user (fingerprint, PIN)
 */
export const plugIn = async (page: Page, { knowsUser = true } = {}): Promise<Authenticator> => {
  const session = await page.context().newCDPSession(page)
  await session.send('WebAuthn.enable', { enableUI: false })
  const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      ctap2Version: 'ctap2_1',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: knowsUser,
      isUserVerified: knowsUser,
      automaticPresenceSimulation: true,
    },
  })
  return {
    async isTouched(enabled) {
      await session.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled })
    },
    passkeys: () => credentialsOf(session, authenticatorId),
    async put(passkeys) {
      for (const credential of passkeys)
        await session.send('WebAuthn.addCredential', { authenticatorId, credential })
    },
    async remove() {
      await session.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId })
    },
  }
}
