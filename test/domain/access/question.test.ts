import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { distinct } from '../../../src/domain/access/assignment.ts'
import type { Condition } from '../../../src/domain/access/condition.ts'
import { permitted } from '../../../src/domain/access/decision.ts'
import { directory } from '../../../src/domain/access/directory.ts'
import { type AccessModel, builtIns, type Role } from '../../../src/domain/access/model.ts'
import { explain, isAllowed, type Question, type Rights } from '../../../src/domain/access/question.ts'
import type { Assignment } from '../../../src/domain/ports.ts'

const NOW = Date.UTC(2026, 0, 1)
const RECORDS = 'https://records.example/api'
const OTHER = 'https://other.example/api'
const identifiers = builtIns({ issuer: 'https://id.example', defaultResource: 'https://id.example/api' })

const role = (id: string, permissions: string[], includes: string[] = []): Role => ({
  id,
  name: `${id} name`,
  permissions: { [RECORDS]: permissions },
  includes,
  default: false,
})
const model: AccessModel = {
  resources: [
    {
      identifier: RECORDS,
      name: 'Records',
      permissions: ['read', 'write', 'burn'],
      accessTokenFormat: 'jwt',
      types: ['record'],
    },
    { identifier: OTHER, name: 'Other', permissions: ['read'], accessTokenFormat: 'jwt', types: ['page'] },
  ],
  roles: [role('reader', ['read']), role('writer', ['write'], ['reader']), role('chief', [], ['writer'])],
}
const present = directory(model, identifiers)

const rights = (...assignments: Assignment[]): Rights => ({ assignments, isAdmin: false, own: {} })
const question = (permission: string, changes: Partial<Question> = {}): Question => ({
  permission,
  identifier: RECORDS,
  thing: undefined,
  properties: { subject: {}, resource: {}, context: {} },
  now: NOW,
  ...changes,
})
const record = (id: string, resource: Record<string, unknown> = {}) => ({
  thing: { type: 'record', id },
  properties: { subject: { id: 'kim' }, resource, context: {} },
})
const own: Condition = { equal: [{ resource: 'owner' }, { subject: 'id' }] }

describe('an assignment', () => {
  const cases: [string, Assignment, Question, boolean][] = [
    ['counts for the API as a whole', { roleId: 'reader' }, question('read'), true],
    ['counts for each thing', { roleId: 'reader' }, question('read', record('1')), true],
    ['gives no more than its role', { roleId: 'reader' }, question('write'), false],
    ['gives what its role includes', { roleId: 'chief' }, question('read'), true],
    ['ends at its time', { roleId: 'reader', until: NOW }, question('read'), false],
    ['holds until its time', { roleId: 'reader', until: NOW + 1 }, question('read'), true],
    [
      'narrowed to a thing counts for it',
      { roleId: 'reader', on: { type: 'record', id: '1' } },
      question('read', record('1')),
      true,
    ],
    [
      'narrowed to a thing does not count for another',
      { roleId: 'reader', on: { type: 'record', id: '1' } },
      question('read', record('2')),
      false,
    ],
    [
      'narrowed to a thing does not count for the API as a whole',
      { roleId: 'reader', on: { type: 'record', id: '1' } },
      question('read'),
      false,
    ],
    [
      'with a condition counts where it holds',
      { roleId: 'writer', when: own },
      question('write', record('1', { owner: 'kim' })),
      true,
    ],
    [
      'with a condition does not count where it fails',
      { roleId: 'writer', when: own },
      question('write', record('1', { owner: 'lee' })),
      false,
    ],
    [
      'with a condition does not count where a property is missing',
      { roleId: 'writer', when: own },
      question('write', record('1')),
      false,
    ],
    [
      'with a condition does not count for the API as a whole',
      { roleId: 'writer', when: own },
      question('write'),
      false,
    ],
    ['with an unknown role gives nothing', { roleId: 'gone' }, question('read'), false],
    ['gives nothing at another API', { roleId: 'reader' }, question('read', { identifier: OTHER }), false],
    [
      'gives nothing on a type of another API',
      { roleId: 'reader' },
      question('read', { thing: { type: 'page', id: '1' } }),
      false,
    ],
    ['gives no permission that the API does not have', { roleId: 'reader' }, question('fly'), false],
  ]
  it.each(cases)('%s', (_, assignment, asked, allowed) => {
    expect(isAllowed(present, rights(assignment), asked)).toBe(allowed)
    expect(explain(present, rights(assignment), asked).allowed).toBe(allowed)
  })
})

describe('an explanation', () => {
  it('names the assignment and the way to the role that gave it', () => {
    const assignment = { roleId: 'chief' }
    expect(explain(present, rights(assignment), question('read'))).toEqual({
      allowed: true,
      reasons: [
        { from: 'role', outcome: 'holds', path: ['chief name', 'writer name', 'reader name'], assignment },
      ],
    })
  })

  it('names why what has the permission does not count', () => {
    const late = { roleId: 'reader', until: NOW - 1 }
    const narrow = { roleId: 'reader', on: { type: 'record', id: '2' } }
    const conditional = { roleId: 'writer', when: own }
    const { allowed, reasons } = explain(
      present,
      rights(late, narrow, conditional),
      question('read', record('1')),
    )
    expect(allowed).toBe(false)
    expect(reasons.map(({ outcome }) => outcome)).toEqual(['expired', 'other_thing', 'condition_unknown'])
  })

  it('says nothing of roles that do not have the permission', () => {
    expect(explain(present, rights({ roleId: 'reader' }), question('burn'))).toEqual({
      allowed: false,
      reasons: [],
    })
  })
})

const assignments = fc.record(
  {
    roleId: fc.constantFrom('reader', 'writer', 'chief', 'gone'),
    on: fc.record({ type: fc.constantFrom('record', 'page'), id: fc.constantFrom('1', '2') }),
    until: fc.integer({ min: NOW - 2, max: NOW + 2 }),
    when: fc.constantFrom<Condition>(own, { not: own }),
  },
  { requiredKeys: ['roleId'] },
)
const questions = fc
  .record({
    permission: fc.constantFrom('read', 'write', 'burn'),
    identifier: fc.constantFrom(RECORDS, OTHER),
    thing: fc.option(fc.record({ type: fc.constantFrom('record', 'page'), id: fc.constantFrom('1', '2') }), {
      nil: undefined,
    }),
    owner: fc.constantFrom('kim', 'lee', undefined),
  })
  .map(({ owner, ...asked }) =>
    question(asked.permission, {
      ...asked,
      properties: { subject: { id: 'kim' }, resource: owner === undefined ? {} : { owner }, context: {} },
    }),
  )

describe('for any assignments and any question', () => {
  it('one more assignment never takes anything away', () => {
    fc.assert(
      fc.property(fc.array(assignments), assignments, questions, (held, more, asked) => {
        if (isAllowed(present, rights(...held), asked))
          expect(isAllowed(present, rights(...held, more), asked)).toBe(true)
      }),
    )
  })

  it('the order of the assignments and repetitions do not matter', () => {
    fc.assert(
      fc.property(fc.array(assignments), questions, (held, asked) => {
        const allowed = isAllowed(present, rights(...held), asked)
        expect(isAllowed(present, rights(...held.toReversed()), asked)).toBe(allowed)
        expect(isAllowed(present, rights(...distinct([...held, ...held])), asked)).toBe(allowed)
      }),
    )
  })

  it('the explanation agrees with the decision', () => {
    fc.assert(
      fc.property(fc.array(assignments), questions, (held, asked) => {
        const { allowed, reasons } = explain(present, rights(...held), asked)
        expect(allowed).toBe(isAllowed(present, rights(...held), asked))
        expect(reasons.some(({ outcome }) => outcome === 'holds')).toBe(allowed)
      }),
    )
  })

  it('a token holds exactly what is allowed at the API as a whole', () => {
    fc.assert(
      fc.property(fc.array(assignments), (held) => {
        const person = { assignments: held, isAdmin: false, now: NOW }
        const scopes = permitted(present, RECORDS, { by: 'person', person })
        const allowed = ['read', 'write', 'burn'].filter((permission) =>
          isAllowed(present, rights(...held), question(permission)),
        )
        expect(scopes).toEqual(allowed)
      }),
    )
  })
})
