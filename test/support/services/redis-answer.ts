import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** Milliseconds that one question may take. */
const ONE_QUESTION = 1_000

/**
 * Whether a Redis server answers a command with a text that holds what is expected; false if it does not answer.
 *
 * @param command an inline command, such as `CLUSTER INFO`
 */
export const redisSays = (port: number, command: string, expected: RegExp): Promise<boolean> =>
  new Promise((resolve) => {
    let answer = ''
    let fits = false
    const socket = connect(port, '127.0.0.1', () => socket.write(`${command}\r\n`))
    socket.setTimeout(ONE_QUESTION, () => socket.destroy())
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1')
      fits = expected.test(answer)
      // An answer that may have more to say ends by the time limit; an error or a bulk string has been said whole.
      if (fits || isWhole(answer)) socket.destroy()
    })
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(fits))
  })

/** Whether a simple string, an error or a bulk string has come to its end; arrays are left to the time limit. */
const isWhole = (answer: string): boolean => {
  if (!answer.endsWith('\r\n')) return false
  if (answer.startsWith('+') || answer.startsWith('-')) return true
  const [, length] = answer.match(/^\$(\d+)\r\n/) ?? []
  return length !== undefined && answer.length >= Number(length) + length.length + 5
}

/**
 * Waits until a Redis server says what is expected, asking it every 20 ms.
 *
 * @param patience milliseconds
 * @param isLost true if it never will, as its process has ended
 * @returns false if it did not
 */
export const untilRedisSays = async (
  port: number,
  command: string,
  expected: RegExp,
  { patience = 20_000, isLost = () => false }: { patience?: number; isLost?: () => boolean } = {},
): Promise<boolean> => {
  const deadline = Date.now() + patience
  while (!isLost() && Date.now() < deadline) {
    if (await redisSays(port, command, expected)) return true
    await sleep(20)
  }
  return false
}
