import { describe, expect, it } from 'vitest'
import type { Demand } from '../../src/domain/factors/policy.ts'
import { ONE_FACTOR, TWO_FACTORS } from '../../src/oidc/acr.ts'
import type { Reached } from '../../src/pages/progress.ts'
import { type Asked, next } from '../../src/pages/situation.ts'

const AT = 1000
const session = { sub: 'kim', acr: ONE_FACTOR, amr: ['pwd'], authTime: AT }
const full = { ...session, acr: TWO_FACTORS, amr: ['pwd', 'otp', 'mfa'] }

const asked = {
  fresh: { prompt: 'login', reasons: ['no_session'], session: undefined },
  again: { prompt: 'login', reasons: ['login_prompt'], session },
  old: { prompt: 'login', reasons: ['max_age', 'second_factor'], session },
  stepUp: { prompt: 'login', reasons: ['second_factor'], session },
  ended: { prompt: 'login', reasons: ['second_factor'], session: undefined },
  unexplained: { prompt: 'login', reasons: [], session },
  consent: { prompt: 'consent', reasons: ['op_scopes_missing'], session: full },
} satisfies Record<string, Asked>

const proven = (...amr: string[]): Reached => ({ kind: 'proven', sub: 'kim', amr, authTime: AT })
const reached = {
  nothing: { kind: 'nothing' },
  anew: { kind: 'anew' },
  password: proven('pwd'),
  passwordAndCode: proven('pwd', 'otp', 'mfa'),
  passkey: proven('hwk', 'user', 'mfa'),
  unverifiedPasskey: proven('swk'),
  codesOnly: proven('otp'),
  enrolled: { kind: 'proven', sub: 'kim', amr: ['pwd', 'otp', 'mfa'], authTime: AT, newCodes: 'sealed' },
  allowed: { kind: 'decided', decision: 'allow' },
  denied: { kind: 'decided', decision: 'deny' },
} satisfies Record<string, Reached>

type How = keyof typeof reached
type Row = [what: keyof typeof asked, how: How, demand: Demand, kind: string]
const step = ([what, how, demand]: Row) => next(asked[what], reached[how], demand)
const all: Demand[] = ['none', 'ask', 'enrol']
const rows = (what: keyof typeof asked, how: How, expected: Record<Demand, string>): Row[] =>
  all.map((demand) => [what, how, demand, expected[demand]])
const whatever = (kind: string): Record<Demand, string> => ({ none: kind, ask: kind, enrol: kind })

const logins = ['fresh', 'again', 'old', 'stepUp', 'ended', 'unexplained'] as const
const table: Row[] = [
  ...logins.flatMap((what) => [
    ...rows(what, 'anew', whatever('sign-in')),
    ...rows(what, 'password', { none: 'signed-in', ask: 'second-factor', enrol: 'enrol' }),
    ...rows(what, 'codesOnly', { none: 'signed-in', ask: 'second-factor', enrol: 'enrol' }),
    ...rows(what, 'unverifiedPasskey', { none: 'signed-in', ask: 'second-factor', enrol: 'enrol' }),
    ...rows(what, 'passwordAndCode', whatever('signed-in')),
    ...rows(what, 'passkey', whatever('signed-in')),
    ...rows(what, 'enrolled', whatever('new-codes')),
    ...rows(what, 'allowed', whatever('sign-in')),
    ...rows(what, 'denied', whatever('denied')),
  ]),
  ...(['fresh', 'again', 'old', 'ended', 'unexplained'] as const).flatMap((what) =>
    rows(what, 'nothing', whatever('sign-in')),
  ),
  ...rows('stepUp', 'nothing', { none: 'signed-in', ask: 'second-factor', enrol: 'sign-in' }),
  ...(['nothing', 'anew', 'password', 'passwordAndCode', 'enrolled'] as const).flatMap((how) =>
    rows('consent', how, whatever('consent')),
  ),
  ...rows('consent', 'allowed', whatever('consented')),
  ...rows('consent', 'denied', whatever('denied')),
]

describe('what an interaction needs next', () => {
  it.each(table)('asked %s, reached %s, demand %s: %s', (...row) => {
    expect(step(row).kind).toBe(row[3])
  })

  it('C-18 knows every combination of a login', () => {
    const covered = new Set(table.map(([what, how, demand]) => `${what} ${how} ${demand}`))
    const wanted = logins.flatMap((what) =>
      Object.keys(reached).flatMap((how) => all.map((demand) => `${what} ${how} ${demand}`)),
    )
    expect(wanted.filter((combination) => !covered.has(combination))).toEqual([])
  })

  it('C-18 builds on the session only where nothing but its second factor is missing', () => {
    expect(step(['stepUp', 'nothing', 'ask', ''])).toEqual({ kind: 'second-factor', basis: session })
    expect(step(['stepUp', 'password', 'ask', ''])).toMatchObject({ basis: { kind: 'proven' } })
  })
})
