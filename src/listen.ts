import { once } from 'node:events'
import type { Server } from 'node:net'

/** A port cannot be listened on; the message is a sentence for the operator. */
class ListenFault extends Error {
  override readonly name = 'ListenFault'
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program listens there; stop it, or choose another port',
  EADDRNOTAVAIL: 'this machine has no such address',
  EACCES: 'the system allows that to privileged users only',
  ENOTFOUND: 'there is no such host',
}

const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error)
  const code = 'code' in error ? String(error.code) : ''
  return reasons[code] ?? error.message
}

/**
 * Listens.
 *
 * @param name the setting of the port
 * @throws ListenFault that names the setting
 */
export const listen = async <Listener extends Server>(
  server: Listener,
  { name, host, port }: { name: 'PORT' | 'MANAGEMENT_PORT' | 'GRPC_PORT'; host: string; port: number },
): Promise<Listener> => {
  try {
    server.listen(port, host)
    await once(server, 'listening')
    return server
  } catch (cause) {
    throw new ListenFault(`${name}: cannot listen on ${host}, port ${port}: ${reasonOf(cause)}`, { cause })
  }
}

/** Listens for gRPC as well, where there is such a service. */
export const listenGrpc = async (
  { grpc }: { grpc: { listener: Server } | undefined },
  settings: { listen: { host: string }; grpc: { port: number } | undefined },
): Promise<void> => {
  if (!grpc || !settings.grpc) return
  const { port } = settings.grpc
  await listen(grpc.listener, { name: 'GRPC_PORT', host: settings.listen.host, port })
}
