const DEFAULT_DATABASE = 'gatehouse'

/** The database that a `mongodb:` URL names by its path; `gatehouse` where it names none. */
export const databaseOf = (url: string): string => {
  const path = /^[a-z+]+:\/\/[^/?]*\/([^?]*)/.exec(url)?.[1]
  return path === undefined || path === '' ? DEFAULT_DATABASE : decodeURIComponent(path)
}

/** Hosts and ports of a `mongodb:` URL, without user, password and options. */
export const hostsOf = (url: string): string => {
  const authority = /^[a-z+]+:\/\/([^/?]*)/.exec(url)?.[1] ?? ''
  return authority.slice(authority.lastIndexOf('@') + 1)
}
