CREATE SCHEMA identity;
GRANT USAGE ON SCHEMA identity TO dinh_rows;

-- Accounts of the provider. The personal number is an attribute of the register: here only its keyed hash.
CREATE TABLE identity.account (
  id uuid PRIMARY KEY, -- pii: none
  person text NOT NULL UNIQUE, -- pii: reference; basis: request of the person; keep: while the account is open
  number_hash bytea NOT NULL UNIQUE, -- pii: pseudonym; basis: request of the person; keep: while the account is open
  password_hash text NOT NULL, -- pii: secret; basis: request of the person; keep: while the account is open
  totp_secret bytea NOT NULL, -- pii: secret; basis: request of the person; keep: while the account is open
  totp_step bigint NOT NULL DEFAULT 0, -- pii: none
  identity_level smallint NOT NULL, -- pii: none
  opened_at timestamptz NOT NULL -- pii: none
);

-- The password was right, the one-time code is still to come.
CREATE TABLE identity.attempt (
  hash bytea PRIMARY KEY, -- pii: none
  account uuid NOT NULL, -- pii: reference; basis: request of the person; keep: 1 day
  next text NOT NULL, -- pii: none
  expires_at timestamptz NOT NULL -- pii: none
);

-- Sessions at the provider itself.
CREATE TABLE identity.sign_in (
  hash bytea PRIMARY KEY, -- pii: none
  sid text NOT NULL UNIQUE, -- pii: none
  account uuid NOT NULL, -- pii: reference; basis: request of the person; keep: 1 day
  auth_time bigint NOT NULL, -- pii: none
  acr text NOT NULL, -- pii: none
  amr text[] NOT NULL, -- pii: none
  expires_at timestamptz NOT NULL -- pii: none
);

CREATE TABLE identity.client (
  client_id text PRIMARY KEY, -- pii: none
  sector text NOT NULL, -- pii: none
  redirect_uris text[] NOT NULL, -- pii: none
  post_logout_redirect_uris text[] NOT NULL, -- pii: none
  scopes text[] NOT NULL, -- pii: none
  jwks jsonb NOT NULL -- pii: none
);

-- Pairwise references: random, so that no key can undo them.
CREATE TABLE identity.person_reference (
  sector text NOT NULL, -- pii: none
  account uuid NOT NULL, -- pii: reference; basis: request of the person; keep: while the account is open
  reference uuid NOT NULL UNIQUE, -- pii: reference; basis: request of the person; keep: while the account is open
  PRIMARY KEY (sector, account)
);

CREATE TABLE identity.code (
  hash bytea PRIMARY KEY, -- pii: none
  client_id text NOT NULL, -- pii: none
  redirect_uri text NOT NULL, -- pii: none
  scope text NOT NULL, -- pii: none
  code_challenge text NOT NULL, -- pii: none
  nonce text NOT NULL, -- pii: none
  sid text NOT NULL, -- pii: none
  sub text NOT NULL, -- pii: reference; basis: request of the person; keep: 1 day
  auth_time bigint NOT NULL, -- pii: none
  acr text NOT NULL, -- pii: none
  amr text[] NOT NULL, -- pii: none
  expires_at timestamptz NOT NULL, -- pii: none
  used_at timestamptz -- pii: none
);

CREATE TABLE identity.access_token (
  hash bytea PRIMARY KEY, -- pii: none
  code bytea NOT NULL, -- pii: none
  client_id text NOT NULL, -- pii: none
  sid text NOT NULL, -- pii: none
  sub text NOT NULL, -- pii: reference; basis: request of the person; keep: 1 day
  scope text NOT NULL, -- pii: none
  acr text NOT NULL, -- pii: none
  expires_at timestamptz NOT NULL -- pii: none
);
CREATE INDEX ON identity.access_token (sid);

CREATE TABLE identity.assertion (
  client_id text NOT NULL, -- pii: none
  jti text NOT NULL, -- pii: none
  expires_at timestamptz NOT NULL, -- pii: none
  PRIMARY KEY (client_id, jti)
);

CREATE UNLOGGED TABLE identity.rate_mark (
  key text PRIMARY KEY, -- pii: pseudonym; basis: security of the service; keep: 1 day
  marks double precision[] NOT NULL, -- pii: none
  expires_at double precision NOT NULL -- pii: none
);

-- A node as a client: gone to the issuer, not yet back.
CREATE TABLE identity.departure (
  hash bytea PRIMARY KEY, -- pii: none
  state text NOT NULL, -- pii: none
  nonce text NOT NULL, -- pii: none
  verifier text NOT NULL, -- pii: none
  next text NOT NULL, -- pii: none
  expires_at timestamptz NOT NULL -- pii: none
);

-- Sessions of this node.
CREATE TABLE identity.session (
  hash bytea PRIMARY KEY, -- pii: none
  person text NOT NULL, -- pii: reference; basis: request of the person; keep: 1 day
  assurance smallint NOT NULL, -- pii: none
  authenticated_at timestamptz NOT NULL, -- pii: none
  id_token text NOT NULL, -- pii: reference; basis: request of the person; keep: 1 day
  opened_at timestamptz NOT NULL, -- pii: none
  expires_at timestamptz NOT NULL, -- pii: none
  idle_until timestamptz NOT NULL -- pii: none
);
CREATE INDEX ON identity.session (person);
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA identity TO dinh_rows;
