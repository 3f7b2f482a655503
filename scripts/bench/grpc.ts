import { join } from 'node:path'
import { Client, credentials, Metadata } from '@grpc/grpc-js'
import { loadSync } from '@grpc/proto-loader'
import { measureChains } from './chain.ts'
import { askersToken, batch, single } from './decisions.ts'
import type { Measured } from './measured.ts'
import type { Load } from './scenarios.ts'

/** Connections; the calls under way share them. */
const CHANNELS = 4
/** A decision as protobuf writes it: `decision = true`. */
const ALLOWED = Buffer.from([0x08, 0x01])

const text = (value: string): object => ({ stringValue: value })

/** The questions over HTTP, as messages. */
const entity = ({ type, id, properties }: (typeof single)['resource']): object => ({
  type,
  id,
  properties: {
    fields: { owner: text(properties.owner), archived: { boolValue: properties.archived } },
  },
})

const messages = {
  Evaluate: { ...single, resource: entity(single.resource) },
  EvaluateBatch: {
    ...batch,
    evaluations: batch.evaluations.map(({ resource }) => ({ resource: entity(resource) })),
  },
}

/** Answers of all decisions, each in its frame where there are several. */
const expected = {
  Evaluate: ALLOWED,
  EvaluateBatch: Buffer.concat(batch.evaluations.map(() => Buffer.from([0x0a, 0x02, ...ALLOWED]))),
}

const methodOf = (name: keyof typeof messages) => {
  const definitions = loadSync('gatehouse/v1/access.proto', {
    includeDirs: [join(import.meta.dirname, '../../proto')],
    keepCase: true,
  })
  const service = definitions['gatehouse.v1.Access']
  const method = service && !('format' in service) ? service[name] : undefined
  if (!method) throw new Error(`access.proto has no ${name}`)
  return method
}

/**
 * Calls by the library that services use, with messages that are made once: what is measured is the server, as far as the
 * library lets it be.
 *
 * @param base address of the server over HTTP, for the token
 */
export const grpcCalls = async (
  base: string,
  port: number,
  name: keyof typeof messages,
  { connections, seconds }: Load,
): Promise<() => Promise<Measured>> => {
  const { path, requestSerialize } = methodOf(name)
  const [message, answer] = [requestSerialize(messages[name]), expected[name]]
  const metadata = new Metadata()
  metadata.set('authorization', `Bearer ${await askersToken(base)}`)
  const clients = Array.from(
    { length: CHANNELS },
    // A pool of its own each: channels to the same address share one otherwise.
    () =>
      new Client(`localhost:${port}`, credentials.createInsecure(), { 'grpc.use_local_subchannel_pool': 1 }),
  )
  const call = (client: Client) => (): Promise<void> =>
    new Promise((resolve, reject) => {
      client.makeUnaryRequest(
        path,
        () => message,
        (bytes) => bytes,
        message,
        metadata,
        (error, bytes) => {
          if (error) reject(error)
          else if (!bytes?.equals(answer)) reject(new Error(`${name} was not allowed`))
          else resolve()
        },
      )
    })
  const chains = Array.from({ length: connections }, (_, at) => clients[at % CHANNELS]).flatMap((client) =>
    client ? [call(client)] : [],
  )
  return () => measureChains(chains, seconds)
}
