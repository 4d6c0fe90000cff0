CREATE TABLE households_desk_key (
    id UUID PRIMARY KEY,
    municipality TEXT NOT NULL,
    point BYTEA NOT NULL,
    secret BYTEA NOT NULL,
    made_at TIMESTAMPTZ NOT NULL,
    retired_at TIMESTAMPTZ
);
CREATE INDEX households_desk_key_municipality ON households_desk_key (municipality, made_at);
CREATE UNIQUE INDEX households_desk_key_current ON households_desk_key (municipality) WHERE retired_at IS NULL;
