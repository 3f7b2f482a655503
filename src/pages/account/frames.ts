import { engineForms, type Frame, type Frames, noForms, ownForms } from '../frame.ts'
import type { AccountLocals } from './locals.ts'

/** @param key of the title in the catalogue */
export const consoleFrame = (key: string): Frame<unknown> => ({
  layout: 'console',
  policy: ownForms,
  script: true,
  title: ({ t }) => t(key),
})

const gateFrame = (key: string, policy: Frame<unknown>['policy']): Frame<unknown> => ({
  layout: 'gate',
  policy,
  script: false,
  title: ({ t }) => t(key),
})

export const accountFrames: Frames<AccountLocals> = {
  'account-signed-out': {
    layout: 'gate',
    policy: noForms,
    script: false,
    title: ({ t }, { reason }) =>
      t(reason === 'cancelled' ? 'account.cancelled.title' : 'account.failed.title'),
  },
  'account-overview': consoleFrame('account.title'),
  'account-profile': consoleFrame('account.profile'),
  'account-email': consoleFrame('accountEmail.title'),
  'account-password': consoleFrame('account.password'),
  'account-security': consoleFrame('account.nav.security'),
  'account-devices': consoleFrame('account.nav.devices'),
  'account-everywhere': gateFrame('devices.overTitle', noForms),
  'account-applications': consoleFrame('account.nav.applications'),
  'account-activity': consoleFrame('account.nav.activity'),
  'account-leave': consoleFrame('account.delete'),
  'account-left': gateFrame('accountLeft.title', noForms),
  restore: gateFrame('restore.title', engineForms),
  'account-restore': gateFrame('accountRestore.title', ownForms),
  'account-restore-over': gateFrame('accountRestore.overTitle', noForms),
  'account-restored': gateFrame('accountRestore.doneTitle', noForms),
}
