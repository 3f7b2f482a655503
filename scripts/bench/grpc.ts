import { join } from 'node:path'
import { Client, credentials, Metadata } from '@grpc/grpc-js'
import { loadSync } from '@grpc/proto-loader'
import { measureChains } from './chain.ts'
import { askersToken, batch, single } from './decisions.ts'
import { measureGrpc } from './h2load.ts'
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

export interface GrpcLoad {
  /** By a light generator. */
  generated: () => Promise<Measured>
  /** By the library, as a service in Node calls; it takes more than the server does. */
  byLibrary: () => Promise<Measured>
}

/**
 * Calls of one method with a message that is made once, after one look at what it answers.
 *
 * @param base address of the server over HTTP, for the token
 */
export const grpcLoad = async (
  base: string,
  port: number,
  name: keyof typeof messages,
  load: Load,
): Promise<GrpcLoad> => {
  const { path, requestSerialize } = methodOf(name)
  const message = requestSerialize(messages[name])
  const token = await askersToken(base)
  const calls = Array.from({ length: CHANNELS }, () => callOf(port, { path, token, message, name }))
  const [first] = calls
  await first?.()
  const chains = Array.from({ length: load.connections }, (_, at) => calls[at % CHANNELS] ?? first)
  return {
    generated: () => measureGrpc({ port, path, token, message }, load),
    byLibrary: () =>
      measureChains(
        chains.flatMap((call) => call ?? []),
        load.seconds,
      ),
  }
}

interface Call {
  path: string
  token: string
  message: Buffer
  name: keyof typeof messages
}

/** Calls over a connection of its own; rejects unless all is allowed. */
const callOf = (port: number, { path, token, message, name }: Call): (() => Promise<void>) => {
  const metadata = new Metadata()
  metadata.set('authorization', `Bearer ${token}`)
  // Clients of one address share a connection otherwise.
  const options = { 'grpc.use_local_subchannel_pool': 1 }
  const client = new Client(`localhost:${port}`, credentials.createInsecure(), options)
  return () =>
    new Promise((resolve, reject) => {
      client.makeUnaryRequest(
        path,
        () => message,
        (bytes) => bytes,
        message,
        metadata,
        (error, bytes) => {
          if (error) reject(error)
          else if (!bytes?.equals(expected[name])) reject(new Error(`${name} was not allowed`))
          else resolve()
        },
      )
    })
}
