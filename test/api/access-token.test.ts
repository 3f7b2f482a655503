import { type CryptoKey, exportJWK, generateKeyPair, type JSONWebKeySet, SignJWT } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import { verifyAccessToken } from '../../src/api/access-token.ts'

const ISSUER = 'https://id.example'
const AUDIENCE = `${ISSUER}/access`
const NOW = Date.UTC(2026, 0, 1)
const seconds = (at: number): number => Math.floor(at / 1000)

interface Signer {
  key: CryptoKey
  jwks: JSONWebKeySet
}

const signer = async (kid: string): Promise<Signer> => {
  const { privateKey, publicKey } = await generateKeyPair('ES256')
  return {
    key: privateKey,
    jwks: { keys: [{ ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' }] },
  }
}

let [ours, other]: (Signer | undefined)[] = []
beforeAll(async () => {
  ;[ours, other] = [await signer('one'), await signer('one')]
})
const present = (): Signer => {
  if (!ours) throw new Error('keys are made before')
  return ours
}

const claims = { sub: 'asker', client_id: 'asker', scope: 'access:evaluate' }
const signed = (
  members: object = {},
  { header = {}, by = present().key }: { header?: object; by?: CryptoKey | Uint8Array } = {},
): Promise<string> =>
  new SignJWT({ ...claims, iss: ISSUER, aud: AUDIENCE, exp: seconds(NOW) + 600, ...members })
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'one', ...header })
    .sign(by)

const open = (time = { now: NOW }, keys: { jwks: JSONWebKeySet } = present()) =>
  verifyAccessToken({ jwks: () => keys.jwks, issuer: ISSUER, audience: AUDIENCE, now: () => time.now })

it('gives the claims of a good token, the first time and later', async () => {
  const verify = open()
  const token = await signed()
  for (let n = 0; n < 3; n++) expect(await verify(token)).toMatchObject(claims)
})

describe('knows no token', () => {
  it.each<[string, object]>([
    ['of another issuer', { iss: 'https://other.example' }],
    ['without an issuer', { iss: undefined }],
    ['for another API', { aud: `${ISSUER}/admin` }],
    ['for no API', { aud: undefined }],
    ['that is over', { exp: seconds(NOW) }],
    ['that is not good yet', { nbf: seconds(NOW) + 60 }],
  ])('%s', async (_, members) => {
    expect(await open()(await signed(members))).toBeUndefined()
  })

  it.each(['JWT', 'logout+jwt', undefined])('of the type %s, such as an ID token', async (typ) => {
    expect(await open()(await signed({}, { header: { typ } }))).toBeUndefined()
  })

  it('N-22 that another key has signed, or that is signed with what everybody knows', async () => {
    expect(await open()(await signed({}, { by: other?.key ?? new Uint8Array() }))).toBeUndefined()
    const known = new TextEncoder().encode(JSON.stringify(present().jwks.keys[0]))
    expect(await open()(await signed({}, { header: { alg: 'HS256' }, by: known }))).toBeUndefined()
  })
})

it('does not know a token any more when it is over, also one that it knew', async () => {
  const time = { now: NOW }
  const verify = open(time)
  const token = await signed()
  expect(await verify(token)).toBeDefined()
  time.now = NOW + 600_000 - 1
  expect(await verify(token)).toBeDefined()
  time.now = NOW + 600_000
  expect(await verify(token)).toBeUndefined()
})

it('does not know a token any more when its key is gone, also one that it knew', async () => {
  const keys = { jwks: present().jwks }
  const verify = open({ now: NOW }, keys)
  const token = await signed()
  expect(await verify(token)).toBeDefined()
  keys.jwks = other?.jwks ?? { keys: [] }
  expect(await verify(token)).toBeUndefined()
})

it('remembers a thousand tokens, and knows one that it has forgotten all the same', async () => {
  const verify = open()
  const first = await signed()
  expect(await verify(first)).toBeDefined()
  for (let n = 0; n < 1001; n++) await verify(await signed({ jti: String(n) }))
  expect(await verify(first)).toMatchObject(claims)
})
