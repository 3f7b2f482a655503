import { describe, expect, it } from 'vitest'
import { Condition, evaluate } from '../../../src/domain/access/condition.ts'

const properties = {
  subject: { id: 'kim', department: 'sales', groups: ['a', 'b'], level: 3 },
  resource: { owner: 'kim', archived: false, department: 'sales' },
  context: { network: 'office' },
}
const evaluated = (condition: unknown) => evaluate(Condition.parse(condition), properties)
const archived = { equal: [{ resource: 'archived' }, { value: true }] }
const absent = { equal: [{ resource: 'color' }, { value: 'red' }] }

describe('a condition', () => {
  it.each([
    ['two properties', { equal: [{ resource: 'owner' }, { subject: 'id' }] }, 'true'],
    ['a property and a value', { equal: [{ subject: 'department' }, { value: 'law' }] }, 'false'],
    ['a number and a text', { equal: [{ subject: 'level' }, { value: '3' }] }, 'false'],
    ['a list and a text', { equal: [{ subject: 'groups' }, { value: 'a' }] }, 'unknown'],
    ['a missing property', absent, 'unknown'],
    ['a name that every object has', { equal: [{ subject: 'constructor' }, { value: 'x' }] }, 'unknown'],
    ['two missing properties', { equal: [{ subject: 'x' }, { resource: 'x' }] }, 'unknown'],
  ])('compares %s', (_, condition, truth) => {
    expect(evaluated(condition)).toBe(truth)
  })

  it.each([
    ['is in a list', { in: [{ value: 'b' }, { subject: 'groups' }] }, 'true'],
    ['is not in a list', { in: [{ context: 'network' }, { value: ['home', 'road'] }] }, 'false'],
    ['is looked for in no list', { in: [{ value: 'b' }, { subject: 'department' }] }, 'unknown'],
    ['is looked for in nothing', { in: [{ value: 'b' }, { subject: 'nothing' }] }, 'unknown'],
  ])('tells whether something %s', (_, condition, truth) => {
    expect(evaluated(condition)).toBe(truth)
  })

  it('holds for no missing property, negated or not', () => {
    expect(evaluated({ not: archived })).toBe('true')
    expect(evaluated({ not: absent })).toBe('unknown')
    expect(evaluated({ any: [absent, { not: archived }] })).toBe('true')
    expect(evaluated({ any: [absent, archived] })).toBe('unknown')
    expect(evaluated({ all: [absent, { not: archived }] })).toBe('unknown')
    expect(evaluated({ all: [absent, archived] })).toBe('false')
  })
})

describe('what is no condition', () => {
  const deep = (depth: number): unknown => (depth === 0 ? archived : { not: deep(depth - 1) })

  it.each([
    ['code', 'subject.id === resource.owner'],
    ['an empty one', {}],
    ['two in one', { ...archived, not: archived }],
    ['an unknown comparison', { greater: [{ value: 1 }, { value: 2 }] }],
    ['a prototype', JSON.parse('{ "__proto__": { "all": [] } }')],
    ['an empty list of parts', { all: [] }],
    ['three sides', { equal: [{ value: 1 }, { value: 1 }, { value: 1 }] }],
    ['an unknown source', { equal: [{ header: 'x' }, { value: 1 }] }],
    ['an object as a value', { equal: [{ value: { $ne: 1 } }, { value: 1 }] }],
    ['a value without end', { equal: [{ value: 'x'.repeat(257) }, { value: 1 }] }],
    ['a tower', deep(200)],
    ['a bottomless tower', deep(5_000)],
  ])('is refused: %s', (_, value) => {
    expect(Condition.safeParse(value).success).toBe(false)
  })
})
