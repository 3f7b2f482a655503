import type { AuditEvent, AuditStore } from '../../domain/ports.ts'
import { jsonObject } from '../damaged-record.ts'
import { range, where } from './filter.ts'
import { isDuplicate } from './mongo-error.ts'
import { MOST_TIME, type Parts } from './parts.ts'
import { number, optionalText, type Stored, text } from './stored.ts'

const fromStored = (stored: Stored): AuditEvent => ({
  id: text(stored, '_id'),
  at: number(stored, 'at'),
  type: text(stored, 'type'),
  actor: optionalText(stored, 'actor'),
  sub: optionalText(stored, 'sub'),
  clientId: optionalText(stored, 'clientId'),
  address: optionalText(stored, 'address'),
  detail: jsonObject(text(stored, 'detail')),
})

export const auditStore = ({ collection, run }: Parts): AuditStore => {
  const audit = collection('audit')
  return {
    append: ({ id, detail, ...members }) =>
      run('audit.append', async () => {
        try {
          await audit.insertOne({ _id: id, ...members, detail: JSON.stringify(detail) }, MOST_TIME)
        } catch (error) {
          // The event is there already, as when it is sent again.
          if (!isDuplicate(error)) throw error
        }
      }),
    list: ({ limit, before, sub, actor, type, since, until }) =>
      run('audit.list', async () => {
        if (limit < 1) return []
        const wanted = where({
          ...(before !== undefined && { _id: range({ before }) }),
          ...((since !== undefined || until !== undefined) && { at: range({ from: since, upTo: until }) }),
          ...(sub !== undefined && { sub }),
          ...(actor !== undefined && { actor }),
          ...(type !== undefined && { type }),
        })
        const page = audit.find(wanted, { ...MOST_TIME, limit, singleBatch: true }).sort({ _id: -1 })
        return (await page.toArray()).map(fromStored)
      }),
  }
}
