import { randomBytes } from 'node:crypto'
import { beforeEach, describe, expect, it } from 'vitest'
import { accountDeletion, needsRestore } from '../../src/domain/account-deletion.ts'
import { deletionSweep } from '../../src/domain/deletion-sweep.ts'
import { links } from '../../src/domain/links.ts'
import type { Mail } from '../../src/domain/mail.ts'
import type { Account } from '../../src/domain/ports.ts'
import { proofs } from '../../src/domain/proofs.ts'
import { HOUR, parallel, START } from '../contract/open-for-test.ts'
import { type Arranged, arrange, GOOD_PASSWORD } from './arrange.ts'

const DAY = 24 * HOUR
const WINDOW = 14 * DAY
const ADDRESS = '192.0.2.7'

let given: Arranged
let happened: string[]
let mails: Mail[]

beforeEach(async () => {
  given = await arrange()
  happened = []
  mails = []
})

const created = async (name = 'kim'): Promise<Account> => {
  const email = `${name}@example.com`
  const outcome = await given.accounts.create({
    email,
    emailKey: email,
    password: GOOD_PASSWORD,
    locale: 'ru',
    emailVerified: true,
    roleIds: [],
  })
  if (outcome.kind !== 'created') throw new Error(outcome.kind)
  return outcome.account
}

const rules = ({ delay = WINDOW, clientIds = ['shop', 'desk'] } = {}) => {
  const { accounts, store, time, audit } = given
  const now = () => time.now
  return accountDeletion({
    accounts,
    clientsOf: async () => clientIds,
    proofs: proofs({ artifacts: store.artifacts, now, random: randomBytes }),
    sendMail: (mail) => mails.push(mail),
    links: links('https://id.example'),
    audit,
    sessionsEnded: (sub) => happened.push(`sessions of ${sub} ended`),
    removeDue: () => happened.push('removal was begun'),
    kept: async () => undefined,
    now,
    delay,
  })
}

/** A sweep of one process; what it does is written down, and a step may fail. */
const sweep = (fails: string[] = []) => {
  const { accounts, store, time, audit } = given
  const step = (name: string) => {
    happened.push(name)
    if (fails.includes(name)) throw new Error(`${name} failed`)
  }
  return deletionSweep({
    store: {
      artifacts: store.artifacts,
      consents: {
        list: store.consents.list,
        remove: async (sub, clientId) => {
          step(`consent for ${clientId} removed`)
          return store.consents.remove(sub, clientId)
        },
      },
      accounts: {
        due: store.accounts.due,
        remove: async (sub) => {
          step(`${sub} removed`)
          return store.accounts.remove(sub)
        },
      },
    },
    accounts,
    tell: async (clientId, sub) => step(`${clientId} told of ${sub}`),
    dropAdmin: async (sub) => step(`${sub} is no administrator`),
    sendMail: (mail) => mails.push(mail),
    audit,
    log: { error: () => undefined },
    now: () => time.now,
    isStopping: () => false,
  })()
}

const tokenOf = (mail: Mail | undefined): string => {
  if (mail?.letter.kind !== 'deletion_requested') throw new Error('another letter')
  return new URL(mail.letter.undoLink).searchParams.get('token') ?? ''
}

const consent = (sub: string, clientId: string) =>
  given.store.consents.add({ sub, clientId, scopes: ['openid'], resources: {}, updatedAt: START })

const types = () => given.events.map(({ type }) => type)

describe('asking for a deletion', () => {
  it('ends all sessions, remembers who is to be told, and writes to the owner', async () => {
    const { sub } = await created()
    given.time.now += 5000
    const account = await rules().request({ sub, address: ADDRESS })
    const due = START + 5000 + WINDOW
    expect(account).toMatchObject({
      validAfter: START + 5000,
      deletion: { due, clientIds: ['shop', 'desk'] },
    })
    expect(account && needsRestore(account)).toBe(true)
    expect(happened).toEqual([`sessions of ${sub} ended`])
    expect(mails).toMatchObject([
      { to: 'kim@example.com', locale: 'ru', letter: { kind: 'deletion_requested', due } },
    ])
    expect(given.events).toEqual([
      { type: 'account.deletion_requested', sub, actor: sub, address: ADDRESS, detail: { due } },
    ])
  })

  it('counts once, however often it is asked at the same time', async () => {
    const { sub } = await created()
    const outcomes = await parallel(10, () => rules().request({ sub, address: ADDRESS }))
    expect(outcomes.filter((outcome) => outcome !== undefined)).toHaveLength(1)
    expect([mails.length, given.events.length]).toEqual([1, 1])
  })

  it('does nothing where nobody is', async () => {
    expect(await rules().request({ sub: 'nobody', address: ADDRESS })).toBeUndefined()
    expect([mails, happened, given.events]).toEqual([[], [], []])
  })

  it('goes on to the removal at once where there is no window, and offers nothing', async () => {
    const { sub } = await created()
    await rules({ delay: 0 }).request({ sub, address: ADDRESS })
    expect(happened).toEqual([`sessions of ${sub} ended`, 'removal was begun'])
    expect(mails).toEqual([])
  })

  it('remembers no more clients than an account can hold', async () => {
    const { sub } = await created()
    const clientIds = Array.from({ length: 1500 }, (_, n) => `client-${n}`)
    const account = await rules({ clientIds }).request({ sub, address: ADDRESS })
    expect(account?.deletion?.clientIds).toHaveLength(1000)
  })
})

describe('taking a deletion back', () => {
  it('keeps the account by the link of the letter, once, and signs nobody in', async () => {
    const { sub } = await created()
    await rules().request({ sub, address: ADDRESS })
    const token = tokenOf(mails[0])
    given.time.now += WINDOW - 1
    expect((await rules().peek(token))?.sub).toBe(sub)
    const outcomes = await parallel(5, () => rules().undo({ token, address: ADDRESS }))
    const [kept, ...others] = outcomes.filter((outcome) => outcome !== undefined)
    expect(others).toEqual([])
    expect(kept).toMatchObject({ sub, deletion: undefined, validAfter: START })
    expect(types()).toEqual(['account.deletion_requested', 'account.deletion_undone'])
    expect(await rules().peek(token)).toBeUndefined()
    expect(await rules().undo({ token, address: ADDRESS })).toBeUndefined()
  })

  it('is too late when the time has come', async () => {
    const { sub } = await created()
    await rules().request({ sub, address: ADDRESS })
    const token = tokenOf(mails[0])
    given.time.now += WINDOW
    expect(await rules().peek(token)).toBeUndefined()
    expect(await rules().undo({ token, address: ADDRESS })).toBeUndefined()
    expect(await rules().undoOf({ sub, address: ADDRESS })).toBeUndefined()
    await sweep()
    expect(await given.store.accounts.find(sub)).toBeUndefined()
  })

  it('by a letter of an earlier deletion takes no later one back', async () => {
    const { sub } = await created()
    await rules().request({ sub, address: ADDRESS })
    const token = tokenOf(mails[0])
    await rules().undoOf({ sub, address: ADDRESS })
    given.time.now += 1
    await rules().request({ sub, address: ADDRESS })
    expect(await rules().undo({ token, address: ADDRESS })).toBeUndefined()
    expect((await given.store.accounts.find(sub))?.deletion).toBeDefined()
  })

  it('takes no token that was never made', async () => {
    for (const token of ['', 'x'.repeat(43), '__proto__', 'x'.repeat(100_000)])
      expect(await rules().undo({ token, address: ADDRESS })).toBeUndefined()
  })
})

describe('the sweep', () => {
  const waiting = async (name = 'kim') => {
    const { sub } = await created(name)
    await consent(sub, 'shop')
    await rules().request({ sub, address: ADDRESS })
    happened = []
    return sub
  }

  it('leaves an account alone before its time', async () => {
    const sub = await waiting()
    given.time.now += WINDOW - 1
    await sweep()
    expect(await given.store.accounts.find(sub)).toBeDefined()
    expect(happened).toEqual([])
  })

  it('tells every client, then removes consents and account, and writes to the owner', async () => {
    const sub = await waiting()
    given.time.now += WINDOW
    mails = []
    await sweep()
    expect(happened).toEqual([
      `shop told of ${sub}`,
      `desk told of ${sub}`,
      'consent for shop removed',
      `${sub} is no administrator`,
      `${sub} removed`,
    ])
    expect(await given.store.accounts.find(sub)).toBeUndefined()
    expect(await given.store.consents.list(sub)).toEqual([])
    expect(mails).toEqual([{ to: 'kim@example.com', locale: 'ru', letter: { kind: 'account_deleted' } }])
    expect(given.events.at(-1)).toEqual({ type: 'account.deleted', sub })
  })

  it('removes once and tells once, however many processes sweep', async () => {
    const subs = [await waiting('kim'), await waiting('lee')]
    given.time.now += WINDOW
    mails = []
    await parallel(3, () => sweep())
    for (const sub of subs) {
      expect(happened.filter((what) => what === `shop told of ${sub}`)).toHaveLength(1)
      expect(await given.store.accounts.find(sub)).toBeUndefined()
    }
    expect(mails).toHaveLength(2)
    expect(types().filter((type) => type === 'account.deleted')).toHaveLength(2)
  })

  it.each(['shop told of', 'consent for shop', 'is no administrator', 'removed'])(
    'that ends at the step “%s” is finished by a later one, and nothing is taken back meanwhile',
    async (step) => {
      const sub = await waiting()
      const named = [
        `shop told of ${sub}`,
        'consent for shop removed',
        `${sub} is no administrator`,
        `${sub} removed`,
      ]
      given.time.now += WINDOW
      mails = []
      await sweep(named.filter((name) => name.includes(step)))
      expect(await given.store.accounts.find(sub)).toBeDefined()
      expect(await rules().undoOf({ sub, address: ADDRESS })).toBeUndefined()
      // Another process may still be at it.
      await sweep()
      expect(await given.store.accounts.find(sub)).toBeDefined()
      given.time.now += HOUR
      await sweep()
      expect(await given.store.accounts.find(sub)).toBeUndefined()
      expect(mails).toHaveLength(1)
    },
  )

  it('does not stop at an account that cannot be removed', async () => {
    const [bad, good] = [await waiting('kim'), await waiting('lee')]
    given.time.now += WINDOW
    await sweep([`${bad} removed`])
    expect(await given.store.accounts.find(bad)).toBeDefined()
    expect(await given.store.accounts.find(good)).toBeUndefined()
  })

  it('removes all of a great many', async () => {
    for (let n = 0; n < 120; n++) await waiting(`person-${n}`)
    given.time.now += WINDOW
    await sweep()
    expect(await given.store.accounts.list({ limit: 10 })).toEqual([])
  })

  it('frees the address for a new account, which has another sub', async () => {
    const sub = await waiting()
    given.time.now += WINDOW
    await sweep()
    expect((await created()).sub).not.toBe(sub)
  })
})
