import { verify as verifyWithPackage } from 'argon2'
import { describe, expect, it } from 'vitest'
import { type Argon2Options, argon2Hasher } from '../../src/adapters/argon2-hasher.ts'

const light = { memoryKib: 256, timeCost: 2, parallelism: 1, concurrency: 2, queue: 100 }

const hasher = (changes: Partial<Argon2Options> = {}) =>
  argon2Hasher({ ...light, metrics: { hashQueue: () => undefined }, ...changes })

/** From the tests of libargon2, the reference implementation: "password" and "somesalt". */
const REFERENCE = '$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4'
const REFERENCE_TWO_LANES =
  '$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc'

describe('the argon2 hasher', () => {
  it('makes PHC strings in the order of libargon2, each with a salt of its own', async () => {
    const [one, other] = await Promise.all([hasher().hash('a password'), hasher().hash('a password')])
    expect(one).toMatch(/^\$argon2id\$v=19\$m=256,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
    expect(one).not.toBe(other)
    expect(await verifyWithPackage(one, 'a password')).toBe(true)
  })

  it.each([
    ['of libargon2', REFERENCE],
    ['with two lanes', REFERENCE_TWO_LANES],
    ['with its parameters in another order', REFERENCE.replace('m=256,t=2,p=1', 'm=256,p=1,t=2')],
  ])('verifies a hash %s', async (_, phc) => {
    expect(await hasher().verify(phc, 'password')).toBe(true)
    expect(await hasher().verify(phc, 'passwore')).toBe(false)
  })

  it.each([
    ['64 characters of any script', 'пароль密码🔑ab'.repeat(8)],
    ['200 emoji', '😀'.repeat(200)],
    ['a NUL inside', 'before\0after'],
    ['blanks around it', '  both sides  '],
  ])('compares a password exactly: %s (X-21)', async (_, password) => {
    const phc = await hasher().hash(password)
    expect(await hasher().verify(phc, password)).toBe(true)
    for (const other of [password.slice(0, -1), `${password} `, `x${password}`, 'before']) {
      expect(await hasher().verify(phc, other)).toBe(false)
    }
  })

  it.each([
    ['nothing', ''],
    ['words', 'not a hash'],
    ['bcrypt', '$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy'],
    ['a cut hash', REFERENCE.slice(0, 40)],
    ['a hash with something behind', `${REFERENCE}\n`],
    ['terabytes of memory', REFERENCE.replace('m=256', 'm=999999999')],
    ['a gigabyte of memory', REFERENCE.replace('m=256', 'm=1048576')],
    ['a million rounds', REFERENCE.replace('t=2', 't=1000000')],
    ['a thousand lanes', REFERENCE.replace('p=1', 'p=1000')],
    ['no memory', REFERENCE.replace('m=256', 'm=0')],
    ['no rounds', REFERENCE.replace('t=2', 't=0')],
    ['less memory than its lanes need', REFERENCE.replace('m=256', 'm=8').replace('p=1', 'p=2')],
    ['memory twice', REFERENCE.replace('t=2', 'm=256')],
    ['an unknown version', REFERENCE.replace('v=19', 'v=20')],
    ['a salt of three bytes', REFERENCE.replace('c29tZXNhbHQ', 'c29t')],
  ])('says false for %s, at the cost of a wrong password', async (_, phc) => {
    const lengths: number[] = []
    const one = hasher({ concurrency: 1, metrics: { hashQueue: (length) => lengths.push(length) } })
    const running = one.hash('keeps the only place')
    expect(await one.verify(phc, 'password')).toBe(false)
    await running
    // It has waited for its turn to hash, as a usable hash does.
    expect(lengths).toEqual([1, 0])
    expect(one.isOutdated(phc)).toBe(true)
  })

  it('still verifies what its own parameters made, however costly', async () => {
    const costly = hasher({ timeCost: 20 })
    expect(await costly.verify(await costly.hash('a password'), 'a password')).toBe(true)
  })

  it('calls a hash outdated that is weaker than the present parameters, and no other', async () => {
    const phc = await hasher().hash('a password')
    expect(hasher().isOutdated(phc)).toBe(false)
    expect(hasher({ memoryKib: 512 }).isOutdated(phc)).toBe(true)
    expect(hasher({ timeCost: 3 }).isOutdated(phc)).toBe(true)
    expect(hasher({ memoryKib: 128, timeCost: 1 }).isOutdated(phc)).toBe(false)
    expect(hasher().isOutdated(phc.replace('argon2id', 'argon2i'))).toBe(true)
    expect(hasher().isOutdated(phc.replace('v=19', 'v=16'))).toBe(true)
    expect(hasher().isOutdated(REFERENCE)).toBe(true) // its salt is short
  })

  it('runs and queues what it may and refuses the rest at once (R-19)', async () => {
    const lengths: number[] = []
    const busy = hasher({
      concurrency: 2,
      queue: 5,
      metrics: { hashQueue: (length) => lengths.push(length) },
    })
    const outcomes: string[] = []
    const works = Array.from({ length: 100 }, (_, index) =>
      (index % 2 ? busy.hash('a password') : busy.verifyNothing('a password')).then(
        () => outcomes.push('done'),
        (refusal) => outcomes.push(`${refusal.code} ${refusal.status} ${refusal.retryAfter > 0}`),
      ),
    )
    await Promise.all(works)
    // Every refusal came before the first hash was ready.
    expect(outcomes).toEqual([...Array(93).fill('busy 503 true'), ...Array(7).fill('done')])
    expect(Math.max(...lengths)).toBe(5)
    expect(lengths.at(-1)).toBe(0)
  })

  it('works as before after a crowd, and after a hash that failed', async () => {
    const one = hasher({ concurrency: 1, queue: 1 })
    await Promise.allSettled(Array.from({ length: 20 }, () => one.hash('a password')))
    const impossible = hasher({ concurrency: 1, queue: 1, memoryKib: 1 })
    await expect(impossible.hash('a password')).rejects.toThrow()
    await expect(impossible.hash('a password')).rejects.not.toMatchObject({ code: 'busy' })
    expect(await one.verify(await one.hash('a password'), 'a password')).toBe(true)
  })
})
