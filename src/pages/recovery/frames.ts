import { type Frames, noForms, ownForms } from '../frame.ts'
import type { RecoveryLocals } from './locals.ts'

const done = {
  reset: 'proofDone.reset',
  verify: 'proofDone.verify',
  address: 'proofDone.address',
} as const

export const recoveryFrames: Frames<RecoveryLocals> = {
  recover: { layout: 'gate', policy: ownForms, script: true, title: ({ t }) => t('recover.title') },
  'letter-sent': {
    layout: 'gate',
    policy: noForms,
    script: false,
    title: ({ t }) => t('letterSent.title'),
  },
  reset: { layout: 'gate', policy: ownForms, script: true, title: ({ t }) => t('reset.title') },
  verify: { layout: 'gate', policy: ownForms, script: true, title: ({ t }) => t('verify.title') },
  'confirm-registration': {
    layout: 'gate',
    policy: ownForms,
    script: true,
    title: ({ t }) => t('confirmRegistration.title'),
  },
  'confirm-address': {
    layout: 'gate',
    policy: ownForms,
    script: true,
    title: ({ t }) => t('confirmAddress.title'),
  },
  'proof-done': {
    layout: 'gate',
    policy: noForms,
    script: false,
    title: ({ t }, { about }) => t(done[about]),
  },
  'proof-over': {
    layout: 'gate',
    policy: noForms,
    script: false,
    title: ({ t }) => t('proofOver.title'),
  },
}
