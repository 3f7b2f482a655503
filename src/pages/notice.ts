/** A message above a form. `code` becomes `data-error`. */
export interface Notice {
  code: string
  title: string
  text: string
  /** One link per field that wants correction. */
  list: { href: string; text: string }[]
}
