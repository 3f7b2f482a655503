import type { Foundation } from '../build.ts'
import { adminHolders } from '../domain/access/admins.ts'
import { changeAccount } from '../domain/account-change.ts'
import { accountData } from '../domain/account-data.ts'
import { firstPassword } from '../domain/first-password.ts'
import { presentOrKnown } from '../domain/present-or-known.ts'
import type { Csrf } from '../http/csrf.ts'
import { type ConsoleClientParts, consoleClient } from '../oidc/console-client.ts'
import type { Engine } from '../oidc/engine.ts'
import { renewSession } from '../oidc/renew-session.ts'
import { activityRoutes } from '../pages/account/activity.ts'
import { applicationRoutes } from '../pages/account/applications.ts'
import { accountConsole } from '../pages/account/console.ts'
import { dataRoutes } from '../pages/account/data.ts'
import { deviceRoutes } from '../pages/account/devices.ts'
import { emailRoutes } from '../pages/account/email.ts'
import { appRoutes } from '../pages/account/factors/app.ts'
import { codeRoutes } from '../pages/account/factors/codes.ts'
import { passkeyEndpointsRoute } from '../pages/account/factors/endpoints.ts'
import { keptPasskeyRoutes } from '../pages/account/factors/kept-passkeys.ts'
import { factorPanels } from '../pages/account/factors/panels.ts'
import { newPasskeyRoutes } from '../pages/account/factors/passkeys.ts'
import { waitingFacts } from '../pages/account/factors/waiting.ts'
import { guards as consoleGuards } from '../pages/account/guards.ts'
import { leaveRoutes } from '../pages/account/leave.ts'
import { overviewRoutes } from '../pages/account/overview.ts'
import { passwordRoutes } from '../pages/account/password.ts'
import { pendingSignIns } from '../pages/account/pending.ts'
import { profileRoutes } from '../pages/account/profile.ts'
import { restoreRoutes } from '../pages/account/restore.ts'
import { securityRoutes } from '../pages/account/security.ts'
import { consoleSessions } from '../pages/account/session.ts'
import { callbackRoute, startSignIn as starting } from '../pages/account/sign-in.ts'
import { signOutRoute } from '../pages/account/sign-out.ts'
import { addressOf } from './address-of.ts'
import type { Face } from './face.ts'
import type { Rules } from './rules.ts'

export interface AccountSurroundings {
  engine: Engine
  publicJwks: ConsoleClientParts['jwks']
  rules: Rules
  csrf: Csrf
}

/** The account console: its pages, and who is at it. */
export const openAccount = (foundation: Foundation, face: Face, surroundings: AccountSurroundings) => {
  const { rules, csrf } = surroundings
  const { entrance, ...entered } = openConsole(foundation, face, surroundings)
  const { config, store, audit, clients, now } = foundation
  const { issuer, passwordMinLength } = config
  const { accounts } = store
  const parts = { ...face, ...rules, ...entered, issuer, accounts, addressOf, audit, csrf, now }
  const admins = adminHolders({ access: foundation.access, account: accounts.present })
  const mayLeave = async (sub: string): Promise<boolean> => (await admins.suspend(sub)) === 'done'
  const factors = { ...parts, waiting: waitingFacts({ ...foundation, ...store }) }
  return {
    console: entered.console,
    routers: [
      callbackRoute(entrance),
      signOutRoute(parts),
      overviewRoutes(parts),
      profileRoutes({ ...parts, profile: foundation.accounts }),
      emailRoutes(parts),
      passwordRoutes({
        ...parts,
        passwordMinLength,
        firstPassword: firstPassword({ ...parts, change: changeAccount({ store: accounts, now }) }),
        renewSession: renewSession({ ...foundation, ...store, engine: surroundings.engine }),
      }),
      securityRoutes({ ...parts, panels: factorPanels(factors) }),
      appRoutes(factors),
      codeRoutes(factors),
      newPasskeyRoutes(factors),
      keptPasskeyRoutes(factors),
      passkeyEndpointsRoute({ issuer }),
      deviceRoutes(parts),
      applicationRoutes(parts),
      activityRoutes({
        ...parts,
        events: store.audit,
        clientName: async (clientId) => (await clients.metadata(clientId))?.client_name,
      }),
      dataRoutes({
        ...parts,
        collect: accountData({ ...parts, ...foundation, sessions: rules.sessions.list }),
      }),
      leaveRoutes({ ...parts, mayLeave, deletionDays: Math.floor(config.deletionDelay / DAY) }),
      restoreRoutes(parts),
    ],
  }
}

/** Seconds. */
const DAY = 24 * 60 * 60

/** Who is at the console, and how they come in. */
const openConsole = (
  { config, store, now, secure }: Foundation,
  face: Face,
  { engine, publicJwks, csrf }: AccountSurroundings,
) => {
  const { issuer } = config
  const { artifacts, accounts } = store
  const client = consoleClient({ engine, issuer, jwks: publicJwks, now })
  const account = presentOrKnown({ accounts, now })
  const sessions = consoleSessions({ artifacts, account, client, now, secure })
  const pending = pendingSignIns({ artifacts, now, secure })
  const entrance = { ...face, client, pending, sessions, issuer }
  const startSignIn = starting(entrance)
  const guards = consoleGuards({ sessions, startSignIn, now })
  return {
    entrance,
    client,
    visits: sessions,
    console: accountConsole({ ...face, csrf, sessions, guards, startSignIn }),
  }
}
