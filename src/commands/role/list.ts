import { ADMIN_ROLE } from '../../domain/access/model.ts'
import type { RoleDraft } from '../../domain/access/role-administration.ts'
import { administration } from '../administration.ts'
import type { Command } from '../command.ts'
import { asJson, show } from '../options.ts'
import { table } from '../table.ts'
import { withFoundation } from '../with-config.ts'

const columns = [
  { title: 'role', text: ({ name }: RoleDraft) => name, width: 32 },
  { title: 'default', text: ({ default: isDefault }: RoleDraft) => (isDefault ? 'yes' : '-') },
  { title: 'includes', text: ({ includes }: RoleDraft) => includes.join(', ') || '-' },
  {
    title: 'permissions',
    text: ({ permissions }: RoleDraft) => Object.values(permissions).flat().join(' ') || '-',
    width: 60,
  },
]

export const listRoles: Command = {
  name: 'role list',
  usage: '[--json]',
  summary: 'show every role; the built-in one, admin, has all of @admin',
  options: asJson,
  run: (given, terminal) =>
    withFoundation(async (foundation) => {
      const { roles: rules } = administration(foundation, { dryRun: true })
      const roles = await Promise.all((await rules.list()).map((role) => rules.draftOf(role)))
      show(given, terminal, { json: { roles, built_in: [ADMIN_ROLE] }, people: table(columns, roles) })
    }),
}
