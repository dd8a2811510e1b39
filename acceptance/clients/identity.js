// amazon-cognito-identity-js in a page: the password is proved by SRP and never sent.
import './browser.js'
import { code, run, server } from './scenario.js'

const { default: cognito } = await import('amazon-cognito-identity-js')
const { CognitoUserPool, CognitoUser, AuthenticationDetails } = cognito
const pool = new CognitoUserPool({ UserPoolId: server.poolId, ClientId: server.clientId, endpoint: server.url })
const answered = (call) => new Promise((resolve, reject) => call((error, result) => (error ? reject(error) : resolve(result))))
let user

await run({
  signUp: ({ username, password }) => answered((done) => pool.signUp(username, password, [], null, done)),
  confirm: async ({ username }) => {
    const text = await code(username)
    await answered((done) => new CognitoUser({ Username: username, Pool: pool }).confirmRegistration(text, false, done))
  },
  signIn: async ({ username, password }) => {
    user = new CognitoUser({ Username: username, Pool: pool })
    const session = await new Promise((onSuccess, onFailure) => {
      user.authenticateUser(new AuthenticationDetails({ Username: username, Password: password }), { onSuccess, onFailure })
    })
    return session.getIdToken().getJwtToken()
  },
  refresh: async () => {
    const session = await answered((done) => user.getSession(done))
    const fresh = await answered((done) => user.refreshSession(session.getRefreshToken(), done))
    return fresh.getIdToken().getJwtToken()
  },
})
