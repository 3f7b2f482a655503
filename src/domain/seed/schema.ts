import { z } from 'zod'
import { AssignmentInput } from '../access/assignment-json.ts'
import { ADMIN_ROLE } from '../access/model.ts'
import { ClientInput } from '../clients/metadata.ts'
import { checked, Line, list, Permission, Permissions } from '../clients/values.ts'

const LONGEST_IDENTIFIER = 500

/** RFC 8707 §2: an absolute URI without a fragment. It is compared by characters, and goes into every token. */
const Identifier = checked((text) =>
  /^[\x21-\x7e]+$/.test(text) &&
  text.length <= LONGEST_IDENTIFIER &&
  URL.canParse(text) &&
  !text.includes('#')
    ? undefined
    : 'wanted an absolute URI in ASCII, without a fragment',
)

/** As in `record`; `api` means an API as a whole in a question. */
const ThingType = z
  .string()
  .regex(/^[A-Za-z][\w.-]{0,63}$/, { error: 'wanted the name of a type of things' })
  .refine((type) => !['api', 'user', 'client'].includes(type), {
    error: 'wanted another name; this one has a meaning',
  })

export const ResourceInput = z.strictObject({
  identifier: Identifier,
  name: Line.exactOptional(),
  permissions: list(Permission).exactOptional(),
  access_token_format: z.enum(['jwt', 'opaque']).exactOptional(),
  /** Kinds of things that roles can be narrowed to one of. */
  types: list(ThingType).exactOptional(),
})
export type ResourceInput = z.infer<typeof ResourceInput>

export const RoleInput = z.strictObject({
  name: Line.refine((name) => name !== ADMIN_ROLE, {
    error: 'wanted another name; the role admin is built in',
  }),
  permissions: Permissions.exactOptional(),
  /** Names of roles that come with this one. */
  includes: list(z.string()).exactOptional(),
  default: z.boolean().exactOptional(),
})
export type RoleInput = z.infer<typeof RoleInput>

/** OpenID Connect Core §2: at most 255 ASCII characters; N-17: never like an e-mail address. */
const Sub = z.string().regex(/^[\x21-\x3f\x41-\x7e]{1,255}$/, {
  error: 'wanted 1 to 255 printable ASCII characters without blanks and @',
})

const MOST_ASSIGNMENTS = 200

/** Names of roles, or objects that narrow them; nothing comes twice. */
const Assignments = z
  .array(AssignmentInput)
  .max(MOST_ASSIGNMENTS, { error: `wanted at most ${MOST_ASSIGNMENTS} items` })
  .superRefine((items, context) => {
    const texts = items.map((item) => JSON.stringify(item))
    texts.forEach((text, index) => {
      if (texts.indexOf(text) === index) return
      context.addIssue({ code: 'custom', path: [index], message: 'wanted once only; it is here twice' })
    })
  })

/** A client as a seed names it: with the roles that it has for what it does itself. */
export const SeedClientInput = ClientInput.extend({ roles: Assignments.exactOptional() })
export type SeedClientInput = z.infer<typeof SeedClientInput>

export const AccountInput = z
  .strictObject({
    sub: Sub.exactOptional(),
    email: z.string(),
    password: z.string().min(1, { error: 'wanted a password that is not empty' }).exactOptional(),
    /** Of another system, in any form that the hasher reads. */
    password_hash: z.string().exactOptional(),
    name: Line.exactOptional(),
    locale: z
      .string()
      .regex(/^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$/, { error: 'wanted a language tag such as en or pt-BR' })
      .exactOptional(),
    email_verified: z.boolean().exactOptional(),
    roles: Assignments.exactOptional(),
  })
  .refine(({ password, password_hash: hash }) => password === undefined || hash === undefined, {
    path: ['password'],
    error: 'wanted one of password and password_hash',
  })
export type AccountInput = z.infer<typeof AccountInput>

/** The parts of `SEED_FILE`; each entry is parsed by itself, so that one fault hides no other. */
export const SeedDocument = z.strictObject({
  resources: z.array(z.unknown()).default([]),
  roles: z.array(z.unknown()).default([]),
  clients: z.array(z.unknown()).default([]),
  accounts: z.array(z.unknown()).default([]),
})

export type SeedDocument = z.infer<typeof SeedDocument>

const usable = z.array(z.unknown()).catch([])
const nothing: SeedDocument = { resources: [], roles: [], clients: [], accounts: [] }

/** The sections of a faulty document that can be read all the same, so that their faults are told, too. */
export const UsableSections = z
  .object({ resources: usable, roles: usable, clients: usable, accounts: usable })
  .catch(nothing)

/** An account of a seed, its address read. */
export type SeedAccount = AccountInput & {
  /** Canonical form of the address, for look-up. */
  emailKey: string
}

/** A seed without faults of its own. */
export interface Seed {
  resources: ResourceInput[]
  roles: RoleInput[]
  clients: SeedClientInput[]
  accounts: SeedAccount[]
}
