// One sign-in by openid-client, written as its documentation shows it. It is told who it is in its first argument, prints
// the address to open, reads the address the browser came back to, and prints what it then knows of the person.
import { createInterface } from "node:readline/promises";
import * as client from "openid-client";

const { issuer, metadata, redirect_uri } = JSON.parse(process.argv[1]);
const { client_id, client_secret, scope, token_endpoint_auth_method, id_token_signed_response_alg } = metadata;

const authentication = {
  client_secret_basic: () => client.ClientSecretBasic(client_secret),
  client_secret_post: () => client.ClientSecretPost(client_secret),
  none: () => client.None(),
}[token_endpoint_auth_method]();

const config = await client.discovery(new URL(issuer), client_id, { id_token_signed_response_alg }, authentication, {
  // http is for this machine only; the other one verifies the id_token's signature, although it came straight from us.
  execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks],
});

const pkceCodeVerifier = client.randomPKCECodeVerifier();
const expectedState = client.randomState();
const expectedNonce = client.randomNonce();
const address = client.buildAuthorizationUrl(config, {
  redirect_uri,
  scope,
  code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
  code_challenge_method: "S256",
  state: expectedState,
  nonce: expectedNonce,
  max_age: "3600",
});
console.log(address.href);

const lines = createInterface({ input: process.stdin });
const callback = (await lines[Symbol.asyncIterator]().next()).value;
lines.close();

const checks = { pkceCodeVerifier, expectedState, expectedNonce, maxAge: 3600, idTokenExpected: true };
const tokens = await client.authorizationCodeGrant(config, new URL(callback), checks);
const claims = tokens.claims();
const userinfo = await client.fetchUserInfo(config, tokens.access_token, claims.sub);
const [header] = tokens.id_token.split(".");
const { alg } = JSON.parse(Buffer.from(header, "base64url").toString());
const logout = client.buildEndSessionUrl(config, { id_token_hint: tokens.id_token });

console.log(JSON.stringify({ alg, claims, userinfo, logout: logout.href }));
