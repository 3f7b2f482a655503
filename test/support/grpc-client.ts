import { join } from 'node:path'
import {
  type ChannelCredentials,
  type ChannelOptions,
  Client,
  credentials,
  Metadata,
  type ServiceError,
  status,
} from '@grpc/grpc-js'
import { loadSync, type MethodDefinition } from '@grpc/proto-loader'

/** How a call ended. */
export interface GrpcAnswer {
  /** Name of the status. */
  code: string
  details: string
  /** Empty where there is no answer. */
  body: Record<string, unknown>
  trailers: Metadata
}

export interface GrpcCallOptions {
  token?: string
  metadata?: Record<string, string>
  /** Milliseconds from now. */
  deadline?: number
  signal?: AbortSignal
}

/** What a program does with the files in `proto/`. */
export interface GrpcClient {
  /** @param method such as `gatehouse.v1.Access/Evaluate` */
  call(method: string, request: object, options?: GrpcCallOptions): Promise<GrpcAnswer>
  /** Sends bytes in place of a message. */
  raw(method: string, bytes: Buffer, options?: GrpcCallOptions): Promise<GrpcAnswer>
  /** What a method that goes on says; rejects never. */
  stream(method: string, request: object): { messages: unknown[]; ended: Promise<string>; cancel(): void }
  close(): void
}

const definitions = loadSync(
  ['access', 'accounts', 'tokens']
    .map((name) => `gatehouse/v1/${name}.proto`)
    .concat('grpc/health/v1/health.proto'),
  {
    includeDirs: [join(import.meta.dirname, '../../proto')],
    keepCase: true,
    defaults: true,
    enums: String,
    longs: Number,
  },
)

const methodOf = (full: string): MethodDefinition<object, object> => {
  const [service = '', name = ''] = full.split('/')
  const definition = definitions[service]
  if (!definition || 'format' in definition || !definition[name]) throw new Error(`there is no ${full}`)
  return definition[name]
}

const metadataOf = ({ token, metadata = {} }: GrpcCallOptions): Metadata => {
  const made = new Metadata()
  if (token !== undefined) made.set('authorization', `Bearer ${token}`)
  for (const [name, value] of Object.entries(metadata)) made.set(name, value)
  return made
}

/** @param port on this machine */
export const grpcClient = (
  port: number,
  security: ChannelCredentials = credentials.createInsecure(),
  options: ChannelOptions = {},
): GrpcClient => {
  const client = new Client(`localhost:${port}`, security, options)
  const unary = (
    path: string,
    { serialize, deserialize }: { serialize: () => Buffer; deserialize: (bytes: Buffer) => object },
    options: GrpcCallOptions,
  ): Promise<GrpcAnswer> =>
    new Promise((resolve) => {
      const settings = options.deadline === undefined ? {} : { deadline: Date.now() + options.deadline }
      let [error, body]: [ServiceError | null, object] = [null, {}]
      const call = client.makeUnaryRequest(
        path,
        serialize,
        deserialize,
        {},
        metadataOf(options),
        settings,
        (fault, answer) => {
          error = fault
          body = answer ?? {}
        },
      )
      call.on('status', ({ code, details, metadata }) =>
        setImmediate(() =>
          resolve({
            code: status[code] ?? '',
            details: error?.details ?? details,
            body: { ...body },
            trailers: metadata,
          }),
        ),
      )
      options.signal?.addEventListener('abort', () => call.cancel())
    })
  return {
    call(method, request, options = {}) {
      const { path, requestSerialize, responseDeserialize } = methodOf(method)
      return unary(
        path,
        { serialize: () => requestSerialize(request), deserialize: responseDeserialize },
        options,
      )
    },
    raw: (method, bytes, options = {}) =>
      unary(`/${method}`, { serialize: () => bytes, deserialize: () => ({}) }, options),
    stream(method, request) {
      const { path, requestSerialize, responseDeserialize } = methodOf(method)
      const stream = client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, request)
      const messages: unknown[] = []
      stream.on('data', (message: unknown) => messages.push(message))
      stream.on('error', () => undefined)
      const ended = new Promise<string>((resolve) =>
        stream.on('status', ({ code }) => resolve(status[code] ?? '')),
      )
      return { messages, ended, cancel: () => stream.cancel() }
    },
    close: () => client.close(),
  }
}
