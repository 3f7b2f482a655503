import type { Member } from './schema-members.ts'

/** What stands in an example for a member, by its name. */
const EXAMPLES: Readonly<Record<string, string>> = {
  email: 'kim@example.com',
  password: 'amber lantern on the quay',
  name: 'Kim',
  code: '123456',
}

const NUMERIC = /^(integer|number)/

const exampleOf = ({ name, type }: Member): unknown => {
  if (NUMERIC.test(type)) return 1
  if (type === 'boolean') return true
  if (type.endsWith('[]')) return []
  const [literal] = /^"[^"]*"/.exec(type) ?? []
  if (literal !== undefined) return JSON.parse(literal)
  return EXAMPLES[name] ?? '…'
}

/** For a shell: whatever is in it stays one word. */
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

/**
 * A call that can be pasted into a shell.
 *
 * @param call.members those of the body; only the required ones that are no part of another
 */
export const curlExample = (call: {
  method: string
  url: string
  hasToken: boolean
  members: readonly Member[] | undefined
}): string => {
  const body = call.members
    ?.filter(({ name, isRequired }) => isRequired && !/[.[]/.test(name))
    .map((member) => [member.name, exampleOf(member)] as const)
  return [
    `curl${call.method === 'GET' ? '' : ` -X ${call.method}`} ${quoted(call.url)}`,
    ...(call.hasToken ? [`  -H "authorization: Bearer $ACCESS_TOKEN"`] : []),
    ...(body
      ? [`  -H 'content-type: application/json'`, `  -d ${quoted(JSON.stringify(Object.fromEntries(body)))}`]
      : []),
  ].join(' \\\n')
}
