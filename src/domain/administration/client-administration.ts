import type { Access } from '../access/access.ts'
import { type Actor, actorName } from '../access/actor.ts'
import { adminPermissionsOf } from '../access/may-administer.ts'
import { parseClient } from '../clients/check.ts'
import type { Fault } from '../clients/faults.ts'
import { type Client, type ClientInput, completed } from '../clients/metadata.ts'
import { knownApis } from '../clients/references.ts'
import type { ClientRegistry } from '../clients/registry.ts'
import type { ClientReplaced, RegisteredClient } from '../clients/replacing.ts'
import type { ClientCreated, SecretRotated } from '../clients/writes.ts'
import type { Audit, JsonObject } from '../ports.ts'

export interface ClientAdministrationParts {
  access: Pick<Access, 'directory' | 'builtIns'>
  clients: Pick<ClientRegistry, 'create' | 'replace' | 'rotateSecret' | 'setDisabled' | 'remove'>
  audit: Audit
  development: boolean
}

export type ClientRefused =
  | { kind: 'faults'; faults: Fault[] }
  /** It would have permissions of the administration that the actor does not have. */
  | { kind: 'beyond' }

/** Network address of who asks, and who it is. */
export interface By {
  actor: Actor
  address: string
}

/**
 * Changes the registered clients; each change is written down. Nobody makes a client of more of `@admin` than they have
 * themselves, neither for itself nor to ask of people. The methods reject with the refusal `store_unavailable`.
 */
export interface ClientAdministration {
  create(by: By, input: ClientInput): Promise<ClientCreated | ClientRefused>
  replace(
    by: By,
    input: ClientInput,
    isExpected: (present: RegisteredClient) => boolean,
  ): Promise<ClientReplaced | ClientRefused>
  /** @param overlap seconds for which the present secret is accepted beside the new one */
  rotateSecret(by: By, clientId: string, overlap: number): Promise<SecretRotated>
  /** False if there is no such client. */
  setDisabled(by: By, clientId: string, disabled: boolean): Promise<boolean>
  remove(by: By, clientId: string): Promise<boolean>
}

export const clientAdministration = (parts: ClientAdministrationParts): ClientAdministration => {
  const { clients } = parts

  const report = (
    type: 'client.created' | 'client.changed' | 'client.removed',
    { actor, address }: By,
    clientId: string,
    detail: JsonObject,
  ): void => parts.audit({ type, actor: actorName(actor), clientId, address, detail })

  return {
    async create(by, input) {
      const refused = await refusalOf(parts, by, input)
      if (refused) return refused
      const created = await clients.create(input)
      if (created.kind === 'created')
        report('client.created', by, input.client_id, { before: null, after: jsonOf(created.client) })
      return created
    },
    async replace(by, input, isExpected) {
      const refused = await refusalOf(parts, by, input)
      if (refused) return refused
      const replaced = await clients.replace(input, isExpected)
      if (replaced.kind === 'replaced') {
        const { before, after } = replaced
        const detail = { before: jsonOf(before), after: jsonOf(after.client) }
        report('client.changed', by, input.client_id, detail)
      }
      return replaced
    },
    async rotateSecret(by, clientId, overlap) {
      const rotated = await clients.rotateSecret(clientId, { overlap })
      if (rotated.kind === 'rotated') report('client.changed', by, clientId, { secret: 'rotated', overlap })
      return rotated
    },
    async setDisabled(by, clientId, disabled) {
      const isThere = await clients.setDisabled(clientId, disabled)
      if (isThere) report('client.changed', by, clientId, { disabled })
      return isThere
    },
    async remove(by, clientId) {
      const existed = await clients.remove(clientId)
      if (existed) report('client.removed', by, clientId, {})
      return existed
    },
  }
}

/** Metadata has no secret; its own members are not told apart from those of JSON. */
const jsonOf = (client: Client): JsonObject => JSON.parse(JSON.stringify(client))

const refusalOf = async (
  { access, development }: ClientAdministrationParts,
  { actor }: By,
  input: ClientInput,
): Promise<ClientRefused | undefined> => {
  const directory = await access.directory()
  const parsed = parseClient(input, { apis: knownApis(directory), development })
  if (parsed.kind === 'faults') return parsed
  const wanted = adminPermissionsOf(completed(parsed.value), directory, access.builtIns['@admin'])
  return wanted.every((permission) => actor.permissions.has(permission)) ? undefined : { kind: 'beyond' }
}
