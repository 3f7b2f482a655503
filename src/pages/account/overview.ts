import Router from '@koa/router'
import type { Words } from '../../i18n.ts'
import type { AccountLocals } from './locals.ts'
import { dayOf } from './moment.ts'
import type { ConsoleParts, EmailParts, Languages } from './parts.ts'
import type { Visit } from './session.ts'

/** `/account`: what there is, and where to change it. */
export const overviewRoutes = ({
  console,
  language,
  languages,
  mailReady,
}: ConsoleParts & Languages & Pick<EmailParts, 'mailReady'>): Router =>
  new Router({ strict: true, sensitive: true }).get(
    '/account',
    console.page({
      show(ctx, visit) {
        const words = language.of(ctx)
        const locals = { ...overview(visit, words, languages), mailReady }
        return console.render(ctx, visit, 'account-overview', locals, { section: 'overview', words })
      },
    }),
  )

const overview = (
  { account }: Visit,
  words: Words,
  languages: Languages['languages'],
): Omit<AccountLocals['account-overview'], 'mailReady'> => {
  const { name, email, factors, passwordChangedAt } = account
  const own = languages.find(({ locale }) => locale === (account.locale ?? words.locale))
  return {
    name,
    email,
    isEmailVerified: account.emailVerified,
    language: own?.name ?? '',
    memberSince: dayOf(account.createdAt, words),
    hasPassword: account.password !== undefined,
    passwordChanged: passwordChangedAt === undefined ? undefined : dayOf(passwordChangedAt, words),
    hasApp: factors.totp !== undefined,
    passkeys: factors.passkeys.length,
    recoveryCodes: factors.recoveryCodes?.left.length,
  }
}
