// A relying party on openid-client, written as its documentation shows it. It takes commands as client_program.py
// describes them. What it has no call for is done with what it builds on: access tokens are verified with oauth4webapi,
// logout tokens with jose.
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { calculateJwkThumbprint, createRemoteJWKSet, exportJWK, generateKeyPair, jwtVerify } from "jose";
import * as oauth from "oauth4webapi";
import * as client from "openid-client";

const told = JSON.parse(process.argv[2] ?? process.argv[1]);
const { id_token_signed_response_alg } = told;

const keys = await generateKeyPair("ES256");
const publicKey = { ...(await exportJWK(keys.publicKey)), alg: "ES256", use: "sig" };
publicKey.kid = await calculateJwkThumbprint(publicKey);

const authentication = {
  client_secret_basic: () => client.ClientSecretBasic(told.client_secret),
  client_secret_post: () => client.ClientSecretPost(told.client_secret),
  private_key_jwt: () => client.PrivateKeyJwt({ key: keys.privateKey, kid: publicKey.kid }),
  none: () => client.None(),
}[told.token_endpoint_auth_method]();

const options = { execute: [client.enableNonRepudiationChecks] }; // verify the id_token, although it came by TLS
if (told.issuer.startsWith("http:")) options.execute.push(client.allowInsecureRequests); // on this machine only
const metadata = { id_token_signed_response_alg };
const config = await client.discovery(new URL(told.issuer), told.client_id, metadata, authentication, options);
const { issuer, jwks_uri } = config.serverMetadata();

let asked;
let tokens;
let signedIn;
const held = {};
const logouts = [];

async function authorization({ parameters }) {
  asked = { code_verifier: client.randomPKCECodeVerifier(), state: client.randomState(), nonce: client.randomNonce() };
  asked.max_age = parameters.max_age;
  const address = client.buildAuthorizationUrl(config, {
    redirect_uri: told.redirect_uri,
    scope: told.scope,
    code_challenge: await client.calculatePKCECodeChallenge(asked.code_verifier),
    code_challenge_method: "S256",
    state: asked.state,
    nonce: asked.nonce,
    ...parameters,
  });
  return { address: address.href };
}

async function callback({ address }) {
  tokens = await client.authorizationCodeGrant(config, new URL(address), {
    pkceCodeVerifier: asked.code_verifier,
    expectedState: asked.state,
    expectedNonce: asked.nonce,
    maxAge: asked.max_age && Number(asked.max_age),
    idTokenExpected: true,
  });
  return answer();
}

async function refresh() {
  const before = held.refresh_token;
  tokens = await client.refreshTokenGrant(config, before);
  return { ...(await answer()), rotated: held.refresh_token !== before };
}

async function answer() {
  held.access_token = tokens.access_token;
  held.refresh_token = tokens.refresh_token ?? held.refresh_token;
  if (tokens.id_token) signedIn = tokens;
  const { id_token } = signedIn;
  const claims = signedIn.claims();
  const { alg } = JSON.parse(Buffer.from(id_token.split(".")[0], "base64url").toString());
  return { alg, id_token, claims, userinfo: await client.fetchUserInfo(config, tokens.access_token, claims.sub) };
}

async function client_credentials({ parameters }) {
  const { access_token, ...answer } = await client.clientCredentialsGrant(config, parameters);
  held.client_credentials = access_token;
  return answer;
}

async function introspection({ token, value = held[token] }) {
  return client.tokenIntrospection(config, value);
}

async function revocation({ token }) {
  await client.tokenRevocation(config, held[token]);
  return {};
}

async function hand_over({ token }) {
  return { value: held[token] };
}

// RFC 9068 §4, as a protected resource
async function examination({ value, audience }) {
  const request = new Request(audience, { headers: { Authorization: `Bearer ${value}` } });
  const options = { [oauth.allowInsecureRequests]: told.issuer.startsWith("http:") };
  try {
    return await oauth.validateJwtAccessToken(config.serverMetadata(), request, audience, options);
  } catch (error) {
    if (error instanceof oauth.OperationProcessingError) return { error: "invalid_token" };
    throw error;
  }
}

async function userinfo() {
  return client.fetchUserInfo(config, held.access_token, signedIn.claims().sub);
}

async function logout({ post_logout_redirect_uri }) {
  const state = client.randomState();
  const parameters = { id_token_hint: signedIn.id_token, post_logout_redirect_uri, state };
  return { address: client.buildEndSessionUrl(config, parameters).href, state };
}

async function backchannel_logouts() {
  return { logouts };
}

// OpenID Connect Back-Channel Logout 1.0 §2.6
const remoteKeys = createRemoteJWKSet(new URL(jwks_uri));

async function hear(logoutToken) {
  const { payload } = await jwtVerify(logoutToken, remoteKeys, {
    issuer,
    audience: told.client_id,
    algorithms: [id_token_signed_response_alg],
    typ: "logout+jwt",
    maxTokenAge: "2m",
    requiredClaims: ["exp", "iat", "jti"],
  });
  const event = payload.events?.["http://schemas.openid.net/event/backchannel-logout"];
  if (event === null || typeof event !== "object" || Array.isArray(event)) throw new Error("no logout event");
  if ("nonce" in payload) throw new Error("a nonce");
  if (!("sub" in payload || "sid" in payload)) throw new Error("neither sub nor sid");
  if (logouts.some(({ jti }) => jti === payload.jti)) throw new Error("heard before");
  logouts.push(payload);
}

async function receive(request, response) {
  response.setHeader("Cache-Control", "no-store");
  if (request.url === "/jwks") {
    response.setHeader("Content-Type", "application/jwk-set+json");
    response.end(JSON.stringify({ keys: [publicKey] }));
    return;
  }
  let body = "";
  for await (const chunk of request) body += chunk;
  try {
    await hear(new URLSearchParams(body).get("logout_token"));
    response.end();
  } catch {
    response.writeHead(400).end();
  }
}

// What the identity provider refused; anything else ends the program with its trace.
async function refusal(error) {
  const challenge = error.cause?.[0]; // where there is one, it alone is told, and the body stays to be read
  const code = error.error ?? challenge?.parameters?.error ?? (challenge && (await error.response.json()).error);
  if (code === undefined) throw error;
  return { error: code };
}

const commands = {
  authorization, callback, refresh, client_credentials, hand_over, introspection, examination, revocation, userinfo,
  logout, backchannel_logouts,
};

const server = createServer(receive);
await new Promise((resolve) => server.listen(told.port, "127.0.0.1", resolve));
console.log("{}");
for await (const line of createInterface({ input: process.stdin })) {
  const { command, ...parameters } = JSON.parse(line);
  console.log(JSON.stringify(await commands[command](parameters).catch(refusal)));
}
server.close();
server.closeAllConnections();
