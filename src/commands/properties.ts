import { type CommandOption, type Given, texts, UsageFault } from './command.ts'

export const propertyOption = {
  type: 'string',
  multiple: true,
  value: 'name=value',
} as const satisfies CommandOption

/** What JSON has beside text; all else is text. */
const JSON_VALUE = /^(true|false|-?(0|[1-9]\d*)(\.\d+)?|".*"|\[.*\])$/s

const parsedValue = (value: string): unknown => {
  if (!JSON_VALUE.test(value)) return value
  try {
    return JSON.parse(value)
  } catch {
    return value
  }
}

/** Properties such as `owner=kim`, `archived=false`, `tags=["a","b"]`. */
export const propertiesOf = (given: Given, option: string): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    texts(given, option).map((pair) => {
      const at = pair.indexOf('=')
      if (at > 0) return [pair.slice(0, at), parsedValue(pair.slice(at + 1))] as const
      throw new UsageFault(`--${option} "${pair}": wanted a name and a value, such as owner=kim`)
    }),
  )
