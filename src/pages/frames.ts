import { accountFrames } from './account/frames.ts'
import { factorFrames, passkeyForms } from './factors/frames.ts'
import { engineForms, type Frames, noForms, ownForms } from './frame.ts'
import { mailFrames } from './mail/frames.ts'
import type { PageLocals } from './page-locals.ts'
import { recoveryFrames } from './recovery/frames.ts'
import { restFrames } from './rest/frames.ts'

export const frames: Frames<PageLocals> = {
  ...accountFrames,
  ...factorFrames,
  ...mailFrames,
  ...recoveryFrames,
  ...restFrames,
  'sign-in': {
    layout: 'gate',
    policy: passkeyForms,
    script: true,
    title: ({ t }) => t('signIn.title'),
  },
  // Only within a sign-in its submit leads on to the application.
  register: {
    layout: 'gate',
    policy: ({ asker }) => ({ forms: asker ? 'engine' : 'own' }),
    script: true,
    title: ({ t }) => t('register.title'),
  },
  registered: {
    layout: 'gate',
    policy: noForms,
    script: false,
    title: ({ t }) => t('registered.title'),
  },
  consent: {
    layout: 'gate',
    policy: engineForms,
    script: true,
    title: ({ t }, { asker }) => t('consent.short', { client: asker.name }),
  },
  logout: {
    layout: 'gate',
    policy: engineForms,
    script: true,
    title: ({ t }) => t('logout.title'),
  },
  'logged-out': {
    layout: 'gate',
    policy: noForms,
    script: false,
    title: ({ t }) => t('loggedOut.title'),
  },
  'oauth-error': {
    layout: 'gate',
    policy: engineForms,
    script: false,
    title: ({ t }) => t('oauthError.title'),
  },
  error: {
    layout: 'gate',
    policy: ownForms,
    script: false,
    title: ({ t }, { code }) => t(`error.${code}.title`),
  },
  // Its script talks to our token and userinfo endpoints.
  playground: {
    layout: 'wide',
    policy: () => ({ forms: 'own', connects: true }),
    script: false,
    title: (_, { text }) => text.title ?? '',
  },
  landing: {
    layout: 'wide',
    policy: noForms,
    script: false,
    title: ({ t }) => t('landing.pageTitle'),
  },
}
