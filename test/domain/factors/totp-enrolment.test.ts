import { beforeEach, describe, expect, it } from 'vitest'
import { parallel } from '../../contract/open-for-test.ts'
import { arrangeFactors, FROM } from './arrange.ts'

let given: Awaited<ReturnType<typeof arrangeFactors>>

beforeEach(async () => {
  given = await arrangeFactors()
})

const confirm = (code: string) => given.enrolment.confirm({ sub: 'kim', place: 'here', code, address: FROM })
const types = () => given.events.map(({ type }) => type)

describe('setting up an authenticator app', () => {
  it('shows a secret of 160 bits, as an address for apps and as a picture without a request', async () => {
    const { secret, uri, qr } = await given.enrolment.begin({ sub: 'kim', place: 'here' })
    expect(secret).toMatch(/^[A-Z2-7]{32}$/)
    expect(uri).toBe(`otpauth://totp/id.example.com:Kim%40example.com?secret=${secret}&issuer=id.example.com`)
    expect(qr).toMatch(/^<svg [^>]*viewBox="0 0 \d+ \d+"[^>]*><path fill="#ffffff"/)
    expect(qr).not.toMatch(/href|<image|<script|style=/)
    expect(qr.length).toBeLessThan(5000)
  })

  it('C-15 is shown in one place only: another browser of the account gets another secret', async () => {
    const here = await given.enrolment.begin({ sub: 'kim', place: 'here' })
    const there = await given.enrolment.begin({ sub: 'kim', place: 'there' })
    expect(there.secret).not.toBe(here.secret)
    const code = await given.codeOf(here.secret)
    const attempt = { sub: 'kim', place: 'there', code, address: FROM }
    expect(await given.enrolment.confirm(attempt)).toEqual({ kind: 'wrong' })
  })

  it('gives the same secret again, whatever the parallelism, until it is confirmed', async () => {
    const begun = await parallel(10, () => given.enrolment.begin({ sub: 'kim', place: 'here' }))
    expect(new Set(begun.map(({ secret }) => secret)).size).toBe(1)
    expect((await given.enrolment.begin({ sub: 'kim', place: 'here' })).secret).toBe(begun[0]?.secret)
    await confirm(await given.codeOf(begun[0]?.secret ?? ''))
    expect((await given.enrolment.begin({ sub: 'kim', place: 'here' })).secret).not.toBe(begun[0]?.secret)
  })

  it('keeps no secret in clear', async () => {
    const { secret } = await given.enrolment.begin({ sub: 'kim', place: 'here' })
    await confirm(await given.codeOf(secret))
    const stored = (await given.kim()).factors.totp?.secret
    expect(stored).toMatch(/^v1\./)
    expect(JSON.stringify(given.events)).not.toContain(secret)
  })

  it('brings ten recovery codes with the first factor, tells its owner, and brings none again', async () => {
    const { secret } = await given.enrolment.begin({ sub: 'kim', place: 'here' })
    const outcome = await confirm(await given.codeOf(secret))
    expect(outcome).toMatchObject({ kind: 'ok', recoveryCodes: { length: 10 } })
    expect(types()).toEqual(['totp.added', 'recovery_codes.made'])
    expect(given.events[0]).toEqual({
      type: 'totp.added',
      actor: 'kim',
      sub: 'kim',
      address: FROM,
      detail: {},
    })
    expect(given.letters).toEqual([
      {
        to: 'Kim@example.com',
        locale: 'ru',
        letter: {
          kind: 'credential_changed',
          change: 'totp.added',
          at: given.time.now,
          securityLink: 'https://id.example.com/account/security',
        },
      },
    ])
    const again = await given.enrolment.begin({ sub: 'kim', place: 'here' })
    expect(await confirm(await given.codeOf(again.secret))).toEqual({ kind: 'ok', recoveryCodes: undefined })
  })

  it('X-10 is done once, whatever the parallelism', async () => {
    const { secret } = await given.enrolment.begin({ sub: 'kim', place: 'here' })
    const code = await given.codeOf(secret)
    const kinds = (await parallel(5, () => confirm(code))).map(({ kind }) => kind).sort()
    expect(kinds).toEqual(['expired', 'expired', 'expired', 'expired', 'ok'])
    expect(given.letters).toHaveLength(1)
  })

  it('the code that proved the app signs nobody in', async () => {
    const { secret } = await given.enrolment.begin({ sub: 'kim', place: 'here' })
    const code = await given.codeOf(secret)
    await confirm(code)
    expect(await given.factors.verifyCode({ sub: 'kim', code, address: FROM })).toEqual({ kind: 'wrong' })
  })

  it.each(['000000', '12345', '', 'ABCD-EFGH-JKLM', '１２３'])(
    'changes nothing for the code %j',
    async (code) => {
      await given.enrolment.begin({ sub: 'kim', place: 'here' })
      expect(await confirm(code)).toEqual({ kind: 'wrong' })
      expect((await given.kim()).factors.totp).toBeUndefined()
      expect(given.letters).toEqual([])
    },
  )

  it('C-15 begins anew for whoever has the account after its sessions have ended', async () => {
    const { secret } = await given.enrolment.begin({ sub: 'kim', place: 'here' })
    given.time.now += 1000
    await given.accounts.endEverything('kim')
    expect(await confirm(await given.codeOf(secret))).toEqual({ kind: 'expired' })
    expect((await given.enrolment.begin({ sub: 'kim', place: 'here' })).secret).not.toBe(secret)
    expect(await confirm(await given.codeOf(secret))).toEqual({ kind: 'wrong' })
  })

  it('is over after 15 minutes', async () => {
    const { secret } = await given.enrolment.begin({ sub: 'kim', place: 'here' })
    given.time.now += 15 * 60_000
    expect(await confirm(await given.codeOf(secret))).toEqual({ kind: 'expired' })
  })

  it('stops after five wrong codes, and takes none of those at the sign-in', async () => {
    const { secret } = await given.enrol()
    await given.enrolment.begin({ sub: 'kim', place: 'here' })
    const kinds = (await parallel(6, () => confirm('000000'))).map(({ kind }) => kind)
    expect(kinds.filter((kind) => kind === 'wrong')).toHaveLength(5)
    expect(kinds.filter((kind) => kind === 'limited')).toHaveLength(1)
    const code = await given.codeOf(secret)
    expect(await given.factors.verifyCode({ sub: 'kim', code, address: FROM })).toMatchObject({ kind: 'ok' })
  })

  it('is not for a disabled account', async () => {
    const { secret } = await given.enrolment.begin({ sub: 'kim', place: 'here' })
    await given.accounts.disable('kim')
    expect(await confirm(await given.codeOf(secret))).toEqual({ kind: 'expired' })
  })

  it('is not for anybody with MFA_POLICY=off', async () => {
    given = await arrangeFactors({ policy: 'off' })
    const { secret } = await given.enrolment.begin({ sub: 'kim', place: 'here' })
    expect(await confirm(await given.codeOf(secret))).toEqual({ kind: 'expired' })
  })

  it('keeps a factor that somebody else adds at the same time', async () => {
    const { secret } = await given.enrolment.begin({ sub: 'kim', place: 'here' })
    const code = await given.codeOf(secret)
    const passkey = {
      id: 'key',
      publicKey: 'cose',
      counter: 0,
      transports: [],
      name: 'Phone',
      isSynced: true,
      addedAt: 1,
      lastUsedAt: undefined,
    }
    await Promise.all([
      confirm(code),
      given.accounts.changeFactors('kim', (factors) => ({ ...factors, passkeys: [passkey] })),
    ])
    const { factors } = await given.kim()
    expect([factors.passkeys.length, factors.totp !== undefined]).toEqual([1, true])
  })
})

describe('removing the app', () => {
  it('takes the recovery codes with it, as the last factor, and tells its owner', async () => {
    await given.enrol()
    expect(await given.enrolment.remove('kim', FROM)).toBe(true)
    expect((await given.kim()).factors).toEqual({ totp: undefined, recoveryCodes: undefined, passkeys: [] })
    expect(types()).toEqual(['totp.removed'])
    expect(given.letters).toMatchObject([{ letter: { change: 'totp.removed' } }])
  })

  it('is done once, whatever the parallelism', async () => {
    await given.enrol()
    const done = await parallel(5, () => given.enrolment.remove('kim', FROM))
    expect(done.filter(Boolean)).toHaveLength(1)
    expect(given.letters).toHaveLength(1)
  })
})

it('R-03 changes nothing while the store is away', async () => {
  const { secret } = await given.enrolment.begin({ sub: 'kim', place: 'here' })
  const code = await given.codeOf(secret)
  await given.store.close()
  await expect(confirm(code)).rejects.toMatchObject({ code: 'store_unavailable' })
  await expect(given.enrolment.begin({ sub: 'kim', place: 'here' })).rejects.toMatchObject({
    code: 'store_unavailable',
  })
  await expect(given.enrolment.remove('kim', FROM)).rejects.toMatchObject({ code: 'store_unavailable' })
})
