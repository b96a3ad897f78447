// node-oidc-provider as its documentation would have it run in production; the settings are a file named on the command
// line: issuer, clients, keys, the number of workers, and where Redis is (null: in memory).
import cluster from "node:cluster";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { Provider } from "oidc-provider";
import { inMemory } from "./in_memory.mjs";
import { onRedis } from "./on_redis.mjs";

const settings = JSON.parse(readFileSync(process.argv[2], "utf8"));
const port = Number(process.argv[3]);
const TEN_MINUTES = 600;
const A_DAY = 86_400;

function configuration() {
  return {
    adapter: settings.redis ? onRedis(settings.redis) : inMemory(),
    clients: settings.clients,
    jwks: settings.jwks,
    cookies: { keys: settings.cookie_keys },
    claims: { openid: ["sub"], profile: ["name"] },
    findAccount: (ctx, id) => ({ accountId: id, claims: () => ({ sub: id, name: `Person ${id}` }) }),
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      introspection: { enabled: true },
      revocation: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: (ctx, client) => settings.resources[client?.clientId]?.name,
        getResourceServerInfo: (ctx, name, client) => ({
          scope: "",
          accessTokenFormat: "jwt",
          accessTokenTTL: TEN_MINUTES,
          jwt: { sign: { alg: settings.resources[client.clientId].alg } },
        }),
      },
    },
    interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
    // Consent was given: the recipe of the documentation for apps of one's own.
    async loadExistingGrant(ctx) {
      const { client, session, provider } = ctx.oidc;
      const known = session.grantIdFor(client.clientId);
      if (known) return provider.Grant.find(known);
      const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
      grant.addOIDCScope("openid profile");
      await grant.save();
      return grant;
    },
    issueRefreshToken: (ctx, client) => client.grantTypeAllowed("refresh_token"),
    rotateRefreshToken: true,
    ttl: {
      AccessToken: TEN_MINUTES,
      AuthorizationCode: 60,
      ClientCredentials: TEN_MINUTES,
      Grant: A_DAY,
      IdToken: TEN_MINUTES,
      Interaction: TEN_MINUTES,
      RefreshToken: A_DAY,
      Session: A_DAY,
    },
  };
}

function serve() {
  const provider = new Provider(settings.issuer, configuration());
  const answer = provider.callback();
  createServer(async (request, response) => {
    if (!request.url.startsWith("/interaction/")) return answer(request, response);
    // Who signs in is whom the request names: the measurement is about what comes after.
    const { params } = await provider.interactionDetails(request, response);
    await provider.interactionFinished(request, response, { login: { accountId: params.login_hint } });
  }).listen(port, "127.0.0.1");
}

if (settings.workers > 1 && cluster.isPrimary) {
  for (let worker = 0; worker < settings.workers; worker += 1) cluster.fork();
} else {
  serve();
}
