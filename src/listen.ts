import { once } from 'node:events'
import type { Server } from 'node:http'

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
export const listen = async (
  server: Server,
  { name, host, port }: { name: 'PORT' | 'MANAGEMENT_PORT'; host: string; port: number },
): Promise<Server> => {
  try {
    server.listen(port, host)
    await once(server, 'listening')
    return server
  } catch (cause) {
    throw new ListenFault(`${name}: cannot listen on ${host}, port ${port}: ${reasonOf(cause)}`, { cause })
  }
}
