import { join } from 'node:path'
import { type AnyDefinition, loadSync, type ServiceDefinition } from '@grpc/proto-loader'

const FOLDER = join(import.meta.dirname, '../../proto')
const FILES = [
  'gatehouse/v1/access.proto',
  'gatehouse/v1/accounts.proto',
  'gatehouse/v1/tokens.proto',
  'grpc/health/v1/health.proto',
]

/** The services by their full names; members of messages are named as in the files, and what was not sent is not there. */
export const loadServices = (): ReadonlyMap<string, ServiceDefinition> => {
  const definitions = loadSync(FILES, {
    includeDirs: [FOLDER],
    keepCase: true,
    arrays: true,
    oneofs: true,
    enums: String,
    longs: Number,
  })
  return new Map(Object.entries(definitions).filter((entry) => isService(entry)))
}

const isService = (entry: [string, AnyDefinition]): entry is [string, ServiceDefinition] =>
  !('format' in entry[1])
