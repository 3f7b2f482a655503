import { expect, it } from 'vitest'
import { changeAccount } from '../../src/domain/account-change.ts'
import { firstPassword } from '../../src/domain/first-password.ts'
import { links } from '../../src/domain/links.ts'
import type { Mail } from '../../src/domain/mail.ts'
import { newPassword } from '../../src/domain/new-password.ts'
import { arrange, GOOD_PASSWORD } from './arrange.ts'

const someone = async (password?: string) => {
  const domain = await arrange()
  const { store, policy, hasher, audit } = domain
  const now = () => domain.time.now
  const letters: Mail[] = []
  const set = firstPassword({
    accounts: store.accounts,
    change: changeAccount({ store: store.accounts, now }),
    password: newPassword({ faults: async (typed, about) => policy.faults(typed, about), policy, hasher }),
    links: links('https://gate.example'),
    sendMail: (mail) => letters.push(mail),
    audit,
    now,
  })
  const created = await domain.accounts.create({
    email: 'kim@example.com',
    emailKey: 'kim@example.com',
    emailVerified: true,
    roleIds: [],
    password,
  })
  if (created.kind !== 'created') throw new Error('not created')
  const { sub } = created.account
  const account = () => store.accounts.find(sub)
  const attempt = (typed = GOOD_PASSWORD) => set({ sub, password: typed, address: '192.0.2.1' })
  return { ...domain, account, attempt, letters, sub }
}

it('gives an account that has none a password, ends no session, and tells the owner', async () => {
  const { account, attempt, letters, events, hasher } = await someone()
  const before = await account()
  expect(await attempt()).toEqual({ kind: 'ok' })
  const after = await account()
  expect(await hasher.verify(after?.password ?? '', GOOD_PASSWORD)).toBe(true)
  expect([after?.validAfter, after?.passwordChangedAt]).toEqual([before?.validAfter, expect.any(Number)])
  expect(events.map(({ type }) => type)).toEqual(['password.changed'])
  expect(letters).toMatchObject([{ to: 'kim@example.com', letter: { change: 'password.changed' } }])
})

it('never replaces one, which wants the present one first; of parallel attempts one sets it', async () => {
  const { attempt, account, letters } = await someone('another quiet otter entirely')
  const before = await account()
  expect(await attempt()).toEqual({ kind: 'taken' })
  expect([await account(), letters]).toEqual([before, []])
  const fresh = await someone()
  const outcomes = await Promise.all(Array.from({ length: 5 }, () => fresh.attempt()))
  expect(outcomes.filter(({ kind }) => kind === 'ok')).toHaveLength(1)
  expect(fresh.letters).toHaveLength(1)
})

it('takes no password that the policy refuses', async () => {
  const { account, attempt, letters } = await someone()
  expect(await attempt('short')).toMatchObject({ kind: 'faults', faults: [{ code: 'too_short' }] })
  expect([(await account())?.password, letters]).toEqual([undefined, []])
})
