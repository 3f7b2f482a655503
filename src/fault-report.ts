/** Errors whose message is a sentence for the operator; anything else is a defect and shows its stack. */
const SENTENCES: readonly string[] = [
  'CertificateFault',
  'CommandFault',
  'ConfigFault',
  'KeyFileFault',
  'ListenFault',
  'SeedFault',
  'SigningKeyFault',
  'StartFault',
]

/** What the operator reads when the server or a command cannot do its work. */
export const faultReport = (error: unknown): string => {
  if (!(error instanceof Error)) return `${error}\n`
  return `${SENTENCES.includes(error.name) ? error.message : (error.stack ?? error.message)}\n`
}
