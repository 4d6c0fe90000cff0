CREATE TABLE households_household (
    id UUID PRIMARY KEY,
    subject UUID NOT NULL UNIQUE,
    municipality TEXT NOT NULL,
    revision BIGINT NOT NULL,
    data BYTEA,
    created_at TIMESTAMPTZ NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL,
    deleted_at TIMESTAMPTZ
);
CREATE INDEX households_household_municipality ON households_household (municipality, id);

-- Apart from what it opens: a copy of the household is worth nothing once its key is gone.
CREATE TABLE households_data_key (
    household UUID PRIMARY KEY,
    sealed BYTEA NOT NULL
);

CREATE TABLE households_member (
    device UUID PRIMARY KEY,
    household UUID NOT NULL REFERENCES households_household (id),
    guardian BOOLEAN NOT NULL,
    person UUID,
    joined_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX households_member_household ON households_member (household);

CREATE TABLE households_invite (
    code TEXT PRIMARY KEY,
    household UUID NOT NULL REFERENCES households_household (id),
    person UUID,
    expires_at TIMESTAMPTZ NOT NULL,
    used_at TIMESTAMPTZ
);
CREATE INDEX households_invite_household ON households_invite (household);

CREATE TABLE households_token (
    id UUID PRIMARY KEY,
    household UUID NOT NULL REFERENCES households_household (id),
    device UUID NOT NULL,
    kind TEXT NOT NULL,
    blind TEXT NOT NULL,
    sealed BYTEA NOT NULL,
    made_at TIMESTAMPTZ NOT NULL,
    revoked_at TIMESTAMPTZ
);
CREATE INDEX households_token_household ON households_token (household);
CREATE INDEX households_token_blind ON households_token (blind);
CREATE UNIQUE INDEX households_token_good ON households_token (blind) WHERE revoked_at IS NULL;

CREATE TABLE households_consent (
    id UUID PRIMARY KEY,
    household UUID NOT NULL REFERENCES households_household (id),
    about TEXT NOT NULL,
    text_version TEXT NOT NULL,
    given BOOLEAN NOT NULL,
    device UUID NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    nth BIGINT NOT NULL
);
CREATE INDEX households_consent_household ON households_consent (household, nth);

CREATE TABLE households_command (
    command UUID PRIMARY KEY,
    who TEXT NOT NULL,
    digest TEXT NOT NULL,
    at TIMESTAMPTZ NOT NULL
);
CREATE INDEX households_command_at ON households_command (at);

CREATE TABLE households_secret (
    name TEXT PRIMARY KEY,
    sealed BYTEA NOT NULL
);

CREATE TABLE households_sealing_key (
    id UUID PRIMARY KEY,
    municipality TEXT NOT NULL,
    point BYTEA NOT NULL,
    secret BYTEA NOT NULL,
    made_at TIMESTAMPTZ NOT NULL,
    retired_at TIMESTAMPTZ
);
CREATE INDEX households_sealing_key_municipality ON households_sealing_key (municipality, made_at);
CREATE UNIQUE INDEX households_sealing_key_current ON households_sealing_key (municipality) WHERE retired_at IS NULL;

CREATE TABLE households_protection (
    id UUID PRIMARY KEY,
    municipality TEXT NOT NULL,
    subject UUID,
    imported BOOLEAN NOT NULL,
    sealed BYTEA,
    at TIMESTAMPTZ NOT NULL
);
CREATE INDEX households_protection_municipality ON households_protection (municipality, at);
CREATE INDEX households_protection_subject ON households_protection (subject) WHERE subject IS NOT NULL;

CREATE TABLE households_protection_mark (
    protection UUID NOT NULL REFERENCES households_protection (id),
    mark TEXT NOT NULL,
    PRIMARY KEY (protection, mark)
);
CREATE INDEX households_protection_mark_mark ON households_protection_mark (mark);
