import type { Context } from 'koa'
import type { Access } from '../../../domain/access/access.ts'
import type { Assigning } from '../../../domain/access/assigning.ts'
import type { MayAdminister } from '../../../domain/access/may-administer.ts'
import type { ClientAdministration } from '../../../domain/administration/client-administration.ts'
import type { ClientRegistry } from '../../../domain/clients/registry.ts'
import type { AdminParts } from '../parts.ts'

/** What the operations on clients stand on. */
export interface ClientAdminParts extends Pick<AdminParts, 'gate' | 'issuer'> {
  clients: Pick<ClientRegistry, 'registered' | 'allRegistered'>
  administration: ClientAdministration
  access: Pick<Access, 'model'>
  assigning: Assigning
  mayAdminister: MayAdminister
  /** Random, never used before. */
  newClientId(): string
  /** Network address of the client. */
  addressOf(ctx: Context): string
}
