import static com.nimbusds.jose.JWSAlgorithm.ES256;
import static com.nimbusds.oauth2.sdk.auth.ClientAuthenticationMethod.PRIVATE_KEY_JWT;
import static com.nimbusds.oauth2.sdk.auth.ClientAuthenticationMethod.TLS_CLIENT_AUTH;

import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.util.DefaultResourceRetriever;
import com.nimbusds.jose.util.X509CertUtils;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.nimbusds.oauth2.sdk.AccessTokenResponse;
import com.nimbusds.oauth2.sdk.AuthorizationCode;
import com.nimbusds.oauth2.sdk.AuthorizationCodeGrant;
import com.nimbusds.oauth2.sdk.AuthorizationGrant;
import com.nimbusds.oauth2.sdk.AuthorizationRequest;
import com.nimbusds.oauth2.sdk.ErrorResponse;
import com.nimbusds.oauth2.sdk.PushedAuthorizationRequest;
import com.nimbusds.oauth2.sdk.PushedAuthorizationResponse;
import com.nimbusds.oauth2.sdk.RefreshTokenGrant;
import com.nimbusds.oauth2.sdk.Request;
import com.nimbusds.oauth2.sdk.Response;
import com.nimbusds.oauth2.sdk.ResponseMode;
import com.nimbusds.oauth2.sdk.ResponseType;
import com.nimbusds.oauth2.sdk.Scope;
import com.nimbusds.oauth2.sdk.TokenIntrospectionRequest;
import com.nimbusds.oauth2.sdk.TokenIntrospectionResponse;
import com.nimbusds.oauth2.sdk.TokenRequest;
import com.nimbusds.oauth2.sdk.TokenResponse;
import com.nimbusds.oauth2.sdk.as.ReadOnlyAuthorizationServerEndpointMetadata;
import com.nimbusds.oauth2.sdk.auth.ClientAuthentication;
import com.nimbusds.oauth2.sdk.auth.JWTAuthenticationClaimsSet;
import com.nimbusds.oauth2.sdk.auth.PKITLSClientAuthentication;
import com.nimbusds.oauth2.sdk.auth.PrivateKeyJWT;
import com.nimbusds.oauth2.sdk.auth.SelfSignedTLSClientAuthentication;
import com.nimbusds.oauth2.sdk.client.ClientDeleteRequest;
import com.nimbusds.oauth2.sdk.client.ClientInformation;
import com.nimbusds.oauth2.sdk.client.ClientInformationResponse;
import com.nimbusds.oauth2.sdk.client.ClientReadRequest;
import com.nimbusds.oauth2.sdk.client.ClientRegistrationErrorResponse;
import com.nimbusds.oauth2.sdk.dpop.DefaultDPoPProofFactory;
import com.nimbusds.oauth2.sdk.dpop.JWKThumbprintConfirmation;
import com.nimbusds.oauth2.sdk.http.HTTPRequest;
import com.nimbusds.oauth2.sdk.http.HTTPResponse;
import com.nimbusds.oauth2.sdk.id.Audience;
import com.nimbusds.oauth2.sdk.id.ClientID;
import com.nimbusds.oauth2.sdk.id.Issuer;
import com.nimbusds.oauth2.sdk.id.JWTID;
import com.nimbusds.oauth2.sdk.id.State;
import com.nimbusds.oauth2.sdk.jarm.JARMValidator;
import com.nimbusds.oauth2.sdk.pkce.CodeChallengeMethod;
import com.nimbusds.oauth2.sdk.pkce.CodeVerifier;
import com.nimbusds.oauth2.sdk.token.AccessToken;
import com.nimbusds.oauth2.sdk.token.BearerAccessToken;
import com.nimbusds.oauth2.sdk.token.DPoPAccessToken;
import com.nimbusds.oauth2.sdk.token.DPoPTokenError;
import com.nimbusds.oauth2.sdk.token.RefreshToken;
import com.nimbusds.oauth2.sdk.token.TokenTypeURI;
import com.nimbusds.oauth2.sdk.tokenexchange.TokenExchangeGrant;
import com.nimbusds.oauth2.sdk.util.JSONObjectUtils;
import com.nimbusds.oauth2.sdk.util.tls.TLSUtils;
import com.nimbusds.oauth2.sdk.util.tls.TLSVersion;
import com.nimbusds.openid.connect.sdk.AuthenticationRequest;
import com.nimbusds.openid.connect.sdk.AuthenticationResponse;
import com.nimbusds.openid.connect.sdk.AuthenticationResponseParser;
import com.nimbusds.openid.connect.sdk.Nonce;
import com.nimbusds.openid.connect.sdk.OIDCTokenResponseParser;
import com.nimbusds.openid.connect.sdk.UserInfoRequest;
import com.nimbusds.openid.connect.sdk.UserInfoResponse;
import com.nimbusds.openid.connect.sdk.op.OIDCProviderMetadata;
import com.nimbusds.openid.connect.sdk.op.ReadOnlyOIDCProviderEndpointMetadata;
import com.nimbusds.openid.connect.sdk.rp.OIDCClientMetadata;
import com.nimbusds.openid.connect.sdk.rp.OIDCClientRegistrationRequest;
import com.nimbusds.openid.connect.sdk.rp.OIDCClientRegistrationResponseParser;
import com.nimbusds.openid.connect.sdk.rp.OIDCClientUpdateRequest;
import com.nimbusds.openid.connect.sdk.validators.IDTokenValidator;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.net.ssl.SSLSocketFactory;
import net.minidev.json.JSONObject;

/**
 * A relying party on the Nimbus OAuth 2.0 SDK with OpenID Connect extensions, for what gov-high demands. It takes
 * commands as high_program.py describes them. The SDK leaves to its user when to send a proof once more with a nonce.
 */
public final class NimbusHigh {
    /** What the identity provider refused with. */
    private static final class Refused extends Exception {
        private static final long serialVersionUID = 1;

        Refused(String code) {
            super(code);
        }
    }

    /** A request built anew each time: it has an assertion and a proof that are good for once. */
    private interface Building {
        Request build() throws Exception;
    }

    private final Map<String, Object> told;
    private final Issuer issuer;
    private final SSLSocketFactory tls;
    private final ECKey key;
    private final DefaultDPoPProofFactory proofs;
    private final OIDCProviderMetadata provider;
    private final ReadOnlyOIDCProviderEndpointMetadata endpoints;
    private final DefaultResourceRetriever retriever;
    private final Set<String> challenged = new LinkedHashSet<>();

    private ClientID client;
    private ClientInformation registration;
    private State state;
    private Nonce nonce;
    private CodeVerifier verifier;
    private AccessToken accessToken;
    private RefreshToken refreshToken;
    private Map<String, Object> claims;

    private NimbusHigh(Map<String, Object> told) throws Exception {
        this.told = told;
        issuer = new Issuer((String) told.get("issuer"));
        client = told.get("client_id") instanceof String name ? new ClientID(name) : null;
        tls = new DotlessNames(tls((String) told.get("authority"), (String) told.get("certificate")));
        HTTPRequest.setDefaultSSLSocketFactory(tls);
        retriever = new DefaultResourceRetriever(5000, 5000, 1 << 20, true, tls);
        key = new ECKeyGenerator(Curve.P_256).algorithm(ES256).keyUse(KeyUse.SIGNATURE).keyIDFromThumbprint(true).generate();
        proofs = hasCertificate() ? null : new DefaultDPoPProofFactory(new ECKeyGenerator(Curve.P_256).generate(), ES256);
        provider = OIDCProviderMetadata.resolve(issuer);
        endpoints = hasCertificate() ? provider.getReadOnlyMtlsEndpointAliases() : provider;
    }

    private boolean hasCertificate() {
        return told.get("certificate") != null;
    }

    private static SSLSocketFactory tls(String authority, String certificate) throws Exception {
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("authority", X509CertUtils.parse(Files.readString(Path.of(authority))));
        if (certificate == null) {
            return TLSUtils.createSSLSocketFactory(trusted);
        }
        String pem = Files.readString(Path.of(certificate));
        String body = pem.replaceAll("(?s).*-----BEGIN PRIVATE KEY-----|-----END PRIVATE KEY-----.*|\\s", "");
        KeyStore own = KeyStore.getInstance("PKCS12");
        own.load(null, null);
        own.setKeyEntry(
            "own",
            KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(body))),
            new char[0],
            new Certificate[] {X509CertUtils.parse(pem)});
        return TLSUtils.createSSLSocketFactory(trusted, own, new char[0], TLSVersion.TLS);
    }

    private ClientAuthentication authentication() throws Exception {
        Object method = told.get("token_endpoint_auth_method");
        if (method.equals(PRIVATE_KEY_JWT.getValue())) {
            // By default it has no `iat`. Then nobody can tell it from one that was used before the store of what was used
            // began, and for the first minutes of that store it is refused.
            Instant now = Instant.now();
            Date expires = Date.from(now.plusSeconds(60));
            List<Audience> audience = new Audience(issuer).toSingleAudienceList();
            JWTAuthenticationClaimsSet assertion =
                new JWTAuthenticationClaimsSet(client, audience, expires, null, Date.from(now), new JWTID());
            return new PrivateKeyJWT(assertion, ES256, key.toPrivateKey(), key.getKeyID(), null);
        }
        return method.equals(TLS_CLIENT_AUTH.getValue())
            ? new PKITLSClientAuthentication(client, tls)
            : new SelfSignedTLSClientAuthentication(client, tls);
    }

    /** Sends it with a proof where there is a key for one, and once more with the nonce that the answer tells (RFC 9449 §8, §9). */
    private HTTPResponse send(Building building, AccessToken shown) throws Exception {
        HTTPRequest request = building.build().toHTTPRequest();
        if (proofs == null) {
            return request.send();
        }
        String method = request.getMethod().name();
        URI place = request.getURI();
        request.setDPoP(proofs.createDPoPJWT(method, place, shown));
        HTTPResponse response = request.send();
        if (response.indicatesSuccess() || !asksForNonce(response)) {
            return response;
        }
        challenged.add(place.getPath());
        HTTPRequest again = building.build().toHTTPRequest();
        again.setDPoP(proofs.createDPoPJWT(method, place, shown, response.getDPoPNonce()));
        return again.send();
    }

    private static boolean asksForNonce(HTTPResponse response) throws Exception {
        DPoPTokenError wanted = DPoPTokenError.USE_DPOP_NONCE;
        String challenge = response.getWWWAuthenticate();
        if (challenge != null && challenge.startsWith("DPoP")) {
            return wanted.getCode().equals(DPoPTokenError.parse(challenge).getCode());
        }
        return wanted.getCode().equals(response.getBodyAsJSONObject().get("error"));
    }

    private static <R extends Response> R successful(R response) throws Refused {
        if (response instanceof ErrorResponse refused) {
            throw new Refused(refused.getErrorObject().getCode());
        }
        return response;
    }

    private Map<String, Object> authorization(Map<String, Object> more) throws Exception {
        state = new State();
        nonce = new Nonce();
        verifier = new CodeVerifier();
        AuthenticationRequest.Builder question =
            new AuthenticationRequest.Builder(ResponseType.CODE, Scope.parse((String) told.get("scope")), client, redirect())
                .responseMode(ResponseMode.JWT)
                .state(state)
                .nonce(nonce)
                .codeChallenge(verifier, CodeChallengeMethod.S256);
        if (proofs != null) {
            question.dPoPJWKThumbprintConfirmation(
                JWKThumbprintConfirmation.of(proofs.getPublicJWK()));
        }
        more.forEach((name, value) -> question.customParameter(name, (String) value));
        AuthenticationRequest signed = new AuthenticationRequest.Builder(signed(question.build()), client).build();
        URI place = endpoints.getPushedAuthorizationRequestEndpointURI();
        HTTPResponse answer = send(() -> new PushedAuthorizationRequest(place, authentication(), signed), null);
        URI pushed = successful(PushedAuthorizationResponse.parse(answer)).toSuccessResponse().getRequestURI();
        AuthorizationRequest reference =
            new AuthorizationRequest.Builder(pushed, client).endpointURI(provider.getAuthorizationEndpointURI()).build();
        return Map.of("address", reference.toURI().toString());
    }

    private SignedJWT signed(AuthenticationRequest question) throws Exception {
        Date now = new Date();
        JWTClaimsSet claims =
            new JWTClaimsSet.Builder(question.toJWTClaimsSet())
                .issuer(client.getValue())
                .audience(issuer.getValue())
                .issueTime(now)
                .notBeforeTime(now)
                .expirationTime(Date.from(Instant.now().plusSeconds(60)))
                .build();
        JWSHeader header =
            new JWSHeader.Builder(ES256).keyID(key.getKeyID()).type(new JOSEObjectType("oauth-authz-req+jwt")).build();
        SignedJWT object = new SignedJWT(header, claims);
        object.sign(new ECDSASigner(key));
        return object;
    }

    private Map<String, Object> callback(String address) throws Exception {
        JARMValidator validator = new JARMValidator(issuer, client, ES256, provider.getJWKSetURI().toURL(), retriever);
        AuthenticationResponse answer = AuthenticationResponseParser.parse(new URI(address), validator);
        require(state.equals(answer.getState()), "another state");
        AuthorizationCode code = successful(answer).toSuccessResponse().getAuthorizationCode();
        redeem(new AuthorizationCodeGrant(code, redirect(), verifier));
        return answer();
    }

    private Map<String, Object> refresh() throws Exception {
        redeem(new RefreshTokenGrant(refreshToken));
        return answer();
    }

    private void redeem(AuthorizationGrant grant) throws Exception {
        HTTPResponse response =
            send(() -> new TokenRequest.Builder(endpoints.getTokenEndpointURI(), authentication(), grant).build(), null);
        AccessTokenResponse tokens = successful(OIDCTokenResponseParser.parse(response)).toSuccessResponse();
        accessToken = tokens.getTokens().getAccessToken();
        if (tokens.getTokens().getRefreshToken() != null) {
            refreshToken = tokens.getTokens().getRefreshToken();
        }
        if (grant instanceof AuthorizationCodeGrant) {
            IDTokenValidator validator =
                new IDTokenValidator(issuer, client, ES256, provider.getJWKSetURI().toURL(), retriever);
            claims = validator.validate(tokens.getTokens().toOIDCTokens().getIDToken(), nonce).toJSONObject();
        }
    }

    private Map<String, Object> answer() throws Exception {
        Map<String, Object> userinfo = userinfo(accessToken);
        require(userinfo.get("sub").equals(claims.get("sub")), "userinfo of another person"); // Core §5.3.2
        return Map.of(
            "token_type", accessToken.getType().getValue(),
            "scope", accessToken.getScope().toString(),
            "claims", claims,
            "userinfo", userinfo);
    }

    private Map<String, Object> userinfo(AccessToken shown) throws Exception {
        HTTPResponse response = send(() -> new UserInfoRequest(endpoints.getUserInfoEndpointURI(), shown), shown);
        return successful(UserInfoResponse.parse(response)).toSuccessResponse().getUserInfo().toJSONObject();
    }

    private AccessToken ofOthers(String value) {
        return hasCertificate() ? new BearerAccessToken(value) : new DPoPAccessToken(value);
    }

    private Map<String, Object> introspection() throws Exception {
        URI place = endpoints.getIntrospectionEndpointURI();
        HTTPResponse response = new TokenIntrospectionRequest(place, authentication(), accessToken).toHTTPRequest().send();
        return successful(TokenIntrospectionResponse.parse(response)).toSuccessResponse().toJSONObject();
    }

    private Map<String, Object> exchange(String value, String audience, String scope) throws Exception {
        AuthorizationGrant grant =
            new TokenExchangeGrant(
                new BearerAccessToken(value), TokenTypeURI.ACCESS_TOKEN, null, null, null, Audience.create(audience));
        HTTPResponse response =
            send(
                () ->
                    new TokenRequest.Builder(endpoints.getTokenEndpointURI(), authentication(), grant)
                        .scope(Scope.parse(scope))
                        .build(),
                null);
        accessToken = successful(TokenResponse.parse(response)).toSuccessResponse().getTokens().getAccessToken();
        Map<String, Object> answer = accessToken.toJSONObject();
        answer.remove("access_token");
        return answer;
    }

    private Map<String, Object> register(String initial, Map<String, Object> metadata) throws Exception {
        OIDCClientMetadata wanted = OIDCClientMetadata.parse(new JSONObject(metadata));
        wanted.setJWKSet(new JWKSet(key.toPublicJWK()));
        BearerAccessToken token = new BearerAccessToken(initial);
        URI place = provider.getRegistrationEndpointURI();
        registered(new OIDCClientRegistrationRequest(place, wanted, token).toHTTPRequest().send());
        client = registration.getID();
        return registration.toJSONObject();
    }

    private Map<String, Object> read() throws Exception {
        registered(
            new ClientReadRequest(registration.getRegistrationURI(), registration.getRegistrationAccessToken())
                .toHTTPRequest()
                .send());
        return registration.toJSONObject();
    }

    private Map<String, Object> update(Map<String, Object> changes) throws Exception {
        JSONObject whole = registration.getMetadata().toJSONObject();
        whole.putAll(changes);
        registered(
            new OIDCClientUpdateRequest(
                    registration.getRegistrationURI(),
                    registration.getID(),
                    registration.getRegistrationAccessToken(),
                    OIDCClientMetadata.parse(whole),
                    null)
                .toHTTPRequest()
                .send());
        return registration.toJSONObject();
    }

    private Map<String, Object> remove() throws Exception {
        HTTPResponse response =
            new ClientDeleteRequest(registration.getRegistrationURI(), registration.getRegistrationAccessToken())
                .toHTTPRequest()
                .send();
        if (!response.indicatesSuccess()) {
            successful(ClientRegistrationErrorResponse.parse(response));
        }
        return Map.of("status", response.getStatusCode());
    }

    private void registered(HTTPResponse response) throws Exception {
        registration =
            ((ClientInformationResponse) successful(OIDCClientRegistrationResponseParser.parse(response)))
                .getClientInformation();
    }

    private Map<String, Object> challenges() {
        List<String> paths = List.copyOf(challenged);
        challenged.clear();
        return Map.of("endpoints", paths);
    }

    private URI redirect() throws Exception {
        return new URI((String) told.get("redirect_uri"));
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalStateException(otherwise);
        }
    }

    private Map<String, Object> answer(JSONObject asked) throws Exception {
        String command = JSONObjectUtils.getString(asked, "command");
        return switch (command) {
            case "publish" -> new JWKSet(key.toPublicJWK()).toJSONObject();
            case "authorization" -> authorization(JSONObjectUtils.getJSONObject(asked, "parameters"));
            case "callback" -> callback(JSONObjectUtils.getString(asked, "address"));
            case "refresh" -> refresh();
            case "userinfo" -> userinfo(
                asked.get("value") instanceof String value ? ofOthers(value) : accessToken);
            case "hand_over" -> Map.of("value", accessToken.getValue());
            case "introspection" -> introspection();
            case "exchange" -> exchange(
                JSONObjectUtils.getString(asked, "value"),
                JSONObjectUtils.getString(asked, "audience"),
                JSONObjectUtils.getString(asked, "scope"));
            case "register" -> register(
                JSONObjectUtils.getString(asked, "initial_access_token"),
                JSONObjectUtils.getJSONObject(asked, "metadata"));
            case "read" -> read();
            case "update" -> update(JSONObjectUtils.getJSONObject(asked, "changes"));
            case "remove" -> remove();
            case "challenges" -> challenges();
            default -> throw new IllegalArgumentException(command);
        };
    }

    /** Reads commands until there are none; what goes wrong beside a refusal ends the program with its trace. */
    public static void main(String[] arguments) throws Exception {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        NimbusHigh program = new NimbusHigh(JSONObjectUtils.parse(arguments[0]));
        out.println("{}");
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            Map<String, Object> answer;
            try {
                answer = program.answer(JSONObjectUtils.parse(line));
            } catch (Refused refused) {
                answer = Map.of("error", refused.getMessage());
            }
            out.println(JSONObject.toJSONString(answer));
        }
    }
}
