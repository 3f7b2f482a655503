/** A command with its arguments, the name in upper case. */
export type Command = readonly [name: string, ...args: string[]]

/** Reads what a client of Redis sends: arrays of bulk strings, in pieces of any size. */
export const commandReader = (): ((chunk: Buffer) => Command[]) => {
  let rest = Buffer.alloc(0)
  return (chunk) => {
    rest = Buffer.concat([rest, chunk])
    const commands: Command[] = []
    for (;;) {
      const read = readCommand(rest)
      if (!read) return commands
      commands.push(read.command)
      rest = rest.subarray(read.end)
    }
  }
}

const readCommand = (buffer: Buffer): { command: Command; end: number } | undefined => {
  const count = readLength(buffer, '*', 0)
  if (!count) return undefined
  const words: string[] = []
  let { end } = count
  for (let n = 0; n < count.value; n += 1) {
    const length = readLength(buffer, '$', end)
    if (!length || buffer.length < length.end + length.value + 2) return undefined
    words.push(buffer.toString('utf8', length.end, length.end + length.value))
    end = length.end + length.value + 2
  }
  const [name = '', ...args] = words
  return { command: [name.toUpperCase(), ...args], end }
}

const readLength = (
  buffer: Buffer,
  mark: string,
  from: number,
): { value: number; end: number } | undefined => {
  const end = buffer.indexOf('\r\n', from)
  if (end < 0) return undefined
  const line = buffer.toString('latin1', from, end)
  if (!line.startsWith(mark)) throw new Error(`not a command of the Redis protocol: ${line}`)
  return { value: Number(line.slice(1)), end: end + 2 }
}
