/** @param milliseconds since the epoch */
export const time = (milliseconds: number): string => new Date(milliseconds).toISOString()

/** A member that is left out where there is no such time. */
export const timeMember = <Name extends string>(
  name: Name,
  milliseconds: number | undefined,
): { [Member in Name]?: string } => {
  const member: { [Member in Name]?: string } = {}
  if (milliseconds !== undefined) member[name] = time(milliseconds)
  return member
}
