import { describe, expect, it } from 'vitest'
import { acrOf, ONE_FACTOR, TWO_FACTORS, together } from '../../src/oidc/acr.ts'

describe('C-18 what methods of one person are together', () => {
  it.each([
    [['pwd'], ['pwd'], ONE_FACTOR],
    [['pwd', 'pwd'], ['pwd'], ONE_FACTOR],
    [['otp', 'otp'], ['otp'], ONE_FACTOR],
    [['otp', 'hwk'], ['otp', 'hwk'], ONE_FACTOR],
    [['hwk', 'swk'], ['hwk', 'swk'], ONE_FACTOR],
    [['swk'], ['swk'], ONE_FACTOR],
    [['pwd', 'mfa'], ['pwd'], ONE_FACTOR],
    [['mfa'], [], ONE_FACTOR],
    [['unknown', 'pwd'], ['unknown', 'pwd'], ONE_FACTOR],
    [['constructor', 'pwd'], ['constructor', 'pwd'], ONE_FACTOR],
    [['pwd', 'otp'], ['pwd', 'otp', 'mfa'], TWO_FACTORS],
    [['pwd', 'otp', 'mfa', 'otp'], ['pwd', 'otp', 'mfa'], TWO_FACTORS],
    [['pwd', 'hwk'], ['pwd', 'hwk', 'mfa'], TWO_FACTORS],
    [['hwk', 'user'], ['hwk', 'user', 'mfa'], TWO_FACTORS],
    [['swk', 'user'], ['swk', 'user', 'mfa'], TWO_FACTORS],
  ])('%j: %j, %s', (methods, amr, acr) => {
    expect(together(...methods)).toEqual(amr)
    expect([acrOf(methods), acrOf(amr)]).toEqual([acr, acr])
  })
})
