/** Prints a row: its name, and figures under each other. */
export const print = (...cells: string[]): void => {
  process.stdout.write(
    `${cells.map((cell, column) => (column ? cell.padStart(10) : cell.padEnd(30))).join('')}\n`,
  )
}
