// The AWS SDK for JavaScript, version 3. The endpoint is found by its own variable.
import {
  CognitoIdentityProviderClient, SignUpCommand, AdminConfirmSignUpCommand, InitiateAuthCommand, GetTokensFromRefreshTokenCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { run, server } from './scenario.js'

const cognito = new CognitoIdentityProviderClient({})
let refreshToken

await run({
  signUp: ({ username, password }) => cognito.send(new SignUpCommand({ ClientId: server.clientId, Username: username, Password: password })),
  confirm: async ({ username }) => {
    await cognito.send(new AdminConfirmSignUpCommand({ UserPoolId: server.poolId, Username: username }))
  },
  signIn: async ({ username, password }) => {
    const { AuthenticationResult: tokens } = await cognito.send(new InitiateAuthCommand({
      ClientId: server.clientId, AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters: { USERNAME: username, PASSWORD: password },
    }))
    refreshToken = tokens.RefreshToken
    return tokens.IdToken
  },
  refresh: async () => {
    const { AuthenticationResult: tokens } = await cognito.send(new GetTokensFromRefreshTokenCommand({
      ClientId: server.clientId, RefreshToken: refreshToken,
    }))
    return tokens.IdToken
  },
})
