import type { AdapterPayload } from 'oidc-provider'
import { describe, expect, it } from 'vitest'
import { mergeSession, type StoredSession } from '../../src/oidc/session-merge.ts'

const login = { kind: 'Session', uid: 'u', accountId: 'kim', loginTs: 100, amr: ['pwd'] }
const stored = (over: Partial<StoredSession> = {}): StoredSession => ({ ...login, idKeys: ['old'], ...over })
const merge = (
  current: StoredSession | undefined,
  next: AdapterPayload,
  over: Partial<Parameters<typeof mergeSession>[0]> = {},
) => mergeSession({ current, next, idKey: 'old', isNewId: false, isLogout: false, ...over })

describe('saving one browser session from several requests', () => {
  it('keeps the authorizations of two clients that two tabs saved at once', () => {
    const current = stored({ authorizations: { web: { sid: '1' } } })
    const merged = merge(current, { ...login, authorizations: { spa: { sid: '2' } } })
    expect(merged?.authorizations).toEqual({ web: { sid: '1' }, spa: { sid: '2' } })
  })

  it('removes an authorization at logout', () => {
    const current = stored({ authorizations: { web: { sid: '1' }, spa: { sid: '2' } } })
    const next = { ...login, authorizations: { spa: { sid: '2' } } }
    expect(merge(current, next, { isLogout: true })?.authorizations).toEqual({ spa: { sid: '2' } })
  })

  it('closes every earlier id when somebody signs in (session fixation)', () => {
    const anonymous = stored({ accountId: undefined, loginTs: undefined, idKeys: ['planted'] })
    expect(merge(anonymous, login, { idKey: 'fresh', isNewId: true })?.idKeys).toEqual(['fresh'])
  })

  it('does not let a request from before the sign-in touch the session', () => {
    expect(
      merge(stored({ idKeys: ['fresh'] }), { kind: 'Session', uid: 'u' }, { idKey: 'planted' }),
    ).toBeUndefined()
  })

  it('does not reopen an id that a new sign-in of the same person closed', () => {
    const current = stored({ loginTs: 200, idKeys: ['fresh'] })
    expect(merge(current, login, { idKey: 'old' })).toBeUndefined()
  })

  it('keeps both ids when two tabs finish the same sign-in at once', () => {
    expect(merge(stored({ idKeys: ['a'] }), login, { idKey: 'b', isNewId: true })?.idKeys).toEqual(['a', 'b'])
  })

  it('closes earlier ids when the same person signs in again', () => {
    const again = { ...login, loginTs: 300 }
    expect(merge(stored({ idKeys: ['a'] }), again, { idKey: 'b', isNewId: true })?.idKeys).toEqual(['b'])
  })

  it('never goes back to an older sign-in', () => {
    const merged = merge(stored({ loginTs: 300, amr: ['pwd', 'otp'] }), login)
    expect(merged).toMatchObject({ loginTs: 300, amr: ['pwd', 'otp'] })
  })

  const ONE = 'urn:gatehouse:1'
  const TWO = 'urn:gatehouse:2'
  const raised = { ...login, acr: TWO, amr: ['pwd', 'otp', 'mfa'] }

  it('N-34 closes earlier ids when a second factor is added to the same sign-in', () => {
    const merged = merge(stored({ acr: ONE, idKeys: ['a'] }), raised, { idKey: 'b', isNewId: true })
    expect(merged).toMatchObject({ acr: TWO, amr: raised.amr, idKeys: ['b'] })
  })

  it('does not reopen an id that a second factor closed, nor goes back to one factor', () => {
    const current = stored({ ...raised, idKeys: ['fresh'] })
    expect(merge(current, { ...login, acr: ONE }, { idKey: 'old' })).toBeUndefined()
    expect(merge(current, { ...login, acr: ONE }, { idKey: 'other', isNewId: true })).toMatchObject({
      acr: TWO,
      amr: raised.amr,
    })
  })

  it('goes back to one factor with a later sign-in by one', () => {
    const current = stored({ ...raised })
    expect(merge(current, { ...login, acr: ONE, loginTs: 300 })).toMatchObject({ acr: ONE, amr: ['pwd'] })
  })
})
