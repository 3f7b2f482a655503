import { z } from 'zod'
import { assignmentJson } from '../../domain/access/assignment-json.ts'
import { Condition } from '../../domain/access/condition.ts'
import type { Operation } from '../operation.ts'
import type { AuthParts } from '../parts.ts'
import { Problem } from '../problem.ts'

const Assignment = z.object({
  /** Name of the role. */
  role: z.string(),
  /** The one thing that it is for. */
  on: z.object({ type: z.string(), id: z.string() }).optional(),
  /** RFC 3339. */
  until: z.string().optional(),
  /** What has to hold for it. */
  when: Condition.optional(),
})

const Me = z.object({
  sub: z.string(),
  email: z.string(),
  email_verified: z.boolean(),
  name: z.string().optional(),
  roles: z.array(z.string()),
  /** Identifier of an API -> permissions that the person has there now. */
  permissions: z.record(z.string(), z.array(z.string())),
  /** Roles that enter neither `roles` nor `permissions`: for one thing only, on a condition, or past their end. */
  assignments: z.array(Assignment),
})

export const me = ({ bearer, account, access }: AuthParts): Operation => ({
  method: 'GET',
  path: '/auth/me',
  summary: 'The account that the access token is for, with its roles and permissions as they are now',
  body: undefined,
  needsToken: true,
  success: { status: 200, description: 'The account', schema: Me },
  problems: [],
  async handle(ctx): Promise<z.output<typeof Me>> {
    const { sub } = await bearer(ctx)
    const found = await account(sub)
    if (!found || found.disabled) throw new Problem('invalid_token')
    const [roles, permissions, narrowed] = await Promise.all([
      access.roles(sub),
      access.allOfPerson(sub),
      access.narrowed(sub),
    ])
    return {
      sub,
      email: found.email,
      email_verified: found.emailVerified,
      ...(found.name === undefined ? {} : { name: found.name }),
      roles,
      permissions,
      assignments: narrowed.map(({ role, assignment }) => assignmentJson(role, assignment)),
    }
  },
})
