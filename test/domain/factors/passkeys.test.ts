import { beforeEach, describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../src/domain/ports.ts'
import { parallel } from '../../contract/open-for-test.ts'
import { type Deviation, softwareAuthenticator } from '../../support/authenticator.ts'
import { arrangeFactors, FROM, ISSUER } from './arrange.ts'

let given: Awaited<ReturnType<typeof arrangeFactors>>

beforeEach(async () => {
  given = await arrangeFactors()
})

type Authenticator = ReturnType<typeof softwareAuthenticator>
const authenticator = (options: { counter?: number; isSynced?: boolean } = {}) =>
  softwareAuthenticator({ origin: ISSUER, ...options })

const send = (response: unknown, { sub = 'kim', name = 'Phone' } = {}) =>
  given.passkeys.register({ sub, response, name, address: FROM })
const register = async (device: Authenticator, deviation: Deviation = {}) =>
  send(device.create(await given.passkeys.registrationOptions(await given.kim()), deviation))
const registered = async (device: Authenticator) => {
  const outcome = await register(device)
  if (outcome.kind !== 'ok') throw new Error('the passkey was not taken')
  given.events.length = 0
  given.letters.length = 0
  return outcome
}
const signIn = async (device: Authenticator, deviation: Deviation = {}) =>
  enter(device.get(await given.passkeys.authenticationOptions('flow'), deviation))
const enter = (response: unknown, { binding = 'flow', sub }: { binding?: string; sub?: string } = {}) =>
  given.passkeys.authenticate({ binding, response, address: FROM, ...(sub === undefined ? {} : { sub }) })
const secondFactor = async (device: Authenticator, deviation: Deviation = {}) => {
  const options = await given.passkeys.authenticationOptions('flow', await given.kim())
  return enter(device.get(options, deviation), { sub: 'kim' })
}
const counterOf = async () => (await given.kim()).factors.passkeys[0]?.counter
const reasons = () => given.events.map(({ type, detail }) => [type, detail?.reason])

describe('registering a passkey', () => {
  it('asks for one that finds its account by itself, and for none that is there already', async () => {
    const device = authenticator()
    await registered(device)
    const options = await given.passkeys.registrationOptions(await given.kim())
    expect(options).toMatchObject({
      challenge: expect.stringMatching(/^[\w-]{43}$/),
      rp: { id: 'id.example.com', name: 'id.example.com' },
      user: { id: Buffer.from('kim').toString('base64url'), name: 'Kim@example.com' },
      attestation: 'none',
      authenticatorSelection: { residentKey: 'required', userVerification: 'preferred' },
      excludeCredentials: [{ id: device.id, type: 'public-key', transports: ['internal', 'hybrid'] }],
    })
  })

  it('keeps it under its name, makes recovery codes with the first factor and tells its owner', async () => {
    const device = authenticator({ counter: 7, isSynced: true })
    const outcome = await register(device)
    expect(outcome).toMatchObject({
      kind: 'ok',
      passkey: {
        id: device.id,
        name: 'Phone',
        counter: 8,
        isSynced: true,
        transports: ['internal', 'hybrid'],
      },
      recoveryCodes: { length: 10 },
    })
    expect(given.events).toMatchObject([
      { type: 'passkey.added', actor: 'kim', sub: 'kim', address: FROM, detail: { name: 'Phone' } },
      { type: 'recovery_codes.made' },
    ])
    expect(given.letters).toMatchObject([{ to: 'Kim@example.com', letter: { change: 'passkey.added' } }])
    expect(await register(authenticator())).toMatchObject({ kind: 'ok', recoveryCodes: undefined })
    expect((await given.kim()).factors.passkeys).toHaveLength(2)
  })

  it.each<[string, Deviation]>([
    ['another origin', { origin: 'https://id.example.com.evil.example' }],
    ['another port', { origin: 'https://id.example.com:8443' }],
    ['http', { origin: 'http://id.example.com' }],
    ['another RP ID', { rpId: 'example.com' }],
    ['a made-up challenge', { challenge: 'A'.repeat(43) }],
    ['the other ceremony', { type: 'webauthn.get' }],
  ])('takes none from %s', async (_, deviation) => {
    expect(await register(authenticator(), deviation)).toEqual({ kind: 'wrong' })
    expect((await given.kim()).factors.passkeys).toEqual([])
  })

  it('X-10 takes an answer once, whatever the parallelism', async () => {
    const response = authenticator().create(await given.passkeys.registrationOptions(await given.kim()))
    const kinds = (await parallel(5, () => send(response))).map(({ kind }) => kind)
    expect(kinds.filter((kind) => kind === 'ok')).toHaveLength(1)
    expect(await send(response)).toEqual({ kind: 'wrong' })
  })

  it('takes no answer to the challenge of another person, of a sign-in, or of 10 minutes ago', async () => {
    await given.accounts.create({
      sub: 'lou',
      email: 'lou@example.com',
      emailKey: 'lou@example.com',
      emailVerified: true,
      roleIds: [],
    })
    const device = authenticator()
    const options = await given.passkeys.registrationOptions(await given.kim())
    expect(await send(device.create(options), { sub: 'lou' })).toEqual({ kind: 'wrong' })
    const { challenge } = await given.passkeys.authenticationOptions('flow')
    expect(await register(device, { challenge: String(challenge) })).toEqual({ kind: 'wrong' })
    const late = await given.passkeys.registrationOptions(await given.kim())
    given.time.now += 10 * 60_000
    expect(await send(device.create(late))).toEqual({ kind: 'wrong' })
  })

  it('C-15 takes none of a ceremony that began before the sessions of the account ended', async () => {
    const response = authenticator().create(await given.passkeys.registrationOptions(await given.kim()))
    given.time.now += 1000
    await given.accounts.endEverything('kim')
    expect(await send(response)).toEqual({ kind: 'wrong' })
  })

  it('takes the same one only once, and twenty at most, in parallel as well', async () => {
    const device = authenticator()
    await registered(device)
    expect(await register(device)).toEqual({ kind: 'wrong' })
    const kinds = (await parallel(25, () => register(authenticator()))).map(({ kind }) => kind)
    expect(kinds.filter((kind) => kind === 'ok')).toHaveLength(19)
    expect((await given.kim()).factors.passkeys).toHaveLength(20)
  })

  it.each(['', '   ', '\u202e', 'x'.repeat(61), '\ud800'])('takes no name like %j', async (name) => {
    const response = authenticator().create(await given.passkeys.registrationOptions(await given.kim()))
    expect(await send(response, { name })).toEqual({ kind: 'wrong' })
  })

  it.each(['packed', 'apple', 'android-key', 'tpm', 'fido-u2f', 'unheard-of'])(
    'reads no statement of an authenticator about itself: %s',
    async (format) => {
      const options = await given.passkeys.registrationOptions(await given.kim())
      expect(await send(authenticator().create(options, {}, format))).toMatchObject({ kind: 'ok' })
    },
  )

  it('is not for a disabled account, nor for anybody with MFA_POLICY=off', async () => {
    const response = authenticator().create(await given.passkeys.registrationOptions(await given.kim()))
    await given.accounts.disable('kim')
    expect(await send(response)).toEqual({ kind: 'wrong' })
    given = await arrangeFactors({ policy: 'off' })
    expect(await register(authenticator())).toEqual({ kind: 'wrong' })
  })
})

describe('signing in with nothing but a passkey', () => {
  it.each([
    [true, ['swk', 'user']],
    [false, ['hwk', 'user']],
  ])('names the account and how it was proven: synced %s, amr %j', async (isSynced, amr) => {
    const device = authenticator({ isSynced })
    await registered(device)
    expect(await signIn(device)).toEqual({ kind: 'ok', sub: 'kim', amr, isUserVerified: true })
    expect(given.events).toEqual([
      {
        type: 'sign_in.succeeded',
        sub: 'kim',
        address: FROM,
        detail: { method: 'passkey', name: 'Phone' },
      },
    ])
    expect((await given.kim()).factors.passkeys[0]?.lastUsedAt).toBe(given.time.now)
  })

  it('C-24 asks for user verification and names nobody’s passkeys', async () => {
    await registered(authenticator())
    expect(await given.passkeys.authenticationOptions('flow')).toMatchObject({
      rpId: 'id.example.com',
      userVerification: 'required',
      allowCredentials: [],
    })
  })

  it.each<[string, Deviation]>([
    ['without verifying its user', { isUnverified: true }],
    ['from another origin', { origin: 'https://id.example.com.evil.example' }],
    ['for another RP ID', { rpId: 'evil.example' }],
    ['with the other ceremony', { type: 'webauthn.create' }],
  ])('C-18 is refused %s, and written down', async (_, deviation) => {
    const device = authenticator()
    await registered(device)
    expect(await signIn(device, deviation)).toEqual({ kind: 'wrong' })
    expect(reasons()).toEqual([['passkey.refused', 'signature']])
  })

  it.each<[string, Deviation]>([
    ['a made-up challenge', { challenge: 'A'.repeat(43) }],
    ['the name of another account', { userHandle: Buffer.from('lou').toString('base64url') }],
    ['no name of an account', { userHandle: undefined }],
  ])('is refused with %s', async (_, deviation) => {
    const device = authenticator()
    await registered(device)
    expect(await signIn(device, deviation)).toEqual({ kind: 'wrong' })
    expect(given.events).toEqual([])
  })

  it('X-10 takes an answer once, whatever the parallelism', async () => {
    const device = authenticator()
    await registered(device)
    const response = device.get(await given.passkeys.authenticationOptions('flow'))
    const kinds = (await parallel(5, () => enter(response))).map(({ kind }) => kind)
    expect(kinds.filter((kind) => kind === 'ok')).toHaveLength(1)
    expect(await enter(response)).toEqual({ kind: 'wrong' })
  })

  it('takes no answer to the challenge of another interaction, of a registration, or of 10 minutes ago', async () => {
    const device = authenticator()
    await registered(device)
    const options = await given.passkeys.authenticationOptions('flow')
    expect(await enter(device.get(options), { binding: 'other flow' })).toEqual({ kind: 'wrong' })
    const { challenge } = await given.passkeys.registrationOptions(await given.kim())
    expect(await signIn(device, { challenge: String(challenge) })).toEqual({ kind: 'wrong' })
    const late = await given.passkeys.authenticationOptions('flow')
    given.time.now += 10 * 60_000
    expect(await enter(device.get(late))).toEqual({ kind: 'wrong' })
  })

  it('two tabs of one interaction have a challenge each', async () => {
    const device = authenticator()
    await registered(device)
    const tabs = [
      await given.passkeys.authenticationOptions('flow'),
      await given.passkeys.authenticationOptions('flow'),
    ]
    for (const options of tabs) expect(await enter(device.get(options))).toMatchObject({ kind: 'ok' })
  })

  it('is refused to a disabled account, and for a removed passkey', async () => {
    const device = authenticator()
    await registered(device)
    await given.accounts.disable('kim')
    expect(await signIn(device)).toEqual({ kind: 'wrong' })
    await given.accounts.enable('kim')
    await given.passkeys.remove('kim', device.id, FROM)
    expect(await signIn(device)).toEqual({ kind: 'wrong' })
  })

  it('a signature of another key is refused', async () => {
    const device = authenticator()
    await registered(device)
    const other = authenticator()
    other.state.userHandle = device.state.userHandle
    const forged = other.get(await given.passkeys.authenticationOptions('flow'))
    expect(await enter({ ...forged, id: device.id, rawId: device.id })).toEqual({ kind: 'wrong' })
    expect(reasons()).toEqual([['passkey.refused', 'signature']])
  })
})

describe('a passkey as the second factor', () => {
  it('is asked for by name after the password, and need not verify its user', async () => {
    const device = authenticator()
    await registered(device)
    const options = await given.passkeys.authenticationOptions('flow', await given.kim())
    expect(options).toMatchObject({
      userVerification: 'preferred',
      allowCredentials: [{ id: device.id, type: 'public-key', transports: ['internal', 'hybrid'] }],
    })
    const proof = await enter(device.get(options, { isUnverified: true, userHandle: undefined }), {
      sub: 'kim',
    })
    expect(proof).toEqual({ kind: 'ok', sub: 'kim', amr: ['hwk'], isUserVerified: false })
    expect(given.factors.methods(await given.kim())).toEqual(['passkey', 'recovery_code'])
  })

  it('C-18 is refused if it belongs to somebody else', async () => {
    const device = authenticator()
    await registered(device)
    await given.accounts.create({
      sub: 'lou',
      email: 'lou@example.com',
      emailKey: 'lou@example.com',
      emailVerified: true,
      roleIds: [],
    })
    const lou = await given.accounts.find('lou')
    const options = await given.passkeys.authenticationOptions('flow', lou)
    expect(await enter(device.get(options), { sub: 'lou' })).toEqual({ kind: 'wrong' })
    const again = await given.passkeys.authenticationOptions('flow', lou)
    expect(await enter(device.get(again, { userHandle: undefined }), { sub: 'lou' })).toEqual({
      kind: 'wrong',
    })
  })

  it('C-18 is refused if it names another account than the one of the password', async () => {
    const device = authenticator()
    await registered(device)
    const lou = Buffer.from('lou').toString('base64url')
    expect(await secondFactor(device, { userHandle: lou })).toEqual({ kind: 'wrong' })
  })

  it('C-18 takes no challenge of a sign-in without a password, nor the other way round', async () => {
    const device = authenticator()
    await registered(device)
    const alone = await given.passkeys.authenticationOptions('flow')
    expect(await enter(device.get(alone), { sub: 'kim' })).toEqual({ kind: 'wrong' })
    const second = await given.passkeys.authenticationOptions('flow', await given.kim())
    expect(await enter(device.get(second, { isUnverified: true }))).toEqual({ kind: 'wrong' })
  })
})

describe('the signature counter', () => {
  it('goes up with every use', async () => {
    const device = authenticator({ counter: 0 })
    await registered(device)
    await signIn(device)
    await signIn(device)
    expect(await counterOf()).toBe(3)
  })

  it.each([1, 2, 5])(
    'that does not go up past 5 means a copy: %i is refused and written down',
    async (next) => {
      const device = authenticator({ counter: 4 })
      await registered(device)
      device.state.counter = next - 1
      expect(await signIn(device)).toEqual({ kind: 'wrong' })
      expect(reasons()).toEqual([['passkey.refused', 'counter']])
      expect(await counterOf()).toBe(5)
    },
  )

  it('that starts again at 0 is refused', async () => {
    const device = authenticator({ counter: 4 })
    await registered(device)
    device.state.counter = undefined
    expect(await signIn(device)).toEqual({ kind: 'wrong' })
  })

  it('of parallel uses with one value lets one through', async () => {
    const device = authenticator({ counter: 0 })
    await registered(device)
    const answers = []
    for (let tab = 0; tab < 4; tab += 1) {
      device.state.counter = 10
      answers.push(device.get(await given.passkeys.authenticationOptions('flow')))
    }
    const kinds = (await Promise.all(answers.map((answer) => enter(answer)))).map(({ kind }) => kind)
    expect(kinds.filter((kind) => kind === 'ok')).toHaveLength(1)
  })

  it('may stay at 0 for authenticators that keep none', async () => {
    const device = authenticator()
    await registered(device)
    expect(await signIn(device)).toMatchObject({ kind: 'ok' })
    expect(await secondFactor(device)).toMatchObject({ kind: 'ok' })
    expect(await counterOf()).toBe(0)
  })

  it('of a forged signature changes nothing and accuses nobody of a copy', async () => {
    const device = authenticator({ counter: 4 })
    await registered(device)
    device.state.counter = 0
    const response = device.get(await given.passkeys.authenticationOptions('flow'))
    const answer = response.response
    if (typeof answer !== 'object' || answer === null || Array.isArray(answer)) throw new Error('no response')
    const signature = Buffer.alloc(70, 1).toString('base64url')
    expect(await enter({ ...response, response: { ...answer, signature } })).toEqual({ kind: 'wrong' })
    expect(reasons()).toEqual([['passkey.refused', 'signature']])
  })

  it('or not, one that became copyable after its registration is refused', async () => {
    const device = authenticator()
    await registered(device)
    await given.accounts.changeFactors('kim', (factors) => ({
      ...factors,
      passkeys: factors.passkeys.map((one) => ({ ...one, isSynced: true })),
    }))
    expect(await signIn(device)).toEqual({ kind: 'wrong' })
    expect(reasons()).toEqual([['passkey.refused', 'device']])
  })
})

describe('what browsers do not send', () => {
  const deep = (depth: number): unknown => (depth === 0 ? {} : { response: deep(depth - 1) })
  const shapes: [string, (good: JsonObject) => unknown][] = [
    ['nothing', () => undefined],
    ['null', () => null],
    ['a text', () => 'response'],
    ['a list', () => []],
    ['no members', () => ({})],
    ['numbers for texts', (good) => ({ ...good, id: 1, rawId: 1 })],
    ['two ids', (good) => ({ ...good, rawId: 'AAAA' })],
    ['another type', (good) => ({ ...good, type: 'password' })],
    ['no response', (good) => ({ ...good, response: null })],
    ['a list of responses', (good) => ({ ...good, response: [good.response] })],
    ['56 KiB of response', (good) => ({ ...good, response: { clientDataJSON: 'A'.repeat(56 * 1024) } })],
    ['56 KiB of id', (good) => ({ ...good, id: 'A'.repeat(56 * 1024) })],
    ['an operator', (good) => ({ ...good, id: { $ne: '' } })],
    ['a thousand levels', () => deep(1000)],
    ['client data that is no JSON', (good) => withData(good, 'not json')],
    ['client data that is null', (good) => withData(good, 'null')],
    ['client data with a list for a challenge', (good) => withData(good, '{"challenge":["x"]}')],
    ['client data with an object for a challenge', (good) => withData(good, '{"challenge":{"$ne":""}}')],
    ['names of prototypes', () => JSON.parse('{"__proto__":{"x":1},"constructor":{"prototype":{"x":1}}}')],
    [
      'client data with names of prototypes',
      (good) => withData(good, '{"__proto__":{"challenge":"AAAA","x":1}}'),
    ],
  ]
  const withData = (good: JsonObject, text: string): unknown => {
    const { response } = good
    if (typeof response !== 'object' || response === null) throw new Error('no response')
    return { ...good, response: { ...response, clientDataJSON: Buffer.from(text).toString('base64url') } }
  }

  it.each(shapes)('X-20 is refused quietly: %s', async (_, shape) => {
    const device = authenticator()
    const created = device.create(await given.passkeys.registrationOptions(await given.kim()))
    expect(await send(shape(created))).toEqual({ kind: 'wrong' })
    await registered(device)
    const got = device.get(await given.passkeys.authenticationOptions('flow'))
    expect(await enter(shape(got))).toEqual({ kind: 'wrong' })
    expect(await enter(shape(got), { sub: 'kim' })).toEqual({ kind: 'wrong' })
    expect(Object.hasOwn(Object.prototype, 'x')).toBe(false)
  })

  it.each([
    ['no CBOR', Buffer.from('not cbor')],
    ['an empty map', Buffer.from([0xa0])],
    ['a map without authenticator data', Buffer.from('a163666d74646e6f6e65', 'hex')],
    [
      'short authenticator data',
      Buffer.from('a363666d74646e6f6e656761747453746d74a06861757468446174614100', 'hex'),
    ],
    ['a length beyond the end', Buffer.from('bbffffffffffffffff', 'hex')],
  ])('an attestation object is refused that is %s', async (_, bytes) => {
    const created = authenticator().create(await given.passkeys.registrationOptions(await given.kim()))
    const { response } = created
    if (typeof response !== 'object' || response === null) throw new Error('no response')
    const attestationObject = bytes.toString('base64url')
    expect(await send({ ...created, response: { ...response, attestationObject } })).toEqual({
      kind: 'wrong',
    })
  })
})

describe('looking after passkeys', () => {
  it('renames one of its owner’s', async () => {
    const device = authenticator()
    await registered(device)
    expect(await given.passkeys.rename('kim', device.id, ' Work\u2028phone ')).toBe(true)
    expect((await given.kim()).factors.passkeys[0]?.name).toBe('Work phone')
    expect(await given.passkeys.rename('kim', device.id, '')).toBe(false)
    expect(await given.passkeys.rename('kim', 'other', 'Phone')).toBe(false)
    expect(given.events).toMatchObject([{ type: 'passkey.renamed', actor: 'kim', sub: 'kim' }])
  })

  it('removes one once, takes the recovery codes with the last factor, and tells its owner', async () => {
    const [one, other] = [authenticator(), authenticator()]
    await registered(one)
    await registered(other)
    const done = await parallel(5, () => given.passkeys.remove('kim', one.id, FROM))
    expect(done.filter(Boolean)).toHaveLength(1)
    expect((await given.kim()).factors.recoveryCodes).toBeDefined()
    expect(await given.passkeys.remove('kim', other.id, FROM)).toBe(true)
    expect((await given.kim()).factors.recoveryCodes).toBeUndefined()
    expect(given.letters.map(({ letter }) => letter)).toMatchObject([
      { change: 'passkey.removed' },
      { change: 'passkey.removed' },
    ])
    expect(await given.passkeys.remove('nobody', one.id, FROM)).toBe(false)
  })

  it('keeps the recovery codes as long as there is an app', async () => {
    await given.enrol()
    const device = authenticator()
    expect(await register(device)).toMatchObject({ kind: 'ok', recoveryCodes: undefined })
    await given.passkeys.remove('kim', device.id, FROM)
    expect((await given.kim()).factors.recoveryCodes?.left).toHaveLength(10)
  })
})

it('R-03 is refused while the store is away', async () => {
  const device = authenticator()
  await registered(device)
  const response = device.get(await given.passkeys.authenticationOptions('flow'))
  await given.store.close()
  await expect(enter(response)).rejects.toMatchObject({ code: 'store_unavailable' })
  await expect(given.passkeys.authenticationOptions('flow')).rejects.toMatchObject({
    code: 'store_unavailable',
  })
})
