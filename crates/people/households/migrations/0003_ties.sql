CREATE TABLE households_tie (
    disaster UUID NOT NULL,
    subject UUID NOT NULL,
    party UUID NOT NULL, -- the smallest subject of those that are one household
    at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (disaster, subject)
);
CREATE INDEX households_tie_subject ON households_tie (subject);
CREATE INDEX households_tie_party ON households_tie (disaster, party);
