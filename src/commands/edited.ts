import type { Changed, User } from '../domain/access/edit.ts'
import { faultText } from '../domain/clients/faults.ts'
import { CommandFault } from './command.ts'

const userText = ({ kind, name }: User): string => `  ${kind} ${name}`

/**
 * What an edit of an API or a role made.
 *
 * @param what such as `role "reader"`, for the sentence
 * @throws CommandFault for every other outcome
 */
export const editedValue = <Value>(changed: Changed<Value>, what: string): Value => {
  switch (changed.kind) {
    case 'done':
      return changed.value
    case 'stale':
      throw new CommandFault(`Somebody else changed the ${what} at this moment.`)
    case 'taken':
      throw new CommandFault(`There is a ${what} already, or it is built in.`)
    case 'unknown':
      throw new CommandFault(`There is no ${what} that can be changed.`)
    case 'in_use':
      throw new CommandFault(
        [`The ${what} is in use; --cascade takes it from these:`, ...changed.users.map(userText)].join('\n'),
      )
    case 'faults':
      throw new CommandFault(
        [`The ${what} cannot be like this:`, ...changed.faults.map((fault) => `  ${faultText(fault)}`)].join(
          '\n',
        ),
      )
  }
}
