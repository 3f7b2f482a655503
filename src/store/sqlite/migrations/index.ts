import type { Migration } from '../migrate.ts'
import { initial } from './0001-initial.ts'
import { accountLife } from './0002-account-life.ts'
import { accountRoles } from './0003-account-roles.ts'

/** Every step of the schema, in order; a released one is never changed. */
export const migrations: readonly Migration[] = [initial, accountLife, accountRoles]
