import { readFileSync } from 'node:fs'
import type { Foundation } from '../build.ts'
import { directory } from '../domain/access/directory.ts'
import { parseClient } from '../domain/clients/check.ts'
import { faultText } from '../domain/clients/faults.ts'
import { knownApis } from '../domain/clients/references.ts'
import { type Command, CommandFault, flag, type Given, type Terminal, text, texts } from './command.ts'
import { asJson, dryRun, showChange } from './options.ts'
import { withFoundation } from './with-config.ts'

const fromFile = (path: string): unknown => {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    // The parser's message may repeat a secret of the file.
    throw new CommandFault(`${path} cannot be read as a JSON document.`)
  }
}

/** The members of RFC 7591 that the options stand for. */
const fromOptions = (given: Given): unknown => {
  const { values } = given
  const redirectUris = texts(given, 'redirect-uri')
  const logoutUris = texts(given, 'post-logout-redirect-uri')
  const grantTypes = texts(given, 'grant-type')
  return {
    client_id: text(given, 'id'),
    ...(text(given, 'name') === undefined ? {} : { client_name: text(given, 'name') }),
    ...(redirectUris.length === 0 ? {} : { redirect_uris: redirectUris }),
    ...(logoutUris.length === 0 ? {} : { post_logout_redirect_uris: logoutUris }),
    ...(grantTypes.length === 0 ? {} : { grant_types: grantTypes }),
    ...(values.public === true ? { token_endpoint_auth_method: 'none' } : {}),
    ...(values['first-party'] === true ? { first_party: true } : {}),
  }
}

const create = async (foundation: Foundation, given: Given, terminal: Terminal): Promise<void> => {
  const { config, access, clients, audit } = foundation
  const path = text(given, 'file')
  const others = Object.keys(given.values).filter((name) => !['file', 'json', 'dry-run'].includes(name))
  if (path !== undefined && others.length > 0) {
    throw new CommandFault('The document of --file is the whole client; leave the other options out.')
  }
  const apis = knownApis(directory(await access.model(), access.builtIns))
  const input = path === undefined ? fromOptions(given) : fromFile(path)
  const parsed = parseClient(input, { apis, development: config.development })
  if (parsed.kind === 'faults') {
    const faults = parsed.faults.map((fault) => `  ${faultText(fault)}`)
    throw new CommandFault(['The client cannot be registered:', ...faults].join('\n'))
  }
  const { client_id: id } = parsed.value
  const taken = new CommandFault(`The client id "${id}" is taken.`)
  if (flag(given, 'dry-run')) {
    if ((await clients.registered(id)) || (await foundation.accounts.find(id))) throw taken
    showChange(given, terminal, { json: { client_id: id }, people: `Registered ${id}.\n` })
    return
  }
  const created = await clients.create(parsed.value)
  if (created.kind === 'taken') throw taken
  audit({ type: 'client.created', actor: 'cli', clientId: id })
  const { secret } = created
  showChange(given, terminal, {
    json: { client_id: id, ...(secret === undefined ? {} : { client_secret: secret }) },
    people: `client_id=${id}\n${secret === undefined ? '' : `client_secret=${secret}\n`}`,
  })
}

export const createClient: Command = {
  name: 'client create',
  usage: '--id <id> --redirect-uri <uri> [--public] [--dry-run] [--json]',
  summary: 'register an application; --file takes a whole RFC 7591 document',
  options: {
    id: { type: 'string' },
    name: { type: 'string' },
    'redirect-uri': { type: 'string', multiple: true },
    'post-logout-redirect-uri': { type: 'string', multiple: true },
    'grant-type': { type: 'string', multiple: true },
    public: { type: 'boolean', about: 'it can keep no secret' },
    'first-party': { type: 'boolean', about: 'ours: nobody is asked for consent' },
    file: { type: 'string', about: 'the whole client as JSON, instead of the other options' },
    ...dryRun,
    ...asJson,
  },
  run: (given, terminal) => withFoundation((foundation) => create(foundation, given, terminal)),
}
