import { type Fault, type Parsed, parsePart } from './faults.ts'
import { type Client, ClientInput, completed } from './metadata.ts'
import { type KnownApis, referenceFaults } from './references.ts'
import { rules } from './rules.ts'
import { suits } from './uris.ts'

export interface ClientContext {
  /** The registered client that the input changes. */
  present?: Client | undefined
  apis: KnownApis
  development: boolean
}

/** Parses a client that is to be registered, with every fault at once. */
export const parseClient = (input: unknown, context: ClientContext): Parsed<ClientInput> => {
  const parsed = parsePart(ClientInput, input)
  if (parsed.kind === 'faults') return parsed
  const faults = clientFaults(parsed.value, context)
  return faults.length === 0 ? parsed : { kind: 'faults', faults }
}

/** What is wrong with the members of a client together, and with what they refer to. */
export const clientFaults = (input: ClientInput, { present, apis, development }: ClientContext): Fault[] => {
  const client = completed(input, present)
  return [
    ...rules
      .filter(({ isBroken }) => isBroken(client, input))
      .map(({ member, wanted }) => ({ path: [member], wanted })),
    ...kindFaults(client),
    ...secretFaults(input.client_secret, development),
    ...referenceFaults(client, apis),
  ]
}

const wantedOf: Readonly<Record<Client['application_type'], string>> = {
  web: 'wanted http or https; a private-use scheme is for application_type native',
  native: 'wanted https on a host that is not a loopback one; there, http is for application_type native',
}

/** Redirect URIs that are not for this type of application. */
const kindFaults = (client: Client): Fault[] =>
  (['redirect_uris', 'post_logout_redirect_uris'] as const).flatMap((member) =>
    client[member].flatMap((uri, index) =>
      suits(uri, client.application_type)
        ? []
        : [{ path: [member, index], wanted: wantedOf[client.application_type] }],
    ),
  )

const SHORTEST = 16
const SHORTEST_IN_PRODUCTION = 32
const FEWEST_DISTINCT = 8
const SAMPLE = /change.?me|sample|example|placeholder|your[-_ ]/i

/** N-10, R-25: the keyed hash that is stored protects a secret only as far as nobody can guess it. */
const secretFaults = (secret: string | undefined, development: boolean): Fault[] => {
  if (secret === undefined) return []
  const shortest = development ? SHORTEST : SHORTEST_IN_PRODUCTION
  const isSample = !development && (SAMPLE.test(secret) || new Set(secret).size < FEWEST_DISTINCT)
  if (secret.length >= shortest && !isSample) return []
  return [{ path: ['client_secret'], wanted: `wanted at least ${shortest} random characters, and no sample` }]
}
