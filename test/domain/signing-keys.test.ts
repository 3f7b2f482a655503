import { randomBytes } from 'node:crypto'
import { CompactSign, calculateJwkThumbprint, compactVerify, createLocalJWKSet } from 'jose'
import Provider from 'oidc-provider'
import { expect, it } from 'vitest'
import { sealer } from '../../src/adapters/sealer.ts'
import {
  type KeySet,
  SigningKeyFault,
  type SigningKeyParts,
  signingKeys,
} from '../../src/domain/signing-keys.ts'
import { START } from '../contract/open-for-test.ts'
import { openTestStore } from '../store/sqlite/data-dir.ts'

const AHEAD = 3600
const RETIRE = 90 * 86_400

/** One store, and any number of processes that share its keys and a clock. */
const arrange = async (key = randomBytes(32)) => {
  const { documents } = await openTestStore()
  const time = { now: START }
  const process = (changes: Partial<SigningKeyParts> = {}) =>
    signingKeys({
      documents,
      sealer: sealer([key]),
      now: () => time.now,
      publishAhead: AHEAD,
      retireAfter: RETIRE,
      ...changes,
    })
  const later = (seconds: number) => {
    time.now += seconds * 1000
  }
  return { documents, key, time, process, later, keys: process() }
}

const kids = (set: KeySet): string[] => set.jwks().keys.map(({ kid }) => kid)

const nothing = async () => undefined
const emptyAdapter = () => ({
  upsert: nothing,
  find: nothing,
  findByUserCode: nothing,
  findByUid: nothing,
  consume: nothing,
  destroy: nothing,
  revokeByGrantId: nothing,
})

/** The kid in the header of a JWT access token that the engine signs with these keys. */
const signer = async (jwks: ReturnType<KeySet['jwks']>, alg: 'ES256' | 'RS256', kid?: string) => {
  const provider = new Provider('http://localhost', {
    jwks,
    adapter: emptyAdapter,
    ttl: { ClientCredentials: 600 },
    clients: [
      {
        client_id: 'c',
        client_secret: 's',
        redirect_uris: [],
        response_types: [],
        grant_types: ['client_credentials'],
      },
    ],
    features: { clientCredentials: { enabled: true }, devInteractions: { enabled: false } },
  })
  const client = await provider.Client.find('c')
  if (!client) throw new Error('the client is configured')
  const token = new provider.ClientCredentials({ client, scope: 'a' })
  token.resourceServer = new provider.ResourceServer('urn:api', {
    scope: 'a',
    accessTokenFormat: 'jwt',
    jwt: { sign: kid === undefined ? { alg } : { alg, kid } },
  })
  const [header = ''] = (await token.save()).split('.')
  return JSON.parse(Buffer.from(header, 'base64url').toString()).kid
}

it('makes a current and a next key of each algorithm at the first use, and keeps them', async () => {
  const { keys, process } = await arrange()
  expect(await keys.list()).toEqual([])
  const first = await keys.load()
  expect((await keys.list()).map(({ alg, state }) => `${alg} ${state}`)).toEqual([
    'ES256 current',
    'RS256 current',
    'ES256 next',
    'RS256 next',
  ])
  expect((await process().load()).jwks()).toEqual(first.jwks())
})

it('names each key by its RFC 7638 thumbprint, for one algorithm and use', async () => {
  const { keys } = await arrange()
  for (const key of (await keys.load()).jwks().keys) {
    expect(key.kid).toBe(await calculateJwkThumbprint(key))
    expect(key.use).toBe('sig')
    expect(key.kty === 'EC' ? key.alg : Buffer.from(key.n, 'base64url').length).toBe(
      key.kty === 'EC' ? 'ES256' : 256,
    )
  }
})

it('goes on with the same keys in processes that start at once', async () => {
  const { process } = await arrange()
  const sets = await Promise.all(Array.from({ length: 4 }, () => process().load()))
  expect(new Set(sets.map((set) => kids(set).join()))).toHaveProperty('size', 1)
})

it('keeps private parts sealed in the store, out of the list and out of the public set', async () => {
  const { keys, documents } = await arrange()
  const set = await keys.load()
  const outside = JSON.stringify([await documents.read('signing-keys'), await keys.list(), set.publicJwks()])
  for (const key of set.jwks().keys) expect(outside).not.toContain(key.d)
  expect(outside).not.toContain('"d"')
  expect((await keys.list()).map((info) => Object.keys(info).sort().join())).toContain(
    'alg,createdAt,kid,since,state',
  )
})

it('R-18 refuses to use a key that relying parties may not know yet, and says when it may', async () => {
  const { keys, later } = await arrange()
  const before = await keys.load()
  later(AHEAD - 1)
  expect(await keys.rotate({ force: false })).toEqual({ kind: 'too_young', possibleAt: START + AHEAD * 1000 })
  expect(await keys.load()).toMatchObject({ version: before.version })
  later(1)
  expect(await keys.rotate({ force: false })).toEqual({ kind: 'rotated' })
  expect(await keys.rotate({ force: false })).toMatchObject({ kind: 'too_young' })
})

it('R-18 moves next to current, current to retired, and publishes a new next last', async () => {
  const { keys, later, time } = await arrange()
  const [es, rs, nextEs, nextRs] = kids(await keys.load())
  later(AHEAD)
  await keys.rotate({ force: false })
  const set = await keys.load()
  expect(kids(set).slice(0, 4)).toEqual([nextEs, nextRs, es, rs])
  expect(kids(set)).toHaveLength(6)
  expect(set.publicJwks().keys.map(({ kid }) => kid)).toEqual(kids(set))
  expect((await keys.list()).map(({ state, createdAt, since }) => ({ state, createdAt, since }))).toEqual([
    ...Array(2).fill({ state: 'current', createdAt: START, since: time.now }),
    ...Array(2).fill({ state: 'retired', createdAt: START, since: time.now }),
    ...Array(2).fill({ state: 'next', createdAt: time.now, since: time.now }),
  ])
})

it('rotates at once when it is forced', async () => {
  const { keys } = await arrange()
  const [, , nextEs] = kids(await keys.load())
  expect(await keys.rotate({ force: true })).toEqual({ kind: 'rotated' })
  expect(kids(await keys.load())[0]).toBe(nextEs)
})

it('R-18 still verifies what a retired key has signed, until its time is over', async () => {
  const { keys, later } = await arrange()
  const [old] = (await keys.load()).jwks().keys
  if (!old) throw new Error('there is a current key')
  const token = await new CompactSign(Buffer.from('{}'))
    .setProtectedHeader({ alg: old.alg, kid: old.kid })
    .sign(old)
  const verified = async () => compactVerify(token, createLocalJWKSet((await keys.load()).publicJwks()))

  later(AHEAD)
  await keys.rotate({ force: false })
  await expect(verified()).resolves.toBeDefined()
  later(RETIRE - 1)
  await keys.rotate({ force: false })
  await expect(verified()).resolves.toBeDefined()
  later(1)
  await keys.rotate({ force: true })
  await expect(verified()).rejects.toThrow('no applicable key found')
})

it('lets one of several rotations at once win, and loses no key', async () => {
  const { keys, process, later } = await arrange()
  const before = kids(await keys.load())
  later(AHEAD)
  const outcomes = await Promise.all(Array.from({ length: 3 }, () => process().rotate({ force: true })))
  expect(outcomes.map(({ kind }) => kind).sort()).toEqual(['overtaken', 'overtaken', 'rotated'])
  const after = kids(await keys.load())
  expect(after).toHaveLength(6)
  expect(after).toEqual(expect.arrayContaining(before))
})

it.each(['ES256', 'RS256'] as const)(
  'never lets the engine sign %s with a retired or waiting key',
  async (alg) => {
    const { keys, later } = await arrange()
    await keys.load()
    later(AHEAD)
    await keys.rotate({ force: false })
    const jwks = (await keys.load()).jwks()
    const ofState = async (state: string) =>
      (await keys.list()).find((info) => info.alg === alg && info.state === state)?.kid
    const current = await ofState('current')
    expect(await signer(jwks, alg)).toBe(current)
    expect(await signer({ keys: jwks.keys.toReversed() }, alg)).toBe(current)
    for (const state of ['retired', 'next']) {
      await expect(signer(jwks, alg, await ofState(state))).rejects.toThrow('no corresponding key')
    }
  },
)

it('seals every key anew at a rotation, so that an old sealing key can be given up', async () => {
  const { key, process, later } = await arrange()
  const fresh = randomBytes(32)
  const before = kids(await process().load())
  const both = process({ sealer: sealer([fresh, key]) })
  expect(kids(await both.load())).toEqual(before)
  later(AHEAD)
  await both.rotate({ force: false })
  expect(kids(await process({ sealer: sealer([fresh]) }).load())).toEqual(expect.arrayContaining(before))
})

it('refuses keys that another sealing key sealed, and names the setting', async () => {
  const { keys, process } = await arrange()
  await keys.load()
  const stranger = process({ sealer: sealer([randomBytes(32)]) })
  await expect(stranger.load()).rejects.toThrow(SigningKeyFault)
  await expect(stranger.load()).rejects.toThrow('SEALING_KEY')
  await expect(stranger.rotate({ force: true })).rejects.toThrow(SigningKeyFault)
})

it('refuses a stored key that was put in the place of another', async () => {
  const { keys, documents } = await arrange()
  await keys.load()
  const document = await documents.read('signing-keys')
  const swapped = JSON.parse(JSON.stringify(document?.value))
  ;[swapped.keys[0].kid, swapped.keys[2].kid] = [swapped.keys[2].kid, swapped.keys[0].kid]
  await documents.write('signing-keys', swapped, document?.version ?? 0)
  await expect(keys.load()).rejects.toThrow(SigningKeyFault)
})

it.each([[{}], [{ keys: [] }], [{ keys: [{ kid: 'a', alg: 'none' }] }], [{ keys: 'x' }]])(
  'refuses a damaged document (%j) and never replaces it',
  async (value) => {
    const { keys, documents } = await arrange()
    await documents.write('signing-keys', value, 0)
    await expect(keys.load()).rejects.toThrow(SigningKeyFault)
    await expect(keys.rotate({ force: true })).rejects.toThrow(SigningKeyFault)
    await expect(keys.list()).rejects.toThrow(SigningKeyFault)
    expect(await documents.read('signing-keys')).toEqual({ value, version: 1 })
  },
)
