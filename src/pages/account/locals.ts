import type { PersonView } from '../factors/locals.ts'
import type { Notice } from '../notice.ts'

/** A moment as a page shows it. */
export interface Moment {
  /** ISO 8601, UTC. */
  at: string
  text: string
}

/** An event of the security log. */
export interface ActivityView {
  text: string
  moment: Moment
  /** Application, device and network address, as far as they are known. */
  from: string[]
}

/** A session of the person. */
export interface DeviceView {
  id: string
  name: string
  icon: 'computer' | 'phone' | 'tablet' | 'program'
  /** The one in which the page is seen. */
  isHere: boolean
  /** Signed in by the REST API. */
  isProgram: boolean
  address: string | undefined
  started: Moment
  lastUsed: Moment
}

/** An application that may use the account. */
export interface ApplicationView {
  clientId: string
  /** Made safe to show, like the host. */
  name: string
  initial: string
  host: string
  unverified: boolean
  scopes: { scope: string; summary: string }[]
  /** Undefined: it was never asked for. */
  since: Moment | undefined
  lastUsed: Moment | undefined
}

interface Failed {
  notice: Notice | undefined
  /** By field. */
  faults: Readonly<Record<string, string>>
}

/** What the pages of the account console need. */
export interface AccountLocals {
  'account-signed-out': { reason: 'cancelled' | 'failed' }
  'account-overview': {
    name: string | undefined
    email: string
    isEmailVerified: boolean
    mailReady: boolean
    language: string
    memberSince: Moment
    hasPassword: boolean
    passwordChanged: Moment | undefined
    hasApp: boolean
    passkeys: number
    /** Undefined: there are none to run out. */
    recoveryCodes: number | undefined
  }
  'account-profile': Failed & {
    name: string
    languages: { locale: string; name: string; isChosen: boolean }[]
  }
  'account-email': Failed & { email: string; present: string; mailReady: boolean }
  'account-password': Failed & { email: string; hasPassword: boolean; minLength: number }
  'account-security': {
    hasPassword: boolean
    passwordChanged: Moment | undefined
    panels: { part: string; view: object }[]
  }
  'account-devices': {
    devices: DeviceView[]
    /** Others than this one, also on further pages. */
    hasOthers: boolean
    isFirst: boolean
    nextPath: string | undefined
  }
  'account-everywhere': Record<never, never>
  'account-applications': {
    applications: ApplicationView[]
    isFirst: boolean
    nextPath: string | undefined
  }
  'account-activity': { events: ActivityView[]; isFirst: boolean; olderPath: string | undefined }
  'account-leave': Failed & { confirm: string; email: string; days: number }
  'account-left': { days: number }
  restore: {
    notice: Notice | undefined
    person: PersonView
    /** Undefined: the time has come. */
    due: Moment | undefined
    csrf: string
    action: string
    cancelAction: string
  }
  'account-restore': { csrf: string; token: string; email: string; due: Moment }
  'account-restore-over': Record<never, never>
  'account-restored': Record<never, never>
}
