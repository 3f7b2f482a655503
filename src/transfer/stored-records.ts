import type { Patience } from '../domain/patience.ts'
import type { Account, AuditEvent, AuditStore, Consent, Store } from '../domain/ports.ts'
import { type Stored, storedAccount, storedClient, storedDocument } from './records.ts'

/** The ports of everything that lasts. */
export type Durable = Pick<Store, 'documents' | 'clients' | 'accounts' | 'consents' | 'audit'>

const PAGE = 500

async function* paged<Item>(read: (last: Item | undefined) => Promise<Item[]>): AsyncGenerator<Item> {
  let last: Item | undefined
  for (;;) {
    const page = await read(last)
    yield* page
    last = page.at(-1)
    if (page.length < PAGE) return
  }
}

/** The newest first. */
export const storedEvents = (audit: AuditStore, patient: Patience): AsyncGenerator<AuditEvent> =>
  paged((last) => patient(() => audit.list({ limit: PAGE, ...(last && { before: last.id }) })))

/** All durable data, kind by kind, each in the order of its keys; audit the newest first. */
export async function* storedRecords(
  { documents, clients, accounts, consents, audit }: Durable,
  patient: Patience,
): AsyncGenerator<Stored> {
  for (const document of await patient(() => documents.list())) yield storedDocument(document)
  for (const client of await patient(() => clients.list())) yield storedClient(client)
  const accountPages = paged<Account>((last) =>
    patient(() => accounts.list({ limit: PAGE, ...(last && { after: last.emailKey }) })),
  )
  for await (const account of accountPages) yield storedAccount(account)
  const consentPages = paged<Consent>((last) =>
    patient(() => consents.page({ limit: PAGE, ...(last && { after: last }) })),
  )
  for await (const record of consentPages) yield { kind: 'consent', record }
  for await (const record of storedEvents(audit, patient)) yield { kind: 'audit', record }
}
