import type { PagePolicy } from '../../http/headers.ts'
import { consoleFrame } from '../account/frames.ts'
import type { Frames } from '../frame.ts'
import type { FactorLocals } from './locals.ts'
import { wayTitle } from './ways.ts'

/** In a sign-in: its submit can end at an application, and its script asks for the options of a passkey. */
export const passkeyForms = (): PagePolicy => ({ forms: 'engine', connects: true })

export const factorFrames: Frames<FactorLocals> = {
  'second-factor': {
    layout: 'gate',
    policy: passkeyForms,
    script: true,
    title: ({ t }, { way }) => t(wayTitle[way]),
  },
  enrol: {
    layout: 'gate',
    policy: passkeyForms,
    script: true,
    title: ({ t }) => t('enrol.title'),
  },
  'new-codes': {
    layout: 'gate',
    policy: () => ({ forms: 'engine' }),
    script: true,
    title: ({ t }) => t('newCodes.title'),
  },
  'account-app': consoleFrame('app.title'),
  'account-codes': consoleFrame('account.codes'),
  'account-passkey': {
    ...consoleFrame('passkey.add'),
    policy: () => ({ forms: 'own', connects: true }),
  },
  'account-passkey-name': consoleFrame('passkey.renameTitle'),
}
