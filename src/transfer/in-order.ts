/**
 * Works on up to `limit` items at once and gives the results in the order of the items. After a failure it takes no
 * further item; work that is under way is waited for.
 */
export async function* inOrder<Item, Result>(
  items: AsyncIterable<Item>,
  limit: number,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
  const begun: Promise<Result>[] = []
  try {
    for await (const item of items) {
      const result = work(item)
      // Until its turn comes nobody else listens to it.
      result.catch(() => undefined)
      begun.push(result)
      if (begun.length >= limit) yield* first(begun)
    }
    while (begun.length > 0) yield* first(begun)
  } finally {
    await Promise.allSettled(begun)
  }
}

async function* first<Result>(begun: Promise<Result>[]): AsyncGenerator<Result> {
  const [next] = begun.splice(0, 1)
  if (next) yield await next
}
