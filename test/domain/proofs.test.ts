import { beforeEach, describe, expect, it } from 'vitest'
import type { ProofKind } from '../../src/domain/proofs.ts'
import { parallel } from '../contract/open-for-test.ts'
import { type ArrangedProofs, arrangeProofs, oneBitOff } from './arrange-proofs.ts'

let given: ArrangedProofs

beforeEach(async () => {
  given = await arrangeProofs()
})

const kinds: ProofKind[] = [
  'EmailProof',
  'PendingRegistration',
  'PasswordReset',
  'AddressChange',
  'DeletionUndo',
]
const issue = (kind: ProofKind = 'PasswordReset') => given.proofs.issue(kind, { sub: 'sub-1' }, 60_000)

describe('a secret that travels by mail', () => {
  it('is 256 random bits, of which the store has the digest alone', async () => {
    const token = await issue()
    expect(token).toMatch(/^[\w-]{43}$/)
    expect(await given.store.artifacts.find('PasswordReset', token)).toBeUndefined()
    expect(await issue()).not.toBe(token)
  })

  it('may be looked at any number of times, and taken once', async () => {
    const token = await issue()
    const { proofs } = given
    expect(await proofs.peek('PasswordReset', token)).toEqual({ sub: 'sub-1' })
    expect(await proofs.take('PasswordReset', token)).toEqual({ sub: 'sub-1' })
    expect(await proofs.peek('PasswordReset', token)).toBeUndefined()
    expect(await proofs.take('PasswordReset', token)).toBeUndefined()
  })

  it('X-10 goes to one of fifty who take it at once', async () => {
    const token = await issue()
    const taken = await parallel(50, () => given.proofs.take('PasswordReset', token))
    expect(taken.filter(Boolean)).toEqual([{ sub: 'sub-1' }])
  })

  it.each(kinds)('C-02 of the kind %s is nothing at another one', async (kind) => {
    const token = await issue(kind)
    for (const other of kinds) {
      if (other !== kind) expect(await given.proofs.take(other, token)).toBeUndefined()
    }
    expect(await given.proofs.take(kind, token)).toEqual({ sub: 'sub-1' })
  })

  it('ends with its lifetime, to the millisecond', async () => {
    const token = await issue()
    given.time.now += 59_999
    expect(await given.proofs.peek('PasswordReset', token)).toBeDefined()
    given.time.now += 1
    expect(await given.proofs.take('PasswordReset', token)).toBeUndefined()
  })

  it.each(['', 'x', 'a'.repeat(100_000), '../../etc', '{"$ne":1}'])('is not %.20j', async (token) => {
    expect(await given.proofs.take('PasswordReset', token)).toBeUndefined()
  })

  it('is not what differs in one bit', async () => {
    const token = await issue()
    expect(await given.proofs.take('PasswordReset', oneBitOff(token))).toBeUndefined()
    expect(await given.proofs.take('PasswordReset', token)).toBeDefined()
  })
})
