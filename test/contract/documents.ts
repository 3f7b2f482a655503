import { describe, expect, it } from 'vitest'
import { parallel, type TestStore } from './open-for-test.ts'

export const describeDocuments = (current: () => TestStore): void => {
  const documents = () => current().store.documents

  describe('documents', () => {
    it('starts at version 1 and counts up with every write', async () => {
      expect(await documents().read('roles')).toBeUndefined()
      expect(await documents().write('roles', { a: [1, null, 'x'] }, 0)).toBe(true)
      expect(await documents().read('roles')).toEqual({ value: { a: [1, null, 'x'] }, version: 1 })
      expect(await documents().write('roles', { a: [] }, 1)).toBe(true)
      expect(await documents().read('roles')).toEqual({ value: { a: [] }, version: 2 })
    })

    it('lets one of many first writers win', async () => {
      const won = await parallel(20, (n) => documents().write('keys', { n }, 0))
      expect(won.filter(Boolean)).toHaveLength(1)
      expect(await documents().read('keys')).toEqual({ value: { n: 0 }, version: 1 })
    })

    it('refuses a write that expects another version', async () => {
      await documents().write('roles', { a: 1 }, 0)
      expect(await documents().write('roles', { a: 2 }, 0)).toBe(false)
      expect(await documents().write('roles', { a: 2 }, 2)).toBe(false)
      expect(await documents().write('absent', { a: 2 }, 1)).toBe(false)
      expect(await documents().read('roles')).toEqual({ value: { a: 1 }, version: 1 })
    })

    it('keeps the additions of 20 parallel writers that read again when they lose', async () => {
      await parallel(20, async (n) => {
        for (;;) {
          const read = await documents().read('roles')
          if (await documents().write('roles', { ...read?.value, [`role-${n}`]: n }, read?.version ?? 0))
            return
        }
      })
      const read = await documents().read('roles')
      expect(Object.keys(read?.value ?? {})).toHaveLength(20)
      expect(read?.version).toBe(20)
    })

    it('lists all documents in order of their names', async () => {
      for (const name of ['roles', 'admins', 'keys']) await documents().write(name, { of: name }, 0)
      await documents().write('admins', { of: 'nobody' }, 1)
      expect(await documents().list()).toEqual([
        { name: 'admins', value: { of: 'nobody' }, version: 2 },
        { name: 'keys', value: { of: 'keys' }, version: 1 },
        { name: 'roles', value: { of: 'roles' }, version: 1 },
      ])
    })

    it('is not changed by what a caller does to a document it was given', async () => {
      await documents().write('roles', { list: ['a'] }, 0)
      const given = await documents().read('roles')
      if (given) given.value.list = []
      expect((await documents().read('roles'))?.value).toEqual({ list: ['a'] })
    })
  })
}
