import { z } from 'zod'
import { auditTypes } from '../../../domain/audit-events.ts'
import type { AuditEvent } from '../../../domain/ports.ts'
import { text } from '../../json-input.ts'
import type { Operation } from '../../operation.ts'
import { adminOperation, noBody } from '../operation.ts'
import { PageQuery, pageOf } from '../paging.ts'
import type { AdminParts } from '../parts.ts'

const LONGEST_NAME = 300

const Event = z.object({
  id: z.string(),
  at: z.iso.datetime(),
  type: z.string(),
  /** Who did it: `user:<sub>`, `client:<client id>` or `cli`; left out for what people do to themselves. */
  actor: z.string().optional(),
  /** Sub of the account that it happened to. */
  account: z.string().optional(),
  client_id: z.string().optional(),
  address: z.string().optional(),
  detail: z.record(z.string(), z.unknown()),
})
const Events = z.object({ events: z.array(Event) })

const Time = z.iso
  .datetime({ offset: true, error: 'wanted a time such as 2027-01-01T00:00:00Z' })
  .transform((written) => Date.parse(written))

const AuditQuery = PageQuery.extend({
  /** Sub of an account. */
  account: text(LONGEST_NAME).exactOptional(),
  actor: text(LONGEST_NAME).exactOptional(),
  type: z.enum(auditTypes).exactOptional(),
  /** RFC 3339, included. */
  since: Time.exactOptional(),
  /** RFC 3339, included. */
  until: Time.exactOptional(),
})

const shown = ({ sub, clientId, ...event }: AuditEvent): z.output<typeof Event> => ({
  id: event.id,
  at: new Date(event.at).toISOString(),
  type: event.type,
  ...(event.actor === undefined ? {} : { actor: event.actor }),
  ...(sub === undefined ? {} : { account: sub }),
  ...(clientId === undefined ? {} : { client_id: clientId }),
  ...(event.address === undefined ? {} : { address: event.address }),
  detail: event.detail,
})

export const listAudit = (parts: AdminParts): Operation =>
  adminOperation(parts.gate, {
    method: 'GET',
    path: '/admin/audit',
    summary: 'What has happened, the newest first',
    scope: 'audit:read',
    query: AuditQuery,
    body: noBody,
    success: { status: 200, description: 'A page of events', schema: Events, headers: ['Link'] },
    problems: [],
    async handle({ ctx, query }): Promise<z.output<typeof Events>> {
      const { limit, after, account, actor, type, since, until } = query
      const found = await parts.auditStore.list({
        limit: limit + 1,
        ...(after === undefined ? {} : { before: after }),
        ...(account === undefined ? {} : { sub: account }),
        ...(actor === undefined ? {} : { actor }),
        ...(type === undefined ? {} : { type }),
        ...(since === undefined ? {} : { since }),
        ...(until === undefined ? {} : { until }),
      })
      const events = pageOf(ctx, found, { issuer: parts.issuer, limit, keyOf: ({ id }) => id })
      return { events: events.map(shown) }
    },
  })
