import type { Member } from './schema-members.ts'

export interface RestAnswer {
  status: string
  /** Of a success. */
  description: string | undefined
  members: Member[]
  /** With the members that each has beside the common ones. */
  problems: { code: string; members: Member[] }[]
}

export interface RestOperation {
  id: string
  method: string
  path: string
  summary: string
  token: 'none' | 'optional' | 'required'
  parameters: Member[]
  body: Member[]
  answers: RestAnswer[]
  curl: string
}

/** What the page about the REST API needs. */
export interface RestLocals {
  'rest-docs': {
    /** Before each path. */
    url: string
    operations: RestOperation[]
    /** Codes that every call may answer, and those that every call with a body may answer beside them. */
    common: { ofAll: string[]; ofBodies: string[] }
    problems: { code: string; title: string }[]
  }
}
