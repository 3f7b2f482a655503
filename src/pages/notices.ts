import { catalogue, type Refusal } from '../errors.ts'
import type { Values, Words } from '../i18n.ts'
import type { Notice } from './page-locals.ts'

/** A field that wants correction; the words are in the catalogue under `fault.<field>.<code>`. */
export interface FieldFault {
  field: string
  code: string
  values?: Values | undefined
}

const RETRY_AFTER_503 = 5

/** Seconds for `Retry-After`; every 429 and 503 has one (RFC 9110 §10.2.3). */
export const retryAfter = ({ status, retryAfter: given }: Refusal): number | undefined =>
  given === undefined ? (status === 503 ? RETRY_AFTER_503 : undefined) : Math.max(1, Math.ceil(given))

/** Values for the texts of a refusal: `count` is the minutes to wait. */
export const refusalValues = (refusal: Refusal): Values => ({
  count: Math.ceil((retryAfter(refusal) ?? 60) / 60),
  status: catalogue[refusal.code],
})

/** A refusal as a message on the page whose form was refused. */
export const refusalNotice = (refusal: Refusal, { t, has }: Words): Notice => {
  const { code } = refusal
  const again = `error.${code}.again`
  const values = refusalValues(refusal)
  return {
    code,
    title: t(`error.${code}.title`, values),
    text: t(has(again) ? again : `error.${code}.text`, values),
    list: [],
  }
}

export const loginFailedNotice = ({ t }: Words, recovery: boolean): Notice => ({
  code: 'login_failed',
  title: t('loginFailed.title'),
  text: t(recovery ? 'loginFailed.orRecover' : 'loginFailed.text'),
  list: [],
})

/** The first fault of each field, in words. */
export const faultTexts = (faults: readonly FieldFault[], { t, has }: Words): Record<string, string> =>
  Object.fromEntries(
    faults.toReversed().map(({ field, code, values = {} }) => {
      const key = `fault.${field}.${code}`
      // Plural forms go by the number that the sentence turns on.
      const count = values.min ?? values.max ?? values.count ?? 0
      return [field, t(has(key) ? key : 'fault.other', { ...values, count })]
    }),
  )

/** Names the fields to correct, in the order of the form. */
export const faultsNotice = (
  texts: Record<string, string>,
  order: readonly string[],
  { t }: Words,
): Notice => {
  const fields = order.filter((field) => field in texts)
  return {
    code: 'invalid_input',
    title: t('faults.title', { count: fields.length }),
    text: '',
    list: fields.map((field) => ({ href: `#${field}`, text: `${t(`field.${field}`)}: ${texts[field]}` })),
  }
}
