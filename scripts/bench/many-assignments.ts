import { join } from 'node:path'
import { type Foundation, openFoundation } from '../../src/build.ts'
import { loadConfig } from '../../src/config.ts'
import type { Assignment } from '../../src/domain/ports.ts'
import { api, ownAndLiving, write } from './subject.ts'

/** Assignments of each account: a shelf's worth of single records, some of them under a condition or until a date. */
export const EACH = 20
const IN_FLIGHT = 50
const FAR = Date.parse('2100-01-01T00:00:00Z')

const subOf = (at: number): string => `holder-${at}`
const recordOf = (at: number, nth: number): string => `record-${at}-${nth}`

const assignmentsOf = (at: number, editor: string): Assignment[] =>
  Array.from({ length: EACH }, (_, nth) => ({
    roleId: editor,
    on: { type: 'record', id: recordOf(at, nth) },
    ...(nth % 4 === 1 && { until: FAR }),
    ...(nth % 4 === 3 && { when: ownAndLiving }),
  }))

/** A question that the last of the holder's assignments answers, a condition included: allowed. */
export const questionAbout = (at: number): object => ({
  subject: { type: 'user', id: subOf(at) },
  action: { name: write },
  resource: {
    type: 'record',
    id: recordOf(at, EACH - 1),
    properties: { owner: subOf(at), archived: false },
  },
})

const fill = async ({ access, accounts }: Foundation, holders: number): Promise<void> => {
  const editor = (await access.model()).roles.find(({ permissions }) =>
    permissions[api.identifier]?.includes(write),
  )
  if (!editor) throw new Error('the seed has no editor')
  let next = 0
  const worker = async (): Promise<void> => {
    for (let at = next++; at < holders; at = next++) {
      const email = `${subOf(at)}@example.com`
      const made = await accounts.create({
        sub: subOf(at),
        email,
        emailKey: email,
        emailVerified: true,
        roleIds: [],
        assignments: assignmentsOf(at, editor.id),
      })
      if (made.kind === 'taken') throw new Error(`${email} is there already`)
    }
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker))
}

/**
 * Gives a running server accounts with assignments, `EACH` for each, as a command does beside it.
 *
 * @param settings those that it was started with beside its folder
 */
export const giveAssignments = async (
  server: { base: string; folder: string },
  holders: number,
  settings: Record<string, string>,
): Promise<void> => {
  const place = { DATA_DIR: join(server.folder, 'data'), KEYS_DIR: join(server.folder, 'keys') }
  const foundation = await openFoundation(loadConfig({ ISSUER: server.base, ...place, ...settings }), 'cli')
  try {
    await fill(foundation, holders)
  } finally {
    await foundation.close()
  }
}
