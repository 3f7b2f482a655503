import { describe, expect, it } from 'vitest'
import type { AuditEvent } from '../../src/domain/ports.ts'
import { START, type TestStore } from './open-for-test.ts'

const event = (id: string, changes: Partial<AuditEvent> = {}): AuditEvent => ({
  id,
  at: START,
  type: 'sign_in',
  actor: undefined,
  sub: undefined,
  clientId: undefined,
  address: undefined,
  detail: {},
  ...changes,
})

export const describeAudit = (current: () => TestStore): void => {
  const audit = () => current().store.audit
  const ids = async (options: Parameters<ReturnType<typeof audit>['list']>[0]) =>
    (await audit().list(options)).map(({ id }) => id)

  describe('audit', () => {
    it('gives back every member of an event', async () => {
      const full = event('1', {
        actor: 'admin',
        sub: 'kim',
        clientId: 'shop',
        address: '2001:db8::',
        detail: { reason: 'wrong', list: [1, null] },
      })
      await audit().append(full)
      expect(await audit().list({ limit: 1 })).toEqual([full])
    })

    it('keeps an event as it was when its id comes again', async () => {
      await audit().append(event('1'))
      await audit().append(event('1', { type: 'forged' }))
      expect(await audit().list({ limit: 9 })).toEqual([event('1')])
    })

    it('lists the newest first, page by page', async () => {
      for (const id of ['1', '3', '2']) await audit().append(event(id))
      expect(await ids({ limit: 2 })).toEqual(['3', '2'])
      expect(await ids({ limit: 2, before: '2' })).toEqual(['1'])
    })

    it('lists the events of a person, of a type, and of both', async () => {
      await audit().append(event('1', { sub: 'kim' }))
      await audit().append(event('2', { sub: 'lee' }))
      await audit().append(event('3', { sub: 'kim', type: 'sign_out' }))
      expect(await ids({ limit: 9, sub: 'kim' })).toEqual(['3', '1'])
      expect(await ids({ limit: 9, type: 'sign_in' })).toEqual(['2', '1'])
      expect(await ids({ limit: 9, sub: 'kim', type: 'sign_in' })).toEqual(['1'])
      expect(await ids({ limit: 9, sub: 'kim', before: '3' })).toEqual(['1'])
    })

    it('lists the events by who acted, whoever they happened to', async () => {
      await audit().append(event('1', { actor: 'admin', sub: 'kim' }))
      await audit().append(event('2', { actor: 'kim', sub: 'kim' }))
      await audit().append(event('3', { actor: 'admin', sub: 'lee' }))
      expect(await ids({ limit: 9, actor: 'admin' })).toEqual(['3', '1'])
      expect(await ids({ limit: 9, actor: 'admin', sub: 'kim' })).toEqual(['1'])
      expect(await ids({ limit: 9, actor: 'nobody' })).toEqual([])
    })

    it('lists the events of a time, both ends included', async () => {
      for (const n of [1, 2, 3, 4]) await audit().append(event(String(n), { at: START + n }))
      expect(await ids({ limit: 9, since: START + 2 })).toEqual(['4', '3', '2'])
      expect(await ids({ limit: 9, until: START + 3 })).toEqual(['3', '2', '1'])
      expect(await ids({ limit: 9, since: START + 2, until: START + 3 })).toEqual(['3', '2'])
      expect(await ids({ limit: 9, since: START + 3, until: START + 2 })).toEqual([])
      expect(await ids({ limit: 9, since: 0, until: 0 })).toEqual([])
    })

    it('lists what fits every condition at once, page by page', async () => {
      for (let n = 0; n < 32; n++)
        await audit().append(
          event(String(n).padStart(2, '0'), {
            at: START + n,
            sub: n % 2 ? 'kim' : 'lee',
            actor: n % 4 < 2 ? 'kim' : 'admin',
            type: n % 8 < 4 ? 'sign_in' : 'sign_out',
          }),
        )
      const wanted = {
        sub: 'kim',
        actor: 'admin',
        type: 'sign_in',
        since: START + 4,
        until: START + 27,
      }
      expect(await ids({ limit: 9, ...wanted })).toEqual(['27', '19', '11'])
      expect(await ids({ limit: 2, ...wanted })).toEqual(['27', '19'])
      expect(await ids({ limit: 2, ...wanted, before: '19' })).toEqual(['11'])
      expect(await ids({ limit: 0, ...wanted })).toEqual([])
    })

    it('takes what a caller asks for as values only', async () => {
      await audit().append(event('1', { actor: 'admin' }))
      for (const text of ["' or 1=1 --", '{"$ne":null}', '$gt', '%'])
        expect(await ids({ limit: 9, actor: text })).toEqual([])
    })
  })
}
