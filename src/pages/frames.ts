import type { PagePolicy } from '../http/headers.ts'
import type { Words } from '../i18n.ts'
import type { PageLocals, PageName } from './page-locals.ts'

/** What surrounds a page: its layout, its browser policy and its title. */
export interface Frame<Locals> {
  layout: 'gate' | 'wide'
  policy(locals: Locals): PagePolicy
  /** `enhance.js` has something to do here. */
  script: boolean
  title(words: Words, locals: Locals): string
}

const engineForms = (): PagePolicy => ({ forms: 'engine' })
const ownForms = (): PagePolicy => ({ forms: 'own' })
const noForms = (): PagePolicy => ({ forms: 'none' })

export const frames: { readonly [P in PageName]: Frame<PageLocals[P]> } = {
  'sign-in': {
    layout: 'gate',
    policy: engineForms,
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
