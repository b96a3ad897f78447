# A relying party on the gem openid_connect (with rack-oauth2 and json-jwt), which takes commands as client_program.py
# describes them.
#
# Ruby, because Debian itself carries its OpenID Connect library: `ruby-openid-connect`
# brings language and library in 39 MB, where Go with go-oidc takes 524 MB and PHP has no such package. The gem has calls
# for discovery, code, refresh, client credentials, private_key_jwt, userinfo, revocation and for reading an id_token. It has
# none for introspection, whose request is therefore built here on the library's own client authentication and HTTP client;
# for the address of the logout; and for access tokens and logout tokens, whose signatures json-jwt verifies.
require "openid_connect"
require "webrick"

TOLD = JSON.parse(ARGV.fetch(0), symbolize_names: true)
SWD.url_builder = URI::HTTP if TOLD[:issuer].start_with?("http:") # the gem would ask for https on this machine, too
PROVIDER = OpenIDConnect::Discovery::Provider::Config.discover!(TOLD[:issuer])
KEY = JSON::JWK.new(OpenSSL::PKey::EC.generate("prime256v1"))
EVENT = "http://schemas.openid.net/event/backchannel-logout"

class Refused < StandardError
end

class Client < OpenIDConnect::Client
  METHODS = { client_secret_basic: :basic, client_secret_post: :post, private_key_jwt: :jwt_bearer, none: :none }.freeze

  def self.of_this_program
    new(
      identifier: TOLD[:client_id],
      secret: TOLD[:client_secret],
      private_key: KEY,
      redirect_uri: TOLD[:redirect_uri],
      authorization_endpoint: PROVIDER.authorization_endpoint,
      token_endpoint: PROVIDER.token_endpoint,
      userinfo_endpoint: PROVIDER.userinfo_endpoint,
      revocation_endpoint: PROVIDER.raw[:revocation_endpoint]
    )
  end

  def client_authentication
    METHODS.fetch(TOLD[:token_endpoint_auth_method].to_sym)
  end

  def introspect!(token) # RFC 7662 §2.1
    headers, parameters, http = authenticated_context_from(client_authentication)
    parameters = Rack::OAuth2::Util.compact_hash(parameters.merge(token: token))
    response = http.post(PROVIDER.raw[:introspection_endpoint], parameters, headers)
    handle_error_response(response) unless response.status == 200
    JSON.parse(response.body)
  end
end

class Program
  def initialize
    @held = {}
    @logouts = []
  end

  def authorization(parameters:)
    @asked = { state: SecureRandom.hex(16), nonce: SecureRandom.hex(16), code_verifier: SecureRandom.urlsafe_base64(48) }
    @asked[:max_age] = parameters[:max_age]
    challenge = Base64.urlsafe_encode64(OpenSSL::Digest::SHA256.digest(@asked[:code_verifier]), padding: false)
    address = Client.of_this_program.authorization_uri(
      scope: TOLD[:scope].split,
      code_challenge: challenge,
      code_challenge_method: "S256",
      **@asked.slice(:state, :nonce),
      **parameters
    )
    { address: address }
  end

  def callback(address:)
    parameters = URI.decode_www_form(URI(address).query).to_h
    raise "another state" unless parameters["state"] == @asked[:state]
    raise "another issuer" unless parameters["iss"] == PROVIDER.issuer # RFC 9207 §2.4
    raise Refused, parameters["error"] if parameters["error"]

    client = Client.of_this_program
    client.authorization_code = parameters["code"]
    tokens = client.access_token!(client.client_authentication, code_verifier: @asked[:code_verifier])
    @id_token = tokens.id_token
    @claims = claims_of(@id_token, @asked[:nonce])
    if @asked[:max_age] && @claims["auth_time"] < Time.now.to_i - @asked[:max_age].to_i - 5
      raise "the sign-in is older than max_age"
    end
    answer(tokens)
  end

  def refresh
    before = @held["refresh_token"]
    client = Client.of_this_program
    client.refresh_token = before
    tokens = client.access_token!(client.client_authentication)
    if tokens.id_token
      claims = claims_of(tokens.id_token, JSON::JWT.decode(tokens.id_token, :skip_verification)["nonce"])
      raise "another person" unless claims.slice("iss", "sub", "aud") == @claims.slice("iss", "sub", "aud") # Core §12.2
      @id_token, @claims = tokens.id_token, claims
    end
    { **answer(tokens), rotated: @held["refresh_token"] != before }
  end

  def client_credentials(parameters:)
    client = Client.of_this_program # which asks for this grant until it is given another one
    tokens = client.access_token!(client.client_authentication, parameters)
    @held["client_credentials"] = tokens.access_token
    tokens.token_response.slice(:token_type, :expires_in, :scope)
  end

  def hand_over(token:)
    { value: @held[token] }
  end

  def introspection(token: nil, value: @held[token])
    Client.of_this_program.introspect!(value)
  end

  # RFC 9068 §4, as a protected resource
  def examination(value:, audience:)
    claims = JSON::JWT.decode(value, PROVIDER.jwks, :ES256)
    good = claims.header[:typ] == "at+jwt" && claims["iss"] == PROVIDER.issuer && claims["exp"] > Time.now.to_i
    raise Refused, "invalid_token" unless good && Array(claims["aud"]).include?(audience)

    claims
  end

  def revocation(token:)
    client = Client.of_this_program
    client.revoke!(client.client_authentication, token.to_sym => @held[token])
    {}
  end

  def userinfo
    OpenIDConnect::AccessToken.new(access_token: @held["access_token"], client: Client.of_this_program).userinfo!.raw_attributes
  end

  def logout(post_logout_redirect_uri:)
    state = SecureRandom.hex(16)
    parameters = { id_token_hint: @id_token, post_logout_redirect_uri: post_logout_redirect_uri, state: state }
    { address: "#{PROVIDER.end_session_endpoint}?#{URI.encode_www_form(parameters)}", state: state }
  end

  def backchannel_logouts
    { logouts: @logouts }
  end

  # OpenID Connect Back-Channel Logout 1.0 §2.6
  def hear(logout_token)
    claims = JSON::JWT.decode(logout_token, PROVIDER.jwks, TOLD[:id_token_signed_response_alg].to_sym)
    now = Time.now.to_i
    raise "not a logout token" unless claims.header[:typ] == "logout+jwt"
    raise "not of our provider" unless claims["iss"] == PROVIDER.issuer
    raise "not for us" unless Array(claims["aud"]).include?(TOLD[:client_id])
    raise "not of now" unless claims["exp"] > now && claims["iat"].between?(now - 120, now + 5)
    raise "no logout event" unless claims["events"].is_a?(Hash) && claims["events"][EVENT].is_a?(Hash)
    raise "a nonce" if claims.key?("nonce")
    raise "neither sub nor sid" unless claims["sub"] || claims["sid"]
    raise "heard before" if claims["jti"].nil? || @logouts.any? { |logout| logout["jti"] == claims["jti"] }

    @logouts << claims
  end

  private

  def claims_of(id_token, nonce)
    jwt = JSON::JWT.decode(id_token, PROVIDER.jwks, TOLD[:id_token_signed_response_alg].to_sym)
    OpenIDConnect::ResponseObject::IdToken.new(jwt).verify!(
      issuer: PROVIDER.issuer, client_id: TOLD[:client_id], nonce: nonce
    )
    jwt.to_h
  end

  def answer(tokens)
    @held["access_token"] = tokens.access_token
    @held["refresh_token"] = tokens.refresh_token || @held["refresh_token"]
    userinfo = tokens.userinfo!.raw_attributes
    raise "userinfo of another person" unless userinfo["sub"] == @claims["sub"] # Core §5.3.2
    alg = JSON::JWT.decode(@id_token, :skip_verification).alg
    { alg: alg, id_token: @id_token, claims: @claims, userinfo: userinfo }
  end
end

program = Program.new
server = WEBrick::HTTPServer.new(
  Port: TOLD[:port], BindAddress: "127.0.0.1", Logger: WEBrick::Log.new(nil, WEBrick::Log::FATAL), AccessLog: []
)
server.mount_proc("/jwks") do |_, response|
  response["Content-Type"] = "application/jwk-set+json"
  response.body = JSON.generate(keys: [KEY.slice(:kty, :crv, :x, :y, :kid).merge(alg: "ES256", use: "sig")])
end
server.mount_proc("/backchannel_logout") do |request, response|
  response["Cache-Control"] = "no-store"
  program.hear(request.query["logout_token"])
rescue StandardError
  response.status = 400
end
Thread.new { server.start }

# What the identity provider refused; anything else ends the program with its trace.
def refusal
  yield
rescue Refused => refused
  { error: refused.message }
rescue Rack::OAuth2::Client::Error => error
  { error: error.response[:error] }
rescue OpenIDConnect::Unauthorized
  { error: "invalid_token" }
end

$stdout.sync = true
puts "{}"
$stdin.each_line do |line|
  command = JSON.parse(line, symbolize_names: true)
  puts JSON.generate(refusal { program.public_send(command.delete(:command), **command) })
end
server.shutdown
