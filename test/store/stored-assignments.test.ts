import { expect, it } from 'vitest'
import type { Condition } from '../../src/domain/access/condition.ts'
import { assignmentFrom } from '../../src/store/stored-assignments.ts'

const own: Condition = { equal: [{ resource: 'owner' }, { subject: 'id' }] }
const stored = (): unknown => ({ roleId: 'r', on: { type: 'record', id: '1' }, until: 7, when: own })
/** As a driver reads it. */
const read = (value: unknown) => assignmentFrom(JSON.parse(JSON.stringify(value)))

it('reads what was stored, and nothing more than that', () => {
  expect(read(stored())).toEqual(stored())
  expect(Object.keys(read({ roleId: 'r', more: 1 }))).toEqual(['roleId'])
})

it('holds equal conditions once, frozen to the last member', () => {
  const [one, other] = [read(stored()), read(stored())]
  expect(one.when).toBe(other.when)
  expect(() => Object.assign(one.when ?? {}, { not: own })).toThrow(TypeError)
  expect(() => Object.assign(one.on ?? {}, { id: '2' })).toThrow(TypeError)
})

it.each([
  null,
  'reader',
  [],
  { roleId: 7 },
  { roleId: 'r', on: 'record' },
  { roleId: 'r', on: { type: 'record' } },
  { roleId: 'r', until: '2027-01-01T00:00:00Z' },
  { roleId: 'r', when: null },
  { roleId: 'r', when: {} },
  { roleId: 'r', when: { ...own, any: [] } },
  { roleId: 'r', when: { equal: [{ resource: 'owner' }] } },
])('takes %j for none: a damaged assignment must not become a wider one', (damaged) => {
  expect(() => read(damaged)).toThrow()
})
