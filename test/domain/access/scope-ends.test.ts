import { expect, it } from 'vitest'
import { directory } from '../../../src/domain/access/directory.ts'
import { builtIns } from '../../../src/domain/access/model.ts'
import type { Rights } from '../../../src/domain/access/question.ts'
import { firstEnd, scopeEnds } from '../../../src/domain/access/scope-ends.ts'

const ORDERS = 'https://orders.example/api'
const NOW = 1_000_000
const names = builtIns({ issuer: 'https://id.example', defaultResource: 'https://id.example/api' })
const present = directory(
  {
    resources: [
      {
        identifier: ORDERS,
        name: 'Orders',
        permissions: ['read', 'write'],
        accessTokenFormat: 'jwt',
        types: ['order'],
      },
    ],
    roles: [
      { id: 'r', name: 'reader', permissions: { [ORDERS]: ['read'] }, includes: [], default: false },
      { id: 'w', name: 'writer', permissions: { [ORDERS]: ['write'] }, includes: ['r'], default: false },
      { id: 'a', name: 'auditor', permissions: { '@admin': ['audit:read'] }, includes: [], default: false },
    ],
  },
  names,
)

type Case = [what: string, rights: Partial<Rights>, ends: Record<string, number>, identifier?: string]

const cases: Case[] = [
  ['nothing', {}, {}],
  ['a role without an end', { assignments: [{ roleId: 'r' }] }, {}],
  ['a role with an end', { assignments: [{ roleId: 'r', until: NOW + 9 }] }, { read: NOW + 9 }],
  [
    'a role with an end and what it includes',
    { assignments: [{ roleId: 'w', until: NOW + 9 }] },
    { read: NOW + 9, write: NOW + 9 },
  ],
  [
    'one of two scopes that another role gives for good',
    { assignments: [{ roleId: 'w', until: NOW + 9 }, { roleId: 'r' }] },
    { write: NOW + 9 },
  ],
  [
    'one scope of two roles with an end each: the later one',
    {
      assignments: [
        { roleId: 'r', until: NOW + 5 },
        { roleId: 'w', until: NOW + 9 },
        { roleId: 'r', until: NOW + 7 },
      ],
    },
    { read: NOW + 9, write: NOW + 9 },
  ],
  ['a role past its end', { assignments: [{ roleId: 'r', until: NOW }] }, {}],
  [
    'a role for one thing, which enters no token',
    {
      assignments: [
        { roleId: 'r', on: { type: 'order', id: '1' } },
        { roleId: 'r', until: NOW + 5 },
      ],
    },
    { read: NOW + 5 },
  ],
  [
    'a role with a condition, which enters no token',
    {
      assignments: [
        { roleId: 'r', when: { equal: [{ context: 'a' }, { value: 1 }] }, until: NOW + 9 },
        { roleId: 'r', until: NOW + 5 },
      ],
    },
    { read: NOW + 5 },
  ],
  ['a role that is gone', { assignments: [{ roleId: 'gone', until: NOW + 5 }] }, {}],
  [
    'what a client has of its own, for good',
    { assignments: [{ roleId: 'w', until: NOW + 5 }], own: { [ORDERS]: ['write'] } },
    { read: NOW + 5 },
  ],
  [
    'a permission of the administration',
    { assignments: [{ roleId: 'a', until: NOW + 5 }] },
    { 'audit:read': NOW + 5 },
    names['@admin'],
  ],
  [
    'what an administrator has for good',
    { assignments: [{ roleId: 'a', until: NOW + 5 }], isAdmin: true },
    {},
    names['@admin'],
  ],
]

it.each(cases)('tells the ends of %s', (_what, rights, ends, identifier = ORDERS) => {
  const whole: Rights = { assignments: [], isAdmin: false, own: {}, ...rights }
  expect(Object.fromEntries(scopeEnds(present, identifier, whole, NOW))).toEqual(ends)
})

it('finds the first end among the scopes of a token, and none where no scope ends', () => {
  const ends = new Map([
    ['read', 9],
    ['write', 5],
  ])
  expect(firstEnd(ends, ['read', 'write', 'other'])).toBe(5)
  expect(firstEnd(ends, ['read'])).toBe(9)
  expect(firstEnd(ends, ['other'])).toBeUndefined()
})
