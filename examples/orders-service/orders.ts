export interface Order {
  id: string
  /** Sub of who has ordered. */
  owner: string
  item: string
  archived: boolean
}

/** Some orders to look at; a real service has a database. */
export const orders = new Map<string, Order>(
  [
    { id: '1001', owner: 'kim', item: 'Brass lantern', archived: false },
    { id: '1002', owner: 'max', item: 'Ship bell', archived: false },
    { id: '1003', owner: 'kim', item: 'Sextant', archived: true },
  ].map((order) => [order.id, order]),
)

export const addOrder = (owner: string, item: string): Order => {
  const order = { id: String(1001 + orders.size), owner, item, archived: false }
  orders.set(order.id, order)
  return order
}
