import { describe, expect, it } from 'vitest'
import { argon2Hasher } from '../../src/adapters/argon2-hasher.ts'

const OWN = { memoryKib: 256, timeCost: 1, parallelism: 1 }

const hasher = (changes: Partial<Parameters<typeof argon2Hasher>[0]> = {}) =>
  argon2Hasher({ ...OWN, concurrency: 2, queue: 100, metrics: { hashQueue: () => undefined }, ...changes })

const base64 = (hex: string): string =>
  Buffer.from(hex.replaceAll(' ', ''), 'hex').toString('base64').replaceAll('=', '')
const text = (value: string): string => base64(Buffer.from(value).toString('hex'))

const RFC_7914_PBKDF2 = base64(
  '55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783',
)
const RFC_7914_PBKDF2_80000 = base64(
  '4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56a1d425a1225833549adb841b51c9b3176a272bdebba1d078478f62b397f33c8d',
)
const RFC_7914_SCRYPT = base64(
  '7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887',
)
/** The vector of RFC 6070 with SHA-512 in place of SHA-1, as many libraries have it in their tests. */
const PBKDF2_SHA512 = base64(
  '867f70cf1ade02cff3752599a3a53dc4af34c7a669815ae5d513554e1c8cf252c02d470a285a0501bad999bfe943c08f050235d7d68b1da55e63f73b60a57fce',
)
const BCRYPT = '$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW'
const SCRYPT = `$scrypt$ln=14,r=8,p=1$${text('SodiumChloride')}$${RFC_7914_SCRYPT}`
const PBKDF2 = `$pbkdf2-sha256$i=1,l=64$${text('salt')}$${RFC_7914_PBKDF2}`
const DJANGO = 'pbkdf2_sha256$390000$seasalt$8xBlGd3jVgvJ+92hWPxi5ww0uuAuAnKgC45eudxro7c='

/** Of bcrypt, only the first 72 bytes count. */
const LONG = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'

describe('a hash of another system', () => {
  it.each([
    ['bcrypt 2a of crypt_blowfish', BCRYPT, 'U*U'],
    ['bcrypt 2a, two blocks', '$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK', 'U*U*'],
    ['bcrypt 2b', BCRYPT.replace('2a', '2b'), 'U*U'],
    ['bcrypt 2y, as PHP writes it', BCRYPT.replace('2a', '2y'), 'U*U'],
    ['pbkdf2-sha256 of RFC 7914 §11', PBKDF2, 'passwd'],
    ['pbkdf2-sha256 without a length', PBKDF2.replace(',l=64', ''), 'passwd'],
    ['pbkdf2-sha256 as passlib writes it', PBKDF2.replace('i=1,l=64', '1').replaceAll('+', '.'), 'passwd'],
    [
      'pbkdf2-sha256 of RFC 7914 §11, 80,000 times',
      `$pbkdf2-sha256$i=80000,l=64$${text('NaCl')}$${RFC_7914_PBKDF2_80000}`,
      'Password',
    ],
    ['pbkdf2-sha512', `$pbkdf2-sha512$i=1,l=64$${text('salt')}$${PBKDF2_SHA512}`, 'password'],
    ['pbkdf2_sha256 of the tests of Django', DJANGO, 'lètmein'],
    ['scrypt of RFC 7914 §12', SCRYPT, 'pleaseletmein'],
    [
      'scrypt of the documentation of passlib',
      '$scrypt$ln=16,r=8,p=1$aM15713r3Xsvxbi31lqr1Q$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E',
      'password',
    ],
    [
      'argon2i of libargon2',
      '$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$iekCn0Y3spW+sCcFanM2xBT63UP2sghkUoHLIUpWRS8',
      'password',
    ],
  ])('is verified: %s', async (_, hash, password) => {
    const { verify, isOutdated, fault } = hasher()
    expect(fault(hash)).toBeUndefined()
    expect(await verify(hash, password)).toBe(true)
    for (const other of [`${password}x`, password.slice(0, -1), password.toUpperCase(), '']) {
      if (other !== password) expect(await verify(hash, other), other).toBe(false)
    }
    expect(isOutdated(hash)).toBe(true)
  })

  it('counts the first 72 bytes of a password for bcrypt, as bcrypt always did, in UTF-8', async () => {
    const { verify } = hasher()
    const hash = '$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui'
    expect(LONG).toHaveLength(72)
    expect(await verify(hash, `${LONG}chars after 72 are ignored`)).toBe(true)
    expect(await verify(hash, LONG)).toBe(true)
    expect(await verify(hash, LONG.slice(0, 71))).toBe(false)
  })

  it.each([BCRYPT, PBKDF2, SCRYPT])('does not end a password at a NUL: %s', async (hash) => {
    const password = { [BCRYPT]: 'U*U', [PBKDF2]: 'passwd', [SCRYPT]: 'pleaseletmein' }[hash] ?? ''
    expect(await hasher().verify(hash, `${password}\0more`)).toBe(false)
  })

  it.each([BCRYPT, PBKDF2, SCRYPT])('waits in the queue of all hashes: %s', async (hash) => {
    const lengths: number[] = []
    const one = hasher({ concurrency: 1, queue: 1, metrics: { hashQueue: (length) => lengths.push(length) } })
    const running = one.hash('keeps the only place')
    const waiting = one.verify(hash, 'any')
    await expect(one.verify(hash, 'any')).rejects.toMatchObject({ code: 'busy' })
    await Promise.all([running, waiting])
    expect(lengths).toEqual([1, 0])
  })
})

describe('a hash that cannot be verified', () => {
  it.each([
    ['a cost of 15', BCRYPT.replace('$05$', '$15$')],
    ['a cost of 31', BCRYPT.replace('$05$', '$31$')],
    ['two million and one iterations', PBKDF2.replace('i=1', 'i=2000001')],
    ['a billion iterations', DJANGO.replace('390000', '999999999')],
    ['256 MiB', SCRYPT.replace('ln=14', 'ln=18')],
    ['terabytes', SCRYPT.replace('ln=14', 'ln=63')],
    ['too large blocks', SCRYPT.replace('r=8', 'r=9999')],
    ['too many lanes', SCRYPT.replace('p=1', 'p=100')],
    [
      'argon2 with a gigabyte',
      '$argon2i$v=19$m=1048576,t=2,p=1$c29tZXNhbHQ$iekCn0Y3spW+sCcFanM2xBT63UP2sghk',
    ],
  ])('asks for too much: %s', async (_, hash) => {
    expect(hasher().fault(hash)).toBe('too_costly')
    const started = performance.now()
    expect(await hasher().verify(hash, 'password')).toBe(false)
    expect(performance.now() - started).toBeLessThan(1_000)
  })

  it.each([
    ['', 'nothing'],
    ['5f4dcc3b5aa765d61d8327deb882cf99', 'MD5'],
    ['$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/', 'md5crypt'],
    ['{SSHA}d8gq4VZ4tZ0=', 'LDAP'],
    [BCRYPT.replace('2a', '2x'), 'bcrypt of a faulty implementation'],
    [BCRYPT.replace('$05$', '$03$'), 'bcrypt with less than the least cost'],
    [BCRYPT.slice(0, -1), 'bcrypt, cut'],
    [`${BCRYPT}\n`, 'bcrypt with something behind'],
    [PBKDF2.replace('i=1', 'i=0'), 'pbkdf2 without an iteration'],
    [PBKDF2.replace('l=64', 'l=32'), 'pbkdf2 of another length'],
    [PBKDF2.replace('sha256', 'sha1'), 'pbkdf2 with SHA-1'],
    [PBKDF2.replace(text('salt'), 'AA'), 'pbkdf2 with a salt of a byte'],
    [PBKDF2.slice(0, 50), 'pbkdf2, cut'],
    [SCRYPT.replace('ln=14', 'ln=0'), 'scrypt that is none'],
    [SCRYPT.replace('r=8', 'r=0'), 'scrypt without blocks'],
    [SCRYPT.replace('p=1', 'p=0'), 'scrypt without lanes'],
    [SCRYPT.replace('ln=14,r=8', 'r=8,ln=14'), 'scrypt in another order'],
  ])('is not known: %s (%s)', async (hash) => {
    expect(hasher().fault(hash)).toBe('malformed')
    expect(await hasher().verify(hash, 'password')).toBe(false)
    expect(hasher().isOutdated(hash)).toBe(true)
  })
})
