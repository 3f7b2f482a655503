import { expect, it } from 'vitest'
import type { Account, AccountStore, Assignment } from '../../src/domain/ports.ts'
import { account, parallel, START } from './open-for-test.ts'

/** What can narrow an assignment, in words that mean something to a database or to JavaScript. */
export const NARROWED: readonly Assignment[] = [
  { roleId: 'reader', on: { type: 'record', id: '$ne' }, until: START + 1 },
  {
    roleId: 'writer',
    when: {
      all: [
        { equal: [{ resource: 'a.b' }, { subject: '__proto__' }] },
        { not: { in: [{ context: '_set.x' }, { value: ['$ne', '__proto__', 'a.b', 7, true] }] } },
        { any: [{ equal: [{ value: '$where' }, { resource: 'constructor' }] }] },
      ],
    },
  },
  { roleId: 'reader', on: { type: 'a.b', id: '__proto__' } },
]

/** In order: subs are ASCII, compared by characters. */
const ODD_SUBS = ['$ne', '-a', '1', 'A', 'Z', '_', 'a', 'b', '{}']

/** Accounts by role; called inside of the suite of accounts. */
export const describeAccountRoles = (accounts: () => AccountStore): void => {
  const having = (sub: string, ...roleIds: string[]): Promise<unknown> =>
    accounts().insert(account(sub, { roles: roleIds.map((roleId) => ({ roleId })) }))
  const holders = async (
    roleIds: string[],
    options: { after?: string; limit?: number } = {},
  ): Promise<string[]> => (await accounts().holding({ roleIds, limit: 99, ...options })).map(({ sub }) => sub)
  const change = async (sub: string, roles: Assignment[]): Promise<void> => {
    const read = await accounts().find(sub)
    if (read) await accounts().replace({ ...read, roles })
  }

  it('gives back things, ends and conditions of assignments as they were stored', async () => {
    const kim = account('kim', { roles: [...NARROWED] })
    await accounts().insert(kim)
    expect(await accounts().find('kim')).toEqual(kim)
    expect(await accounts().holding({ roleIds: ['writer'], limit: 9 })).toEqual([kim])
    await accounts().replace({ ...kim, roles: [...NARROWED, { roleId: 'more' }] })
    expect((await accounts().find('kim'))?.roles).toEqual([...NARROWED, { roleId: 'more' }])
  })

  it('is not changed by what a caller tries to do to what narrows an assignment', async () => {
    await accounts().insert(account('kim', { roles: [...NARROWED] }))
    await accounts().find('kim')
    for (const { on, when } of (await accounts().find('kim'))?.roles ?? []) {
      if (on) Reflect.set(on, 'id', 'another')
      if (when) Reflect.set(when, 'all', [])
      if (when && 'all' in when) Reflect.set(when.all, 'length', 0)
    }
    expect((await accounts().find('kim'))?.roles).toEqual(NARROWED)
  })

  it('finds those who have a role, with whatever narrows it, and nobody else', async () => {
    await having('lee', 'writer')
    await having('kim', 'reader', 'writer')
    await having('none')
    await accounts().insert(account('max', { roles: [...NARROWED] }))
    expect(await holders(['reader'])).toEqual(['kim', 'max'])
    expect(await holders(['writer'])).toEqual(['kim', 'lee', 'max'])
    expect(await holders(['read'])).toEqual([])
    expect(await holders([])).toEqual([])
    expect(await accounts().holding({ roleIds: ['writer'], limit: 1 })).toEqual([
      await accounts().find('kim'),
    ])
  })

  it('finds one who has several of the roles once, also one who has a role several times', async () => {
    await having('kim', 'a', 'b', 'c')
    await having('lee', 'b')
    await accounts().insert(account('max', { roles: [...NARROWED] }))
    expect(await holders(['c', 'a', 'b', 'a'])).toEqual(['kim', 'lee'])
    expect(await holders(['reader', 'writer'])).toEqual(['max'])
  })

  it('forgets roles that were taken away, adds those that were given, and forgets the removed', async () => {
    await having('kim', 'a', 'b')
    await having('lee', 'a')
    await change('kim', [{ roleId: 'b' }, { roleId: 'c' }])
    expect([await holders(['a']), await holders(['b']), await holders(['c'])]).toEqual([
      ['lee'],
      ['kim'],
      ['kim'],
    ])
    await accounts().remove('kim')
    expect(await holders(['b', 'c'])).toEqual([])
    await having('kim', 'd')
    expect([await holders(['b', 'c']), await holders(['d'])]).toEqual([[], ['kim']])
  })

  it('leaves the roles alone when a stale version or a taken address is refused', async () => {
    await having('kim', 'a')
    await having('lee', 'a')
    const stale = account('kim', { version: 7, roles: [{ roleId: 'b' }] })
    expect(await accounts().replace(stale)).toEqual({ kind: 'stale' })
    const clash = account('kim', { emailKey: 'lee@example.com', roles: [{ roleId: 'b' }] })
    expect(await accounts().replace(clash)).toEqual({ kind: 'taken' })
    expect(await accounts().insert(account('kim', { roles: [{ roleId: 'b' }] }))).toEqual({ kind: 'taken' })
    expect([await holders(['a']), await holders(['b'])]).toEqual([['kim', 'lee'], []])
  })

  it('tells the holders in order of the characters of their subs', async () => {
    for (const sub of ODD_SUBS.toReversed()) await having(sub, sub < 'a' ? 'a' : 'b')
    expect(await holders(['a', 'b'])).toEqual(ODD_SUBS)
    for (const [at, sub] of ODD_SUBS.entries())
      expect(await holders(['a', 'b'], { after: sub, limit: 1 })).toEqual(ODD_SUBS.slice(at + 1, at + 2))
  })

  it('tells a thousand holders of two roles, page by page, each once', async () => {
    const subs = Array.from({ length: 1000 }, (_, n) => `sub-${String(n).padStart(4, '0')}`)
    const rolesOf = (n: number): string[] => (n % 3 === 0 ? ['a', 'b'] : n % 3 === 1 ? ['a'] : ['b', 'x'])
    for (let at = 0; at < subs.length; at += 100)
      await parallel(100, (n) => having(`sub-${String(at + n).padStart(4, '0')}`, ...rolesOf(at + n)))
    const seen: string[] = []
    for (let page: Account[] = [], after = ''; ; after = page.at(-1)?.sub ?? '') {
      page = await accounts().holding({ roleIds: ['a', 'b'], after, limit: 64 })
      seen.push(...page.map(({ sub }) => sub))
      if (page.length < 64) break
    }
    expect(seen).toEqual(subs)
    expect(await holders(['x'], { limit: 1000 })).toHaveLength(333)
  })
}
