/** What a look at a store found, for the log at the start and for `gatehouse doctor`. */
export interface Finding {
  /** Such as `Redis persistence`. */
  subject: string
  state: 'fine' | 'warning' | 'fault'
  /** What is so, and what to do about it unless it is fine; a sentence for the operator. */
  text: string
}
