import { z } from 'zod'
import { actorName } from '../../../domain/access/actor.ts'
import type { ConnectedApplication } from '../../../oidc/connected-applications.ts'
import type { Operation } from '../../operation.ts'
import { Problem } from '../../problem.ts'
import { requireMay } from '../guard.ts'
import { adminOperation, noBody, noQuery } from '../operation.ts'
import { timeMember } from '../time.ts'
import type { AccountAdminParts } from './parts.ts'
import { AccountPath } from './read.ts'

const Application = z.object({
  client_id: z.string(),
  client_name: z.string(),
  first_party: z.boolean(),
  /** OpenID scopes that the person has allowed. */
  scopes: z.array(z.string()),
  /** Identifier of an API -> permissions that the person has allowed there. */
  resources: z.record(z.string(), z.array(z.string())),
  /** Left out for one that is signed in without consent. */
  allowed_at: z.iso.datetime().optional(),
  last_used_at: z.iso.datetime().optional(),
})
const Applications = z.object({ applications: z.array(Application) })

const shown = ({ asker, scopes, resources, since, lastUsedAt }: ConnectedApplication) => ({
  client_id: asker.clientId,
  client_name: asker.name,
  first_party: asker.firstParty,
  scopes,
  resources: Object.fromEntries(resources.map(({ identifier, scopes: allowed }) => [identifier, allowed])),
  ...timeMember('allowed_at', since),
  ...timeMember('last_used_at', lastUsedAt),
})

export const listApplications = (parts: AccountAdminParts): Operation =>
  adminOperation(parts.gate, {
    method: 'GET',
    path: '/admin/accounts/{sub}/applications',
    summary: 'The applications that may act for the person, in order of their names',
    scope: 'grants:read',
    params: AccountPath,
    query: noQuery,
    body: noBody,
    success: { status: 200, description: 'All of them', schema: Applications },
    problems: [],
    async handle({ path: { sub } }): Promise<z.output<typeof Applications>> {
      if (!(await parts.accounts.present(sub))) throw new Problem('not_found')
      return { applications: (await parts.applications.list(sub)).map(shown) }
    },
  })

const ApplicationPath = AccountPath.extend({ client_id: z.string() })

export const removeApplication = (parts: AccountAdminParts): Operation =>
  adminOperation(parts.gate, {
    method: 'DELETE',
    path: '/admin/accounts/{sub}/applications/{client_id}',
    summary: 'Takes consent, grants and tokens for this person away from an application; it is told',
    scope: 'grants:write',
    params: ApplicationPath,
    query: noQuery,
    body: noBody,
    success: { status: 204, description: 'It has nothing any more' },
    problems: ['beyond_own_permissions'],
    async handle({ ctx, actor, path: { sub, client_id: clientId } }): Promise<undefined> {
      if (!(await parts.accounts.present(sub))) throw new Problem('not_found')
      await requireMay(parts, actor, { kind: 'user', id: sub })
      const by = [parts.addressOf(ctx), actorName(actor)] as const
      if (!(await parts.applications.remove(sub, clientId, ...by))) throw new Problem('not_found')
    },
  })
