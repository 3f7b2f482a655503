/** The calls of this process that write one record wait for each other, so that they do not make each other stale. */
export interface Turns {
  /**
   * Takes the next turn of a record.
   *
   * @param start begins the work; it is given what settles when the one before is done
   */
  next<Answer>(record: string, start: (before: Promise<void>) => Promise<Answer>): Promise<Answer>
}

export const recordTurns = (): Turns => {
  const last = new Map<string, Promise<void>>()
  return {
    next(record, start) {
      const answer = start(last.get(record) ?? Promise.resolve())
      const done = answer.then(
        () => undefined,
        () => undefined,
      )
      last.set(record, done)
      void done.then(() => {
        if (last.get(record) === done) last.delete(record)
      })
      return answer
    },
  }
}
