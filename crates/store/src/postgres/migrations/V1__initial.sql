-- The same tables as in SQLite, in the types of PostgreSQL. Amounts are decimal texts in major units, so that they keep
-- their scale, each with its ISO 4217 currency; names (status, awaits, side) are those of the JSON form.

CREATE TABLE accounts (
    key bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    platform text NOT NULL,
    account text NOT NULL,
    side text NOT NULL,
    -- The lease: how often the account has changed hands, who has it, and until when.
    epoch bigint NOT NULL DEFAULT 0,
    holder text,
    held_until timestamptz,
    UNIQUE (platform, account)
);

CREATE TABLE positions (
    account bigint NOT NULL REFERENCES accounts,
    name text NOT NULL,
    position text NOT NULL,
    PRIMARY KEY (account, name)
);

CREATE TABLE runs (
    key bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account bigint NOT NULL REFERENCES accounts,
    started_at timestamptz NOT NULL,
    ended_at timestamptz,
    ending text,
    pages bigint NOT NULL DEFAULT 0,
    new bigint NOT NULL DEFAULT 0,
    changed bigint NOT NULL DEFAULT 0,
    unchanged bigint NOT NULL DEFAULT 0,
    unreadable bigint NOT NULL DEFAULT 0,
    error text
);

CREATE INDEX runs_by_account ON runs (account);

-- What zstd knows before it reads a record: one per platform. The key is in every record that was compressed with it.
CREATE TABLE dictionaries (
    key bigint PRIMARY KEY,
    platform text NOT NULL UNIQUE,
    content bytea NOT NULL
);

CREATE TABLE cases (
    key bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account bigint NOT NULL REFERENCES accounts,
    id text NOT NULL,
    order_id text,
    order_number text,
    order_ref text,
    status text NOT NULL,
    awaits text,
    final boolean NOT NULL,
    -- Whether the side that the account is on has to act.
    our_turn boolean NOT NULL,
    native_code text,
    native_label text,
    -- The code, else the text, else ''.
    reason text NOT NULL,
    requested text,
    requested_currency text,
    refunded text,
    refunded_currency text,
    paid_back boolean NOT NULL,
    buyer_id text,
    buyer_phone text,
    buyer_email text,
    created_at timestamptz,
    updated_at timestamptz,
    deadline timestamptz,
    first_seen_at timestamptz NOT NULL,
    -- Since when the case is like this, as far as we saw.
    since timestamptz NOT NULL,
    read_at timestamptz NOT NULL,
    -- The latest of what the platform states and of the changes that we saw, for pruning.
    last_at timestamptz NOT NULL,
    absent_since timestamptz,
    -- Whether the buyer is forgotten.
    erased boolean NOT NULL DEFAULT false,
    -- XXH3 (64 bits) of the record, and the record: its JSON form, raw record included, compressed by zstd.
    fingerprint bigint NOT NULL,
    record bytea NOT NULL,
    UNIQUE (account, id)
);

-- Compressed already.
ALTER TABLE cases ALTER COLUMN record SET STORAGE EXTERNAL;

CREATE INDEX open_cases ON cases (account, read_at, key) WHERE NOT final;
-- What has no time comes last.
CREATE INDEX queue ON cases (
    coalesce(deadline, 'infinity'), coalesce(created_at, 'infinity'), account, key
) WHERE our_turn;

CREATE INDEX cases_by_buyer_id ON cases (buyer_id) WHERE buyer_id IS NOT NULL;
CREATE INDEX cases_by_buyer_phone ON cases (buyer_phone) WHERE buyer_phone IS NOT NULL;
CREATE INDEX cases_by_buyer_email ON cases (buyer_email) WHERE buyer_email IS NOT NULL;

CREATE TABLE items (
    case_key bigint NOT NULL REFERENCES cases ON DELETE CASCADE,
    line integer NOT NULL,
    product_id text,
    sku text,
    quantity bigint,
    unit_price text,
    currency text,
    PRIMARY KEY (case_key, line)
);

-- What a case was like before, each state from the time when we saw it until the next one. What it is like now is in
-- `cases`. Rows are added, never changed.
CREATE TABLE history (
    case_key bigint NOT NULL REFERENCES cases ON DELETE CASCADE,
    entry bigint NOT NULL,
    seen_at timestamptz NOT NULL,
    status text NOT NULL,
    awaits text,
    native_code text,
    native_label text,
    requested text,
    requested_currency text,
    refunded text,
    refunded_currency text,
    deadline timestamptz,
    PRIMARY KEY (case_key, entry)
);

-- Counts and sums, kept current with every change of a case, by the day on which the case was opened.
CREATE TABLE tallies (
    account bigint NOT NULL REFERENCES accounts,
    -- How many days are counted together, 1 or 64: every case counts in both.
    days integer NOT NULL,
    -- The first of them: days since 1970-01-01, -2147483648 for unknown.
    day integer NOT NULL,
    status text NOT NULL,
    final boolean NOT NULL,
    reason text NOT NULL,
    -- '' for none
    currency text NOT NULL,
    cases bigint NOT NULL,
    paid_back bigint NOT NULL,
    requests bigint NOT NULL,
    requested numeric NOT NULL,
    refunds bigint NOT NULL,
    refunded numeric NOT NULL,
    left_out bigint NOT NULL,
    PRIMARY KEY (account, days, day, status, final, reason, currency)
);

-- What has to stay away: cases that ended before a time, and buyers (SHA-256 of the salt and an id, phone or e-mail) in
-- cases opened until a time.
CREATE TABLE retention (
    key integer PRIMARY KEY CHECK (key = 1),
    salt bytea NOT NULL,
    pruned_before timestamptz
);

INSERT INTO retention (key, salt) VALUES (1, uuid_send(gen_random_uuid()));

CREATE TABLE forgotten (
    buyer bytea PRIMARY KEY,
    until timestamptz NOT NULL
);
