import Router from '@koa/router'
import type { Context } from 'koa'
import { z } from 'zod'
import { LONGEST_PASSKEY_NAME } from '../../../domain/factors/passkey-input.ts'
import { refuse } from '../../../errors.ts'
import { type Failure, failureView } from '../../own-form.ts'
import { LineField } from '../../steps/fields.ts'
import type { Visit } from '../session.ts'
import { type FactorParts, PASSKEY, SECURITY } from './parts.ts'

const NAME = `${PASSKEY}/name`
const REMOVE = `${PASSKEY}/remove`
/** At most 1023 bytes (Web Authentication Level 3 §4). */
const CredentialId = z.string().regex(/^[\w-]{1,1364}$/)

/** Naming a passkey, and removing it (ASVS 7.5.1: after a fresh proof). */
export const keptPasskeyRoutes = (parts: FactorParts): Router => {
  const { console, passkeys, waiting, addressOf } = parts
  return new Router({ strict: true, sensitive: true })
    .get(NAME, console.page({ show: (ctx, visit) => show(parts, ctx, visit, { id: ctx.query.id }) }))
    .post(
      NAME,
      console.form({
        page: SECURITY,
        schema: z.object({ id: CredentialId, name: LineField }),
        async work(ctx, visit, { id, name }) {
          if (await passkeys.rename(visit.account.sub, id, name))
            return console.done(ctx, visit, SECURITY, 'passkey.renamed')
          return show(parts, ctx, visit, { id, name }, { faults: [{ field: 'name', code: 'passkey' }] })
        },
        show: (ctx, visit, refused) => show(parts, ctx, visit, refused.fields, { refused }),
      }),
    )
    .post(
      REMOVE,
      console.form({
        page: SECURITY,
        isSensitive: true,
        schema: z.object({ id: CredentialId }),
        async work(ctx, visit, { id }) {
          if (await passkeys.remove(visit.account.sub, id, addressOf(ctx))) await waiting.keepGone(visit, id)
          await console.done(ctx, visit, SECURITY, 'passkey.removed')
        },
        show: (_ctx, _visit, { refusal }) => Promise.reject(refusal),
      }),
    )
}

const show = async (
  { console, language }: FactorParts,
  ctx: Context,
  visit: Visit,
  given: { id?: unknown; name?: string },
  failure: Failure = {},
): Promise<void> => {
  const passkey = visit.account.factors.passkeys.find(({ id }) => id === given.id)
  if (!passkey) throw refuse('not_found')
  const words = language.of(ctx)
  const { notice, faults, rendering } = failureView(ctx, words, failure, ['name'])
  const locals = {
    notice,
    fault: faults.name,
    id: passkey.id,
    name: given.name ?? passkey.name,
    most: LONGEST_PASSKEY_NAME,
    action: NAME,
  }
  return console.render(ctx, visit, 'account-passkey-name', locals, {
    section: 'security',
    words,
    ...rendering,
  })
}
