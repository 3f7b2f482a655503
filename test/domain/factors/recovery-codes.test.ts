import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { readRecoveryCode } from '../../../src/domain/factors/recovery-codes.ts'
import { arrangeFactors, FROM } from './arrange.ts'

let given: Awaited<ReturnType<typeof arrangeFactors>>

beforeEach(async () => {
  given = await arrangeFactors()
})

const ALPHABET = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ'
const aCode = fc
  .array(fc.constantFrom(...ALPHABET), { minLength: 12, maxLength: 12 })
  .map((characters) => characters.join(''))

describe('recovery codes', () => {
  it('are ten, in groups of an alphabet without look-alikes, and begin differently', async () => {
    const { shown, stored } = await given.recoveryCodes.make()
    for (const code of shown) expect(code).toMatch(/^[2-9A-HJ-NP-Z]{4}(-[2-9A-HJ-NP-Z]{4}){2}$/)
    expect(new Set(shown.map((code) => code.charAt(0))).size).toBe(10)
    expect(stored.left.map(({ mark }) => mark)).toEqual(shown.map((code) => code.charAt(0)))
  })

  it('N-33 rest as argon2id hashes, each with a salt of its own', async () => {
    const { stored } = await given.recoveryCodes.make()
    const hashes = stored.left.map(({ hash }) => hash)
    expect(new Set(hashes).size).toBe(10)
    for (const hash of hashes) expect(hash).toMatch(/^\$argon2id\$v=19\$/)
  })

  it('are renewed for who has a second factor, and its owner is told', async () => {
    const { codes } = await given.enrol()
    const renewed = await given.recoveryCodes.renew('kim', FROM)
    expect(renewed).toHaveLength(10)
    expect(renewed).not.toEqual(codes)
    expect(given.events).toMatchObject([
      { type: 'recovery_codes.made', actor: 'kim', sub: 'kim', address: FROM },
    ])
    expect(given.letters).toMatchObject([{ letter: { change: 'recovery_codes.made' } }])
  })

  it('are not made for who has no second factor', async () => {
    expect(await given.recoveryCodes.renew('kim', FROM)).toBeUndefined()
    expect(await given.recoveryCodes.renew('nobody', FROM)).toBeUndefined()
    expect(given.events).toEqual([])
    expect(given.calls.hash).toBe(0)
  })
})

describe('reading a recovery code', () => {
  it('takes any spelling of it: case, blanks, dashes or none, wide letters', () => {
    const between = fc.constantFrom('', ' ', '-', ' - ', '\u2013', '\u2011', '\u00a0', '\n')
    const change = fc.constantFrom<(text: string) => string>(
      (text) => text,
      (text) => text.toLowerCase(),
      (text) => text.replace(/[A-Z2-9]/g, (one) => String.fromCharCode(one.charCodeAt(0) + 0xfee0)),
    )
    fc.assert(
      fc.property(aCode, fc.array(between, { minLength: 13, maxLength: 13 }), change, (code, gaps, spelt) => {
        const typed = gaps.map((gap, index) => gap + spelt(code.charAt(index))).join('')
        expect(readRecoveryCode(typed)).toBe(code)
      }),
    )
  })

  it('tells two codes apart, and takes nothing else for one', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (typed) => {
        const code = readRecoveryCode(typed)
        if (code === undefined) return
        expect(code).toMatch(/^[2-9A-HJ-NP-Z]{12}$/)
      }),
    )
    fc.assert(
      fc.property(aCode, fc.nat(11), fc.constantFrom(...'01IOio!_'), (code, at, other) => {
        expect(readRecoveryCode(code.slice(0, at) + other + code.slice(at + 1))).toBeUndefined()
        expect(readRecoveryCode(code.slice(1))).toBeUndefined()
        expect(readRecoveryCode(`${code}2`)).toBeUndefined()
      }),
    )
  })
})
