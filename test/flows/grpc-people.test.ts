import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAgent } from '../support/browserless.ts'
import { relyingParty, type Tokens } from '../support/relying-party.ts'
import { asker, people, RECORDS } from './authzen-subject.ts'
import { storeBeside } from './beside.ts'
import { calls } from './calls.ts'
import { type GrpcSubject, kim, LEDGER, ledger, payroll, shop, startSubject } from './grpc-subject.ts'

const INTROSPECT = 'gatehouse.v1.Tokens/Introspect'
const GET_ACCOUNT = 'gatehouse.v1.Accounts/GetAccount'

let at: GrpcSubject
beforeAll(async () => {
  at = await startSubject()
})
afterAll(() => at?.stop())

describe('Introspect', () => {
  let tokens: Tokens
  let ofLedger: string
  let ofAsker: string
  beforeAll(async () => {
    ofLedger = await at.tokenOf(ledger, 'access', 'access:evaluate')
    ofAsker = await at.tokenOf(asker, 'access', 'access:evaluate')
    tokens = await signIn()
  })
  const signIn = async (): Promise<Tokens> => {
    const party = await relyingParty(at.server.issuer, shop)
    return party.signIn(createAgent(), kim, {
      scope: 'openid offline_access ledger:read ledger:write',
      resource: LEDGER,
    })
  }
  const introspect = (token: string | undefined, bearer: string) =>
    at.call(INTROSPECT, { token }, { token: bearer })
  const nothing = async (token: string | undefined, bearer: string) => {
    const { code, body } = await introspect(token, bearer)
    expect([code, body]).toEqual(['OK', { ...empty, active: false }])
  }
  const empty = {
    active: false,
    scope: '',
    client_id: '',
    sub: '',
    aud: '',
    iss: '',
    exp: 0,
    iat: 0,
    token_type: '',
    roles: [],
    cnf_jkt: '',
    acr: '',
    amr: [],
    auth_time: 0,
  }

  it('tells an API about a token of its own what HTTP tells', async () => {
    const { body } = await introspect(tokens.access_token, ofLedger)
    const http = (await calls(at.server).introspect(ledger, tokens.access_token)).body
    expect(http).toMatchObject({
      active: true,
      sub: kim.sub,
      aud: LEDGER,
      client_id: 'shop',
      scope: 'ledger:read',
    })
    const { iss, exp, iat, acr, amr, auth_time } = http
    expect(body).toEqual({
      ...empty,
      active: true,
      scope: 'ledger:read',
      client_id: 'shop',
      sub: kim.sub,
      aud: LEDGER,
      token_type: 'Bearer',
      roles: ['bookkeeper'],
      ...{ iss, exp, iat, acr, amr, auth_time },
    })
  })

  it("X-37 tells nobody else anything: another's token looks like none", async () => {
    await nothing(tokens.access_token, ofAsker)
    await nothing(tokens.refresh_token, ofLedger)
    await nothing(tokens.access_token.slice(1), ofLedger)
    await nothing('made up', ofLedger)
  })

  it('N-21 does not introspect a JWT, and says so', async () => {
    for (const jwt of [ofLedger, tokens.id_token])
      expect((await introspect(jwt, ofLedger)).code).toBe('INVALID_ARGUMENT')
  })

  it('wants a caller who may ask', async () => {
    const ofPayroll = await at.tokenOf(payroll, 'admin', 'accounts:read')
    expect((await introspect(tokens.access_token, ofPayroll)).code).toBe('UNAUTHENTICATED')
    expect((await at.call(INTROSPECT, { token: tokens.access_token })).code).toBe('UNAUTHENTICATED')
  })

  it('tells nothing any more of a token that was revoked, or whose owner is disabled', async () => {
    const revoked = await signIn()
    await calls(at.server).revoke(shop, revoked.access_token)
    await expect.poll(async () => (await introspect(revoked.access_token, ofLedger)).body.active).toBe(false)
    const store = await storeBeside(at.server)
    const account = await store.accounts.find(kim.sub)
    if (!account) throw new Error('no account')
    await store.accounts.replace({ ...account, disabled: true })
    const isActive = async () => (await introspect(tokens.access_token, ofLedger)).body.active
    await expect.poll(isActive, { timeout: 1000, interval: 50 }).toBe(false)
    await store.accounts.replace({ ...account, version: account.version + 1 })
    await store.close()
    await expect.poll(isActive, { timeout: 1000, interval: 50 }).toBe(true)
  })
})

describe('GetAccount', () => {
  let bearer: string
  beforeAll(async () => {
    bearer = await at.tokenOf(payroll, 'admin', 'accounts:read')
  })
  const get = (request: object, token: string | undefined = bearer) =>
    at.call(GET_ACCOUNT, request, { token })

  it('finds a person by sub, with the roles that count for APIs as a whole', async () => {
    const { code, body } = await get({ sub: kim.sub })
    expect(code).toBe('OK')
    expect(body).toEqual({
      sub: kim.sub,
      email: kim.login,
      email_verified: true,
      name: 'Kim',
      disabled: false,
      roles: ['bookkeeper'],
      permissions: [],
    })
    expect((await get({ sub: 'one' })).body).toMatchObject({ name: '', roles: [] })
  })

  it('tells the roles and permissions at an API, the included ones too', async () => {
    expect((await get({ sub: 'writer', api: RECORDS })).body).toMatchObject({
      roles: ['reader', 'writer'],
      permissions: ['records:read', 'records:write'],
    })
    expect((await get({ sub: 'writer', api: LEDGER })).body).toMatchObject({ roles: [], permissions: [] })
  })

  it('finds a person by a verified address in any case of letters, and by no other', async () => {
    expect((await get({ email: people.writer.toUpperCase() })).body).toMatchObject({ sub: 'writer' })
    for (const request of [
      { email: people.unverified },
      { email: 'no address' },
      { sub: people.writer },
      { sub: 'nil' },
    ])
      expect(await get(request)).toMatchObject({ code: 'NOT_FOUND', body: {} })
    expect((await get({ sub: 'unverified' })).body).toMatchObject({ email_verified: false })
  })

  it('gives a disabled account neither roles nor permissions', async () => {
    const store = await storeBeside(at.server)
    const account = await store.accounts.find('nobody')
    if (!account) throw new Error('no account')
    await store.accounts.replace({
      ...account,
      disabled: true,
      roles: (await store.accounts.find('reader'))?.roles ?? [],
    })
    await store.close()
    await expect
      .poll(async () => (await get({ sub: 'nobody', api: RECORDS })).body, { timeout: 1000, interval: 50 })
      .toMatchObject({ disabled: true, roles: [], permissions: [] })
  })

  it('wants accounts:read at the administration: a token for decisions is for another audience', async () => {
    const forDecisions = await at.tokenOf(asker, 'access', 'access:evaluate')
    expect((await get({ sub: kim.sub }, forDecisions)).code).toBe('UNAUTHENTICATED')
    expect((await at.call(GET_ACCOUNT, { sub: kim.sub })).code).toBe('UNAUTHENTICATED')
    const { body } = await calls(at.server).token(payroll, {
      grant_type: 'client_credentials',
      resource: `${at.server.issuer}/admin`,
    })
    expect((await get({ sub: kim.sub }, body.access_token)).code).toBe('PERMISSION_DENIED')
    const store = await storeBeside(at.server)
    await expect
      .poll(() => store.audit.list({ limit: 5, type: 'administration.refused' }))
      .toMatchObject([{ actor: 'client:payroll', detail: { call: GET_ACCOUNT, missing: 'accounts:read' } }])
    await store.close()
  })
})
