import { z } from 'zod'
import type { ConsentStore } from '../../../domain/ports.ts'
import type { Operation } from '../../operation.ts'
import { Problem } from '../../problem.ts'
import { adminOperation, noBody } from '../operation.ts'
import { PageQuery, pageOf } from '../paging.ts'
import type { AdminParts } from '../parts.ts'
import { time } from '../time.ts'

export interface GrantAdminParts extends Pick<AdminParts, 'gate' | 'issuer'> {
  consents: Pick<ConsentStore, 'page'>
}

const Grant = z.object({
  sub: z.string(),
  client_id: z.string(),
  /** OpenID scopes. */
  scopes: z.array(z.string()),
  /** Identifier of an API -> permissions. */
  resources: z.record(z.string(), z.array(z.string())),
  allowed_at: z.iso.datetime(),
})
const Grants = z.object({ grants: z.array(Grant) })

const Key = z.tuple([z.string(), z.string()])

/** Where the page before ended; it is text that came through the caller's hands. */
const readKey = (after: string): { sub: string; clientId: string } => {
  try {
    const [sub, clientId] = Key.parse(JSON.parse(after))
    return { sub, clientId }
  } catch {
    throw new Problem('bad_request', { errors: [{ field: 'after', code: 'malformed' }] })
  }
}

/** What people have allowed applications. Sessions and tokens lie under digests and are found by their account only. */
export const listGrants = ({ gate, issuer, consents }: GrantAdminParts): Operation =>
  adminOperation(gate, {
    method: 'GET',
    path: '/admin/grants',
    summary: 'What people have allowed applications, in order of account and client',
    scope: 'grants:read',
    query: PageQuery,
    body: noBody,
    success: { status: 200, description: 'A page of them', schema: Grants, headers: ['Link'] },
    problems: [],
    async handle({ ctx, query: { limit, after } }): Promise<z.output<typeof Grants>> {
      const from = after === undefined ? {} : { after: readKey(after) }
      const found = await consents.page({ ...from, limit: limit + 1 })
      const page = pageOf(ctx, found, {
        issuer,
        limit,
        keyOf: ({ sub, clientId }) => JSON.stringify([sub, clientId]),
      })
      return {
        grants: page.map(({ sub, clientId, scopes, resources, updatedAt }) => ({
          sub,
          client_id: clientId,
          scopes,
          resources,
          allowed_at: time(updatedAt),
        })),
      }
    },
  })
