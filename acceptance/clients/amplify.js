// AWS Amplify in a page. It refreshes by itself when a token has expired, so this clock is moved by an
// hour, and the server's with it.
import './browser.js'
import { code, moveServerClock, run, server } from './scenario.js'

const { Amplify } = await import('aws-amplify')
const auth = await import('aws-amplify/auth')

Amplify.configure({ Auth: { Cognito: { userPoolId: server.poolId, userPoolClientId: server.clientId, userPoolEndpoint: `${server.url}/` } } })

const token = async () => (await auth.fetchAuthSession()).tokens.idToken.toString()

await run({
  signUp: ({ username, password }) => auth.signUp({ username, password, options: { userAttributes: { email: username } } }),
  confirm: async ({ username }) => {
    await auth.confirmSignUp({ username, confirmationCode: await code(username) })
  },
  signIn: async ({ username, password }) => {
    const { isSignedIn } = await auth.signIn({ username, password })
    if (!isSignedIn) throw new Error('not signed in')
    return token()
  },
  refresh: async () => {
    await moveClocks(61 * 60)
    return token()
  },
})

// moveClocks moves the server's clock, and this one.
async function moveClocks(seconds) {
  await moveServerClock(seconds)
  const real = Date
  globalThis.Date = class extends real {
    constructor(...given) {
      if (given.length) super(...given)
      else super(real.now() + seconds * 1000)
    }
    static now() { return real.now() + seconds * 1000 }
  }
}
