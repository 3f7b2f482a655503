import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { SealFault, sealer } from '../../src/adapters/sealer.ts'

const one = randomBytes(32)
const two = randomBytes(32)
const text = fc.string({ unit: 'binary', maxLength: 300 })

it('opens what it sealed, whatever the text and its place', () => {
  const { seal, open } = sealer([one])
  fc.assert(
    fc.property(text, text, (context, clear) => {
      expect(open('totp', context, seal('totp', context, clear))).toBe(clear)
    }),
  )
})

it('refuses text that UTF-8 cannot carry, instead of changing it', () => {
  expect(() => sealer([one]).seal('totp', 'kim', 'half \ud800 pair')).toThrow(TypeError)
})

it('has the form v1, key id, iv, ciphertext, and never the same twice', () => {
  const { seal } = sealer([one])
  const values = Array.from({ length: 50 }, () => seal('totp', 'kim', 'JBSWY3DP'))
  for (const value of values) expect(value).toMatch(/^v1\.[\w-]{8}\.[\w-]{16}\.[\w-]{32}$/)
  expect(new Set(values).size).toBe(50)
  expect(values.join()).not.toContain('JBSWY3DP')
})

it('refuses a value with any one character changed, left out or added', () => {
  const { seal, open } = sealer([one])
  const sealed = seal('totp', 'kim', 'JBSWY3DPEHPK3PXP')
  const openText = (value: string) => () => open('totp', 'kim', value)
  expect(openText(sealed)()).toBe('JBSWY3DPEHPK3PXP')
  for (let at = 0; at < sealed.length; at++) {
    const [before, after] = [sealed.slice(0, at), sealed.slice(at + 1)]
    expect(openText(before + after)).toThrow(SealFault)
    for (const other of 'AQgw1_-+/=. \n') {
      if (other !== sealed[at]) expect(openText(before + other + after)).toThrow(SealFault)
      expect(openText(before + other + sealed.slice(at))).toThrow(SealFault)
    }
  }
  for (const more of ['.', '=', '\n', 'A']) expect(openText(sealed + more)).toThrow(SealFault)
})

it('refuses a value with any one bit of its bytes flipped', () => {
  const { seal, open } = sealer([one])
  const [version, id, ...members] = seal('totp', 'kim', 'JBSWY3DP').split('.')
  const bytes = members.map((member) => Buffer.from(member, 'base64url'))
  for (const part of bytes) {
    for (let bit = 0; bit < part.length * 8; bit++) {
      const flip = () => part.writeUInt8(part.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
      flip()
      const altered = [version, id, ...bytes.map((each) => each.toString('base64url'))].join('.')
      expect(() => open('totp', 'kim', altered)).toThrow(SealFault)
      flip()
    }
  }
})

it('refuses anything that is not a sealed value', () => {
  const { open } = sealer([one])
  const lookalike = fc.array(text).map((members) => ['v1', ...members].join('.'))
  fc.assert(
    fc.property(fc.oneof(text, lookalike), (value) => {
      expect(() => open('totp', 'kim', value)).toThrow(SealFault)
    }),
  )
})

it('refuses a value in another place', () => {
  const { seal, open } = sealer([one])
  fc.assert(
    fc.property(text, text, text, text, (purpose, context, otherPurpose, otherContext) => {
      fc.pre(purpose !== otherPurpose || context !== otherContext)
      const sealed = seal(purpose, context, 'secret')
      expect(() => open(otherPurpose, otherContext, sealed)).toThrow(SealFault)
    }),
  )
  const shifted = seal('totp', 'kim lee', 'secret')
  expect(() => open('totp kim', 'lee', shifted)).toThrow(SealFault)
})

it('seals with the first key, opens with all of them, and refuses the value of an unknown key', () => {
  const before = sealer([one])
  const during = sealer([two, one])
  const after = sealer([two])
  const old = before.seal('totp', 'kim', 'old')
  const fresh = during.seal('totp', 'kim', 'fresh')
  expect(during.open('totp', 'kim', old)).toBe('old')
  expect(after.open('totp', 'kim', fresh)).toBe('fresh')
  expect(() => after.open('totp', 'kim', old)).toThrow(/SEALING_KEY/)
  expect(() => before.open('totp', 'kim', fresh)).toThrow(SealFault)
})

it('makes one MAC for each key, the newest first, and another one for each purpose', () => {
  const before = sealer([one])
  const during = sealer([two, one])
  const mac = during.mac('client-secret', 'value')
  expect(mac).toMatch(/^[\w-]{43}$/)
  expect(during.macs('client-secret', 'value')).toEqual([mac, before.mac('client-secret', 'value')])
  expect(during.mac('client-secret', 'other')).not.toBe(mac)
  expect(during.mac('csrf', 'value')).not.toBe(mac)
})

it('refuses to start without a key or with one of another length', () => {
  expect(() => sealer([])).toThrow(RangeError)
  expect(() => sealer([one, randomBytes(16)])).toThrow(RangeError)
})
