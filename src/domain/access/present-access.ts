import type { Access } from './access.ts'

/**
 * The same rules, whose model, directory and admins are what the store holds at this moment, also when another process has just
 * changed it: for who administers, and reads what they have written through whatever process they reach. Each costs a
 * read of the store.
 */
export const presentAccess = (access: Access): Access => {
  // An edit that changes nothing is a read, and brings the memory up to date.
  const model: Access['model'] = () => access.change((present) => present)
  return {
    ...access,
    model,
    // What an edit that changes nothing reads.
    admins: async () => (await access.changeAdmins((present) => present)).subs.toSorted(),
    async directory() {
      await model()
      return access.directory()
    },
    async explain(subject, question) {
      await model()
      return access.explain(subject, question)
    },
  }
}
