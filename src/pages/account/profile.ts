import Router from '@koa/router'
import type { Context } from 'koa'
import { z } from 'zod'
import { nameFaults } from '../../domain/registration.ts'
import { type Failure, failureView } from '../own-form.ts'
import { LineField } from '../steps/fields.ts'
import type { Languages, ProfileParts } from './parts.ts'
import type { Visit } from './session.ts'

const PATH = '/account/profile'

interface Profile {
  name: string | undefined
  locale: string
}

/** `/account/profile`: name and language, and nothing else of an account (C-35). */
export const profileRoutes = (parts: ProfileParts & Languages): Router => {
  const { console, languages, language } = parts
  const isKnown = (tag: string): boolean => languages.some(({ locale }) => locale === tag)
  const show = (
    ctx: Context,
    visit: Visit,
    typed: Partial<Profile>,
    failure: Failure = {},
  ): Promise<void> => {
    const words = language.of(ctx)
    const { notice, faults, rendering } = failureView(ctx, words, failure, ['name'])
    const { name, locale } = { ...visit.account, ...typed }
    const chosen = locale !== undefined && isKnown(locale) ? locale : words.locale
    const locals = {
      notice,
      faults,
      name: name ?? '',
      languages: languages.map((each) => ({ ...each, isChosen: each.locale === chosen })),
    }
    return console.render(ctx, visit, 'account-profile', locals, { section: 'overview', words, ...rendering })
  }
  return new Router({ strict: true, sensitive: true })
    .get(PATH, console.page({ show: (ctx, visit) => show(ctx, visit, {}) }))
    .post(
      PATH,
      console.form({
        page: PATH,
        schema: z.object({ name: LineField.optional(), locale: z.string().refine(isKnown) }),
        async work(ctx, visit, { name: typed = '', locale }) {
          const name = typed.normalize('NFC').trim() || undefined
          const faults = nameFaults(name)
          if (faults.length > 0) return show(ctx, visit, { name: typed, locale }, { faults })
          await save(parts, ctx, visit, { name, locale })
          // The pages change their language as well: `language.ts` takes the parameter.
          await console.done(ctx, visit, `/account?lang=${locale}`, 'accountProfile.saved')
        },
        show: (ctx, visit, refused) => show(ctx, visit, refused.fields, { refused }),
      }),
    )
}

const save = async (
  { profile, audit, addressOf }: ProfileParts,
  ctx: Context,
  { account }: Visit,
  { name, locale }: Profile,
): Promise<void> => {
  const { sub } = account
  if (name === account.name && locale === account.locale) return
  if (name !== account.name) await profile.setName(sub, name)
  if (locale !== account.locale) await profile.setLocale(sub, locale)
  audit({ type: 'account.profile_changed', sub, actor: sub, address: addressOf(ctx) })
}
