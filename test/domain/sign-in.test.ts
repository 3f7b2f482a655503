import { beforeEach, describe, expect, it } from 'vitest'
import type { Hasher } from '../../src/domain/ports.ts'
import { type SignInParts, signIn } from '../../src/domain/sign-in.ts'
import { refuse } from '../../src/errors.ts'
import type { SignIn } from '../../src/pages/parts.ts'
import { parallel } from '../contract/open-for-test.ts'
import { type Arranged, arrange, GOOD_PASSWORD } from './arrange.ts'

const WRONG = 'six noisy otters'

/** Hashes of other systems, all of GOOD_PASSWORD, as cheap as these schemes allow; the last asks for too much. */
const FOREIGN = {
  bcrypt: '$2b$04$scDnhGqjBLnGy.t3T/MC8OY0N3g6kTC2AgidWp9SzbYLPAGYD5Dza',
  pbkdf2: '$pbkdf2-sha256$i=1000,l=32$c2FsdHNhbHRzYWx0c2FsdA$lvb8Wy9zZ03aakr7PvYJQYvZGFxkwajTAPq/q/JxNjM',
  scrypt: '$scrypt$ln=4,r=8,p=1$c2FsdHNhbHRzYWx0c2FsdA$g8r7BEefvyCcSlHtWKpx9FGV+6l4UurtsxS3S9D5K10',
  'too-costly': '$2b$31$scDnhGqjBLnGy.t3T/MC8OY0N3g6kTC2AgidWp9SzbYLPAGYD5Dza',
}

let given: Arranged
let outcomes: string[]
let warnings: object[]
let enter: SignIn

const start = async (options: Parameters<typeof arrange>[0] = {}, parts: Partial<SignInParts> = {}) => {
  given = await arrange(options)
  outcomes = []
  warnings = []
  enter = signIn({
    ...given,
    accounts: given.store.accounts,
    metrics: { signIn: (outcome) => outcomes.push(outcome) },
    log: { warn: (fields) => warnings.push(fields) },
    demand: async () => 'none',
    capacity: 1000,
    ...parts,
  })
  await given.accounts.create({
    sub: 'kim',
    email: 'Kim@Example.com',
    emailKey: 'kim@example.com',
    password: GOOD_PASSWORD,
    emailVerified: true,
    roleIds: [],
  })
}

beforeEach(() => start())

const attempt = (login: string, password = GOOD_PASSWORD, address = '192.0.2.1') =>
  enter({ login, password, address })

const hashes = (): number => given.calls.verify + given.calls.verifyNothing

describe('signing in', () => {
  it.each(['kim@example.com', ' KIM@EXAMPLE.COM ', 'ｋｉｍ@example.com'])(
    'takes the address as %s',
    async (login) => {
      expect(await attempt(login)).toMatchObject({ kind: 'ok', account: { sub: 'kim' }, due: 'none' })
      expect(outcomes).toEqual(['ok'])
      expect(given.events).toEqual([{ type: 'sign_in.succeeded', sub: 'kim', address: '192.0.2.1' }])
    },
  )

  it('takes composed and decomposed letters for the same password (N-41)', async () => {
    await given.accounts.setPassword('kim', 'rene\u0301 counts seven otters')
    expect(await attempt('kim@example.com', 'ren\u00e9 counts seven otters')).toMatchObject({ kind: 'ok' })
    expect(await attempt('kim@example.com', 'rene\u0301 counts seven otters')).toMatchObject({ kind: 'ok' })
  })

  it.each([
    `${GOOD_PASSWORD} `,
    ` ${GOOD_PASSWORD}`,
    GOOD_PASSWORD.toUpperCase(),
    GOOD_PASSWORD.slice(0, -1),
  ])('compares the whole password as it is: %j (N-40)', async (password) => {
    expect(await attempt('kim@example.com', password)).toEqual({ kind: 'wrong' })
  })

  it.each([
    ['a wrong password', 'kim@example.com', WRONG],
    ['an account that does not exist', 'lee@example.com', GOOD_PASSWORD],
    ['what is no address', 'kim', GOOD_PASSWORD],
    ['an operator', '{"$ne":""}', GOOD_PASSWORD],
    ['a disabled account', 'off@example.com', GOOD_PASSWORD],
    ['an account without a password', 'none@example.com', GOOD_PASSWORD],
    ['an account whose hash is damaged', 'damaged@example.com', GOOD_PASSWORD],
    ...Object.keys(FOREIGN).map((name) => [`an account with ${name}`, `${name}@example.com`, WRONG]),
  ])('answers %s with the same words at the cost of one hash (R-22, N-31)', async (_, login, password) => {
    const other = { emailVerified: true, roleIds: [] }
    const { accounts } = given
    await accounts.create({
      ...other,
      sub: 'off',
      email: 'off@example.com',
      emailKey: 'off@example.com',
      password,
    })
    await accounts.disable('off')
    await accounts.create({ ...other, email: 'none@example.com', emailKey: 'none@example.com' })
    const damaged = {
      email: 'damaged@example.com',
      emailKey: 'damaged@example.com',
      passwordHash: '$argon2id$v=19',
    }
    await accounts.create({ ...other, ...damaged })
    for (const [name, passwordHash] of Object.entries(FOREIGN)) {
      const email = `${name}@example.com`
      await accounts.create({ ...other, email, emailKey: email, passwordHash })
    }
    expect(await attempt(login, password)).toEqual({ kind: 'wrong' })
    expect(hashes()).toBe(1)
    expect(outcomes).toEqual(['wrong'])
  })

  it.each([
    ['257 characters', 'x'.repeat(257)],
    ['56 kB', 'x'.repeat(56_000)],
    ['nothing', ''],
    ['a NUL', `${GOOD_PASSWORD}\0`],
    ['a lone surrogate', `${GOOD_PASSWORD}\ud800`],
  ])('hashes nothing for %s, whether the account exists or not (X-21)', async (_, password) => {
    expect(await attempt('kim@example.com', password)).toEqual({ kind: 'wrong' })
    expect(await attempt('lee@example.com', password)).toEqual({ kind: 'wrong' })
    expect(hashes()).toBe(0)
  })

  it('writes a failure down without the password, and without a name in clear', async () => {
    await attempt('kim@example.com', WRONG)
    await attempt('lee@example.com', WRONG)
    await attempt('my secret in the wrong field', WRONG)
    expect(given.events).toMatchObject([
      { type: 'sign_in.failed', sub: 'kim', address: '192.0.2.1' },
      {
        type: 'sign_in.failed',
        address: '192.0.2.1',
        detail: { login: expect.stringMatching(/^[\w-]{43}$/) },
      },
      { type: 'sign_in.failed', address: '192.0.2.1', detail: {} },
    ])
    expect(JSON.stringify(given.events)).not.toMatch(/otters|example\.com|secret/)
  })
})

describe('the limits of signing in', () => {
  it('hold against 300 parallel wrong passwords, and against the right one behind them (C-20, X-26)', async () => {
    const kinds = (await parallel(300, () => attempt('kim@example.com', WRONG))).map(({ kind }) => kind)
    expect(hashes()).toBe(20)
    expect(kinds.filter((kind) => kind === 'wrong')).toHaveLength(20)
    expect(kinds.filter((kind) => kind === 'limited')).toHaveLength(280)
    expect(await attempt('kim@example.com')).toEqual({ kind: 'limited', retryAfter: 900 })
    expect(hashes()).toBe(20)
    expect(await attempt('kim@example.com', GOOD_PASSWORD, '198.51.100.1')).toMatchObject({ kind: 'ok' })
  })

  it('hold against parallel wrong passwords from everywhere, with the right one behind them (N-42)', async () => {
    await parallel(150, (n) => attempt('kim@example.com', WRONG, `192.0.2.${n}`))
    expect(hashes()).toBe(100)
    expect(await attempt('kim@example.com', GOOD_PASSWORD, '198.51.100.1')).toMatchObject({ kind: 'limited' })
  })

  it('are the same for an account that does not exist (X-26)', async () => {
    const known = await parallel(30, () => attempt('kim@example.com', WRONG))
    const unknown = await parallel(30, () => attempt('lee@example.com', WRONG))
    const noAddress = await parallel(30, () => attempt('kim', WRONG))
    expect(unknown).toEqual(known)
    expect(noAddress).toEqual(known)
  })

  it('count one account in every spelling (C-22)', async () => {
    const spellings = ['kim@example.com', 'KIM@EXAMPLE.COM', ' kim@example.com', 'ｋｉｍ@example.com']
    await parallel(40, (n) => attempt(spellings[n % 4] ?? '', WRONG))
    expect(hashes()).toBe(20)
  })

  it('count passwords that no account can have', async () => {
    await parallel(20, () => attempt('kim@example.com', ''))
    expect(await attempt('kim@example.com')).toMatchObject({ kind: 'limited' })
  })

  it('are reported once', async () => {
    await parallel(50, () => attempt('kim@example.com', WRONG))
    expect(given.events.filter(({ type }) => type === 'sign_in.limited')).toHaveLength(1)
    expect(given.events.filter(({ type }) => type === 'sign_in.failed')).toHaveLength(20)
    expect(outcomes.filter((outcome) => outcome === 'limited')).toHaveLength(30)
  })

  it('start again after a success', async () => {
    await parallel(19, () => attempt('kim@example.com', WRONG))
    expect(await attempt('kim@example.com')).toMatchObject({ kind: 'ok' })
    await parallel(19, () => attempt('kim@example.com', WRONG))
    expect(await attempt('kim@example.com')).toMatchObject({ kind: 'ok' })
  })
})

describe('a crowd', () => {
  it('is served as far as there is room and refused beyond, and costs nobody a place (R-19)', async () => {
    await start({ concurrency: 1, queue: 3 }, { capacity: 4 })
    const settled = await Promise.allSettled(
      Array.from({ length: 400 }, (_, n) => attempt(`person-${n}@example.com`, WRONG)),
    )
    const served = settled.filter(({ status }) => status === 'fulfilled')
    const refused = settled.filter(({ status }) => status === 'rejected')
    expect(served).toHaveLength(4)
    expect(refused).toEqual(
      Array(396).fill({
        status: 'rejected',
        reason: expect.objectContaining({ code: 'busy', retryAfter: 5 }),
      }),
    )
    expect(outcomes.filter((outcome) => outcome === 'busy')).toHaveLength(396)
    expect(await attempt('kim@example.com')).toMatchObject({ kind: 'ok' })
  })

  it('that fills the queue of the hasher gives its places back', async () => {
    await start({ concurrency: 1, queue: 0 })
    for (let round = 0; round < 15; round += 1) {
      await Promise.allSettled(Array.from({ length: 3 }, () => attempt('kim@example.com', WRONG)))
    }
    expect(hashes()).toBeGreaterThan(15)
    expect(outcomes.filter((outcome) => outcome === 'wrong')).toHaveLength(15)
    expect(await attempt('kim@example.com')).toMatchObject({ kind: 'ok' })
  })
})

describe('an outdated hash', () => {
  const stored = async () => (await given.store.accounts.find('kim'))?.password ?? ''

  beforeEach(async () => {
    const account = await given.store.accounts.find('kim')
    if (!account) throw new Error('no account')
    await given.store.accounts.replace({ ...account, password: await given.weaker.hash(GOOD_PASSWORD) })
  })

  it('is replaced by a present one at the next sign-in (N-50)', async () => {
    expect(given.hasher.isOutdated(await stored())).toBe(true)
    expect(await attempt('kim@example.com')).toMatchObject({ kind: 'ok' })
    expect(given.hasher.isOutdated(await stored())).toBe(false)
    expect(await attempt('kim@example.com')).toMatchObject({ kind: 'ok' })
  })

  it('lets parallel sign-ins in, whoever replaces it', async () => {
    const kinds = (await parallel(10, () => attempt('kim@example.com'))).map(({ kind }) => kind)
    expect(new Set(kinds)).toEqual(new Set(['ok']))
    expect(await given.hasher.verify(await stored(), GOOD_PASSWORD)).toBe(true)
  })

  it('stays after a wrong password', async () => {
    await attempt('kim@example.com', WRONG)
    expect(given.hasher.isOutdated(await stored())).toBe(true)
  })

  it('does not keep anybody out when it cannot be replaced', async () => {
    const hash: Hasher['hash'] = () => Promise.reject(new Error('no memory'))
    const hasher = { ...given.hasher, hash }
    enter = signIn({
      ...given,
      hasher,
      accounts: given.store.accounts,
      metrics: { signIn: () => undefined },
      log: { warn: (fields) => warnings.push(fields) },
      demand: async () => 'none',
      capacity: 10,
    })
    expect(await attempt('kim@example.com')).toMatchObject({ kind: 'ok' })
    expect(warnings).toMatchObject([{ sub: 'kim' }])
  })
})

describe('a hash of another system', () => {
  const names = ['bcrypt', 'pbkdf2', 'scrypt'] as const

  it.each(names)('of %s lets its owner in by one verification, and is argon2id afterwards', async (name) => {
    const email = `${name}@example.com`
    const person = { sub: name, email, emailKey: email, passwordHash: FOREIGN[name] }
    await given.accounts.create({ ...person, emailVerified: true, roleIds: [] })
    expect(await attempt(email)).toMatchObject({ kind: 'ok', account: { sub: name } })
    expect(given.calls).toEqual({ hash: 2, verify: 1, verifyNothing: 0 })
    const after = (await given.store.accounts.find(name))?.password ?? ''
    expect(after).toMatch(/^\$argon2id\$/)
    expect(given.hasher.isOutdated(after)).toBe(false)
    expect(await attempt(email)).toMatchObject({ kind: 'ok' })
    expect(given.calls).toEqual({ hash: 2, verify: 2, verifyNothing: 0 })
  })
})

describe('while the hash runs', () => {
  /** Something happens to the account between the comparison and its outcome. */
  const meanwhile = (happens: () => Promise<unknown>) => {
    const { hasher } = given
    const verify: Hasher['verify'] = async (phc, password) => {
      const isRight = await hasher.verify(phc, password)
      await happens()
      return isRight
    }
    enter = signIn({
      ...given,
      hasher: { ...hasher, verify },
      accounts: given.store.accounts,
      metrics: { signIn: () => undefined },
      log: { warn: () => undefined },
      demand: async () => 'none',
      capacity: 10,
    })
  }

  beforeEach(() => {
    given.time.now += 1000
  })

  it('a new password shuts the old one out', async () => {
    meanwhile(() => given.accounts.setPassword('kim', 'nine loud beavers'))
    expect(await attempt('kim@example.com')).toEqual({ kind: 'wrong' })
  })

  it('a disabled account is shut', async () => {
    meanwhile(() => given.accounts.disable('kim'))
    expect(await attempt('kim@example.com')).toEqual({ kind: 'wrong' })
  })

  it('a removed account is shut', async () => {
    meanwhile(() => given.store.accounts.remove('kim'))
    expect(await attempt('kim@example.com')).toEqual({ kind: 'wrong' })
  })

  it('a new role changes nothing', async () => {
    meanwhile(() => given.accounts.assign('kim', [{ roleId: 'role-1' }]))
    expect(await attempt('kim@example.com')).toMatchObject({ kind: 'ok' })
  })
})

it('is refused while the store is away, with the right password as well (R-03)', async () => {
  await given.store.close()
  await expect(attempt('kim@example.com')).rejects.toMatchObject({ code: 'store_unavailable' })
})

describe('an account with a second factor', () => {
  it.each(['ask', 'enrol'] as const)(
    'C-18 is not signed in by the password: what is due is %s',
    async (due) => {
      await start({}, { demand: async () => due })
      expect(await attempt('kim@example.com')).toMatchObject({ kind: 'ok', account: { sub: 'kim' }, due })
      expect(given.events).toEqual([{ type: 'second_factor.asked', sub: 'kim', address: '192.0.2.1' }])
    },
  )

  it('R-22 costs one hash like any other, right or wrong', async () => {
    await start({}, { demand: async () => 'ask' })
    await attempt('kim@example.com')
    await attempt('kim@example.com', WRONG)
    expect(hashes()).toBe(2)
  })

  it('C-24 tells nothing of it to a wrong password', async () => {
    await start({}, { demand: () => Promise.reject(new Error('asked too early')) })
    expect(await attempt('kim@example.com', WRONG)).toEqual({ kind: 'wrong' })
    expect(await attempt('lee@example.com', WRONG)).toEqual({ kind: 'wrong' })
  })

  it('R-03 is refused while nobody knows what is due', async () => {
    await start({}, { demand: () => Promise.reject(refuse('store_unavailable')) })
    await expect(attempt('kim@example.com')).rejects.toMatchObject({ code: 'store_unavailable' })
  })
})
