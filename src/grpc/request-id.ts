import { Metadata } from '@grpc/grpc-js'

const NAME = 'x-request-id'
const LONGEST = 512
const LINE = /^[\x20-\x7e]+$/

/** The trailers of an answer: the caller's own name for its request, or ours where it sent none that can be repeated. */
export const trailers = (sent: Metadata, ours: string): Metadata => {
  const [value] = sent.get(NAME)
  const isFine = typeof value === 'string' && value.length <= LONGEST && LINE.test(value)
  const metadata = new Metadata()
  metadata.set(NAME, isFine ? value : ours)
  return metadata
}
