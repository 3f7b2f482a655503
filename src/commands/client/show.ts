import { type Command, operand } from '../command.ts'
import { asJson, show } from '../options.ts'
import { clientNamed } from '../people.ts'
import { assignmentText, roleNames, shownClient } from '../shown.ts'
import { fields } from '../table.ts'
import { withFoundation } from '../with-config.ts'

const valueText = (value: unknown): string | string[] => {
  if (Array.isArray(value)) return value.map(String)
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value ?? '-')
}

export const showClient: Command = {
  name: 'client show',
  usage: '<client> [--json]',
  summary: 'show one application; its secret is nowhere to be shown',
  options: asJson,
  operands: ['client'],
  run: (given, terminal) =>
    withFoundation(async (foundation) => {
      const found = await clientNamed(foundation, operand(given))
      const client = shownClient(found, await roleNames(foundation))
      const { roles, ...members } = client
      show(given, terminal, {
        json: client,
        people: fields([
          ...Object.entries(members).map(([name, value]) => [name, valueText(value)] as const),
          ['roles', roles.map(assignmentText)],
        ]),
      })
    }),
}
