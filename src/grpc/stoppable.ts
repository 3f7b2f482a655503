import { createServer, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ConnectionInjector } from '@grpc/grpc-js'

export interface StopOptions {
  /** Seconds to go on serving, so that who watches the health notices. */
  delay: number
  /** Seconds for calls under way; then their connections are cut. */
  timeout: number
  /** Others go on to serve the port, so it is healthy all the same. */
  handsOver?: boolean
}

/** Takes no new connections, lets calls under way finish, and resolves when the last connection is gone. */
export type Stop = (options: StopOptions) => Promise<void>

export interface GrpcServer {
  /** Not listening yet. */
  listener: Server
  stop: Stop
}

/**
 * Listens itself and hands each connection to the library, so that a port is opened, shared by workers and closed like
 * the others.
 */
export const stoppable = (
  injector: ConnectionInjector,
  health: { leave(): void; close(): void },
): GrpcServer => {
  const sockets = new Set<Socket>()
  const listener = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    injector.injectConnection(socket)
  })
  return {
    listener,
    async stop({ delay, timeout, handsOver = false }) {
      if (!handsOver) health.leave()
      await sleep(delay * 1000)
      const closed = new Promise<void>((resolve) => listener.close(() => resolve()))
      health.close()
      injector.drain(timeout * 1000)
      // One that has sent nothing yet is none of the library's.
      const end = setTimeout(() => sockets.forEach((socket) => void socket.destroy()), timeout * 1000)
      await closed
      clearTimeout(end)
    },
  }
}
