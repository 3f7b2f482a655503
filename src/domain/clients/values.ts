import { z } from 'zod'
import { isBuiltIn } from '../first-party.ts'

/** RFC 6749 §3.3, scope-token. */
const SCOPE_TOKEN = /^[\x21\x23-\x5b\x5d-\x7e]{1,128}$/
/** Scopes of OpenID Connect, which say nothing about an API. */
const OPENID_SCOPES = ['openid', 'offline_access', 'profile', 'email', 'roles']

const LONGEST_LINE = 200
const MOST_ITEMS = 200

const matching = (pattern: RegExp, wanted: string) => z.string().regex(pattern, { error: wanted })

/** A text for people. */
export const Line = z
  .string()
  .min(1, { error: 'wanted a text that is not empty' })
  .max(LONGEST_LINE, { error: `wanted at most ${LONGEST_LINE} characters` })
  .regex(/^[^\p{Cc}\p{Cs}]*$/u, { error: 'wanted one line without control characters' })

/** A list in which nothing comes twice. */
export const list = <Item extends z.ZodType>(item: Item) =>
  z
    .array(item)
    .max(MOST_ITEMS, { error: `wanted at most ${MOST_ITEMS} items` })
    .superRefine((items, context) => {
      items.forEach((each, index) => {
        if (items.indexOf(each) === index) return
        context.addIssue({ code: 'custom', path: [index], message: 'wanted once only; it is here twice' })
      })
    })

/** A text with rules of its own; `faultOf` says what is wanted instead. */
export const checked = (faultOf: (text: string) => string | undefined) =>
  z.string().superRefine((text, context) => {
    const message = faultOf(text)
    if (message !== undefined) context.addIssue({ code: 'custom', message })
  })

/** N-17: a client id never looks like an e-mail address; and it is used as a key of plain objects by the engine. */
export const ClientId = matching(
  /^[\x21-\x3f\x41-\x7e]{1,128}$/,
  'wanted 1 to 128 printable ASCII characters without blanks and @',
)
  .refine((id) => !(id in {}), { error: 'wanted another id; this one is reserved' })
  .refine((id) => !isBuiltIn(id), { error: 'wanted another id; this client is built in' })

/** RFC 6749 appendix A.2. */
export const ClientSecret = matching(/^[\x20-\x7e]{1,512}$/, 'wanted 1 to 512 printable ASCII characters')

export const Permission = matching(
  SCOPE_TOKEN,
  'wanted 1 to 128 printable ASCII characters without blanks, quotes and backslashes',
).refine((name) => !OPENID_SCOPES.includes(name), {
  error: 'wanted another name; this is a scope of OpenID Connect',
})

/** resource identifier -> permissions */
export const Permissions = z.record(z.string(), list(z.string()))
