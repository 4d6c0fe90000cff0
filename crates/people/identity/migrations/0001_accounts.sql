CREATE TABLE identity_account (
    id UUID PRIMARY KEY,
    name TEXT NOT NULL,
    suspended_at TIMESTAMPTZ,
    demo BOOLEAN NOT NULL,
    created_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE identity_duty (
    account UUID NOT NULL REFERENCES identity_account (id),
    duty TEXT NOT NULL,
    area TEXT NOT NULL,
    granted_at TIMESTAMPTZ NOT NULL,
    granted_by TEXT NOT NULL,
    PRIMARY KEY (account, duty, area)
);

CREATE TABLE identity_passkey (
    credential TEXT PRIMARY KEY,
    account UUID NOT NULL REFERENCES identity_account (id),
    passkey JSONB NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    used_at TIMESTAMPTZ
);
CREATE INDEX identity_passkey_account ON identity_passkey (account);

CREATE TABLE identity_invitation (
    id UUID PRIMARY KEY,
    token_hash TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    grants JSONB NOT NULL,
    invited_by TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    accepted_at TIMESTAMPTZ,
    revoked_at TIMESTAMPTZ
);

CREATE TABLE identity_device (
    id UUID PRIMARY KEY,
    public_key TEXT NOT NULL UNIQUE,
    created_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE identity_session (
    id UUID PRIMARY KEY,
    token_hash TEXT NOT NULL UNIQUE,
    account UUID REFERENCES identity_account (id),
    device UUID REFERENCES identity_device (id),
    created_at TIMESTAMPTZ NOT NULL,
    seen_at TIMESTAMPTZ NOT NULL,
    ends_at TIMESTAMPTZ NOT NULL,
    CHECK ((account IS NULL) <> (device IS NULL))
);
CREATE INDEX identity_session_account ON identity_session (account);
CREATE INDEX identity_session_ends ON identity_session (ends_at);

CREATE TABLE identity_challenge (
    id UUID PRIMARY KEY,
    purpose TEXT NOT NULL,
    state JSONB NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX identity_challenge_expires ON identity_challenge (expires_at);

CREATE TABLE identity_demo (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    marked_at TIMESTAMPTZ NOT NULL
);
