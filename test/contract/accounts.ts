import { describe, expect, it } from 'vitest'
import { describeAccountLife } from './account-life.ts'
import { describeAccountRoles } from './account-roles.ts'
import { account, parallel, START, type TestStore } from './open-for-test.ts'

export const describeAccounts = (current: () => TestStore): void => {
  const accounts = () => current().store.accounts

  describe('accounts', () => {
    it('gives back every member as it was stored, by sub and by e-mail key', async () => {
      const kim = account('kim', { name: 'Kim', locale: 'ru', emailVerified: true, validAfter: START })
      expect(await accounts().insert(kim)).toEqual({ kind: 'inserted' })
      expect(await accounts().find('kim')).toEqual(kim)
      expect(await accounts().findByEmailKey('kim@example.com')).toEqual(kim)
    })

    it('gives the present account as it was stored, whatever memory holds', async () => {
      expect(await accounts().present('kim')).toBeUndefined()
      await accounts().insert(account('kim'))
      await accounts().find('kim')
      await accounts().replace(account('kim', { name: 'Kim' }))
      expect(await accounts().present('kim')).toEqual(account('kim', { name: 'Kim', version: 2 }))
      await accounts().remove('kim')
      expect(await accounts().present('kim')).toBeUndefined()
    })

    it('finds nobody where nobody is', async () => {
      expect(await accounts().find('kim')).toBeUndefined()
      expect(await accounts().findByEmailKey('kim@example.com')).toBeUndefined()
    })

    it('refuses a second account with the same sub', async () => {
      await accounts().insert(account('kim'))
      expect(await accounts().insert(account('kim', { emailKey: 'b@example.com' }))).toEqual({
        kind: 'taken',
      })
      expect((await accounts().find('kim'))?.emailKey).toBe('kim@example.com')
    })

    it('lets one of many parallel registrations of an address through', async () => {
      const outcomes = await parallel(50, (n) =>
        accounts().insert(account(`sub-${n}`, { emailKey: 'same@example.com' })),
      )
      expect(outcomes.filter(({ kind }) => kind === 'inserted')).toHaveLength(1)
      expect(await accounts().list({ limit: 100 })).toHaveLength(1)
    })

    it('replaces the version that was read and says stale to everybody else', async () => {
      await accounts().insert(account('kim'))
      const outcomes = await parallel(20, (n) => accounts().replace(account('kim', { name: `name ${n}` })))
      expect(outcomes.filter(({ kind }) => kind === 'replaced')).toHaveLength(1)
      expect(outcomes.filter(({ kind }) => kind === 'stale')).toHaveLength(19)
      expect(await accounts().find('kim')).toMatchObject({ name: 'name 0', version: 2 })
    })

    it('keeps every change of parallel writers that read again when stale', async () => {
      await accounts().insert(account('kim', { roles: [] }))
      await parallel(20, async (n) => {
        for (;;) {
          const read = await accounts().find('kim')
          if (!read) throw new Error('the account is gone')
          const outcome = await accounts().replace({
            ...read,
            roles: [...read.roles, { roleId: `role-${n}` }],
          })
          if (outcome.kind === 'replaced') return
        }
      })
      expect((await accounts().find('kim'))?.roles).toHaveLength(20)
    })

    it('refuses to replace an address by one that somebody else has', async () => {
      await accounts().insert(account('kim'))
      await accounts().insert(account('lee'))
      expect(await accounts().replace(account('kim', { emailKey: 'lee@example.com' }))).toEqual({
        kind: 'taken',
      })
      expect((await accounts().find('kim'))?.emailKey).toBe('kim@example.com')
    })

    it('says stale for an account that does not exist', async () => {
      expect(await accounts().replace(account('nobody'))).toEqual({ kind: 'stale' })
    })

    it('frees the old address when an account takes another one', async () => {
      await accounts().insert(account('kim'))
      await accounts().replace(account('kim', { emailKey: 'new@example.com' }))
      expect(await accounts().findByEmailKey('kim@example.com')).toBeUndefined()
      expect((await accounts().findByEmailKey('new@example.com'))?.sub).toBe('kim')
    })

    it('lists every account once, page by page in order of the address', async () => {
      const subs = ['e', 'b', 'd', 'a', 'c']
      for (const sub of subs) await accounts().insert(account(sub))
      const seen: string[] = []
      for (let after: string | undefined = ''; after !== undefined; ) {
        const page: Awaited<ReturnType<ReturnType<typeof accounts>['list']>> = await accounts().list({
          after,
          limit: 2,
        })
        seen.push(...page.map(({ sub }) => sub))
        after = page.at(-1)?.emailKey
      }
      expect(seen).toEqual(['a', 'b', 'c', 'd', 'e'])
    })

    it('lists only addresses that begin with a prefix, whatever characters it has', async () => {
      for (const sub of ['kim', 'kira', 'lee', 'k%m', 'k_m']) await accounts().insert(account(sub))
      expect((await accounts().list({ prefix: 'ki', limit: 10 })).map(({ sub }) => sub)).toEqual([
        'kim',
        'kira',
      ])
      expect((await accounts().list({ prefix: 'k%', limit: 10 })).map(({ sub }) => sub)).toEqual(['k%m'])
      expect(
        (await accounts().list({ prefix: 'ki', after: 'kim@example.com', limit: 10 })).map(({ sub }) => sub),
      ).toEqual(['kira'])
    })

    it('removes an account once and frees its address', async () => {
      await accounts().insert(account('kim'))
      const outcomes = await parallel(5, () => accounts().remove('kim'))
      expect(outcomes.filter(Boolean)).toHaveLength(1)
      expect(await accounts().find('kim')).toBeUndefined()
      expect(await accounts().insert(account('other', { emailKey: 'kim@example.com' }))).toEqual({
        kind: 'inserted',
      })
    })

    it('is not changed by what a caller does to an account it was given', async () => {
      await accounts().insert(account('kim'))
      const given = await accounts().find('kim')
      given?.roles.push({ roleId: 'admin' })
      for (const role of given?.roles ?? []) role.roleId = 'admin'
      expect((await accounts().find('kim'))?.roles).toEqual([{ roleId: 'role-1' }])
    })

    describeAccountLife(accounts)
    describeAccountRoles(accounts)
  })
}
