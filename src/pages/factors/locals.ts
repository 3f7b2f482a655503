import type { Notice } from '../notice.ts'

/** The form through which a script hands in what a passkey answered. */
export interface PasskeyForm {
  /** Whether a passkey is used or made. */
  ceremony: 'get' | 'create'
  csrf: string
  action: string
  /** Where the script asks for the options of WebAuthn. */
  optionsAction: string
}

/** Who has proved a first factor, and how somebody else starts anew. */
export interface PersonView {
  label: string
  initial: string
  csrf: string
  restartAction: string
}

/** A second factor, as a person chooses between them. */
export type Way = 'totp' | 'passkey' | 'recovery_code'

/** What the pages of second factors and passkeys in a sign-in need. */
export interface FactorLocals {
  'second-factor': {
    notice: Notice | undefined
    person: PersonView
    way: Way
    fault: string | undefined
    csrf: string
    action: string
    passkey: PasskeyForm | undefined
    /** Pages for the other codes that the person has. */
    others: { way: 'totp' | 'recovery_code'; href: string }[]
  }
  enrol: {
    notice: Notice | undefined
    person: PersonView
    /** Inline SVG. */
    qr: string
    /** In groups, for typing. */
    secret: string
    uri: string
    fault: string | undefined
    csrf: string
    action: string
    passkey: PasskeyForm
  }
  'new-codes': {
    codes: string[]
    /** What a sheet of paper says about them. */
    paper: { issuer: string; label: string; date: string }
    csrf: string
    action: string
  }
  'account-app': {
    notice: Notice | undefined
    fault: string | undefined
    qr: string
    secret: string
    uri: string
    action: string
  }
  'account-codes': { codes: string[]; paper: { issuer: string; label: string; date: string }; action: string }
  'account-passkey': {
    notice: Notice | undefined
    fault: string | undefined
    /** What it will be called, unless the person thinks of something better. */
    name: string
    action: string
    optionsAction: string
  }
  'account-passkey-name': {
    notice: Notice | undefined
    fault: string | undefined
    id: string
    name: string
    /** Characters. */
    most: number
    action: string
  }
}
