// What every client does, one after the other. A client is an object with these steps; what it
// prints is compared with what all others print.
import assert from 'node:assert/strict'
import http from 'node:http'

export const server = {
  url: process.env.COMANDA_URL,
  poolId: process.env.COMANDA_USER_POOL_ID,
  clientId: process.env.COMANDA_CLIENT_ID,
  region: process.env.AWS_REGION,
  issuer: `${process.env.COMANDA_URL}/${process.env.COMANDA_USER_POOL_ID}`,
}

export const person = { username: `${process.env.NAME}@example.com`, password: 'Correct-Horse-7' }

const order = {
  orderId: 'first', restaurantId: 1, totalAmount: 19.97,
  orderItems: [{ id: 1, name: 'Spaghetti', price: 9.99, quantity: 1 }, { id: 2, name: 'Pizza - SMALL', price: 4.99, quantity: 2 }],
}

// code returns the last code that was sent to an address.
export const code = (email) => ask('GET', `/?email=${encodeURIComponent(email)}`)

// moveServerClock moves the server's clock. Both are things that no page could ask for.
export const moveServerClock = (seconds) => ask('POST', `/clock?seconds=${seconds}`)

const ask = (method, path) => new Promise((resolve, reject) => {
  http.request(process.env.TEST_URL + path, { method }, (answer) => {
    let text = ''
    answer.on('data', (part) => { text += part })
    answer.on('end', () => (answer.statusCode === 200 ? resolve(text) : reject(new Error(`${path}: ${answer.statusCode}`))))
  }).on('error', reject).end()
})

// call sends a request to the API with an ID token.
async function call(token, path, init = {}) {
  const answer = await fetch(server.url + path, { ...init, headers: { Authorization: token, 'Content-Type': 'application/json' } })
  assert.equal(answer.status, 200, `${path}: ${await answer.clone().text()}`)
  return answer.json()
}

// orders places an order, twice, and lists the customer's.
export async function orders(token) {
  for (let i = 0; i < 2; i++) await call(token, '/orders', { method: 'POST', body: JSON.stringify(order) })
  const list = await call(token, '/orders')
  return list.orders.map((o) => `${o.orderId} ${o.status} ${o.totalAmount}`)
}

// run takes a client through the scenario.
export async function run(client) {
  await client.signUp(person)
  await client.confirm(person)
  const token = await client.signIn(person)
  const placed = await orders(token)
  const refreshed = await client.refresh()
  assert.notEqual(refreshed, token, 'a refresh answers another token')
  assert.deepEqual(await orders(refreshed), placed)
  const claims = JSON.parse(Buffer.from(refreshed.split('.')[1], 'base64url'))
  console.log(JSON.stringify({ email: claims.email, verified: claims.email_verified, orders: placed }))
}
