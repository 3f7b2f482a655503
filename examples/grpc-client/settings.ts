import { fileURLToPath } from 'node:url'

const { env } = process
const issuer = env.ISSUER ?? 'http://localhost:3000'

/** Everything that changes between machines; the defaults fit a Gatehouse beside it with `GRPC_PORT=50051`. */
export const settings = {
  issuer,
  address: env.GRPC_ADDRESS ?? 'localhost:50051',
  /** PEM file of who has signed the server's certificate; unset: plain text. */
  caFile: env.GRPC_CA,
  /** Folder with `gatehouse/v1/access.proto`. */
  protoFolder: env.PROTO ?? fileURLToPath(new URL('../../proto/', import.meta.url)),
  clientId: env.CLIENT_ID ?? 'records-service',
  clientSecret: env.CLIENT_SECRET ?? 'the-secret-of-the-records-service',
}

export type Settings = typeof settings
