export interface Column<Row> {
  title: string
  text(row: Row): string
  /** Characters at most; without it 40. */
  width?: number
}

const WIDEST = 40
/** As long as a terminal can show in a few lines. */
const LONGEST_VALUE = 2000

/** What a stranger chose must neither move the cursor nor turn the line about. */
export const printable = (text: string): string => text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '\ufffd')

const cut = (text: string, width: number): string => {
  const characters = [...printable(text)]
  return characters.length <= width ? characters.join('') : `${characters.slice(0, width - 1).join('')}…`
}

const lengthOf = (text: string): number => [...text].length

const padded = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - lengthOf(text)))

/** Rows below titles, each column as wide as it needs and no wider than it may be. */
export const table = <Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string => {
  if (rows.length === 0) return 'There are none.\n'
  const cells = [
    columns.map(({ title }) => title.toUpperCase()),
    ...rows.map((row) => columns.map(({ text, width = WIDEST }) => cut(text(row), width))),
  ]
  const widths = columns.map((_, index) => Math.max(...cells.map((line) => lengthOf(line[index] ?? ''))))
  return cells
    .map(
      (line) =>
        `${line
          .map((cell, index) => padded(cell, widths[index] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('')
}

/** Names and values of one thing, a line each; a list has a line for each of its members. */
export const fields = (entries: readonly (readonly [string, string | readonly string[]])[]): string => {
  const width = Math.max(...entries.map(([name]) => name.length)) + 2
  const line = (name: string, value: string): string =>
    `${`${name.padEnd(width)}${cut(value, LONGEST_VALUE)}`.trimEnd()}\n`
  return entries
    .flatMap(([name, value]) => {
      if (typeof value === 'string') return [line(name, value)]
      const [first = '-', ...others] = value
      return [line(name, first), ...others.map((other) => line('', other))]
    })
    .join('')
}
