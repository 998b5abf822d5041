-- Times are milliseconds since 1970-01-01T00:00:00Z; truth values are 0 and 1; amounts are decimal texts in major units,
-- each with its ISO 4217 currency; names (status, awaits, kind, side) are those of the JSON form.

PRAGMA application_id = 0x61667473;

CREATE TABLE accounts (
    key INTEGER PRIMARY KEY,
    platform TEXT NOT NULL,
    account TEXT NOT NULL,
    side TEXT NOT NULL,
    -- The lease: how often the account has changed hands, who has it, and until when.
    epoch INTEGER NOT NULL DEFAULT 0,
    holder TEXT,
    held_until INTEGER,
    UNIQUE (platform, account)
) STRICT;

CREATE TABLE positions (
    account INTEGER NOT NULL REFERENCES accounts,
    name TEXT NOT NULL,
    position TEXT NOT NULL,
    PRIMARY KEY (account, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE runs (
    key INTEGER PRIMARY KEY,
    account INTEGER NOT NULL REFERENCES accounts,
    started_at INTEGER NOT NULL,
    ended_at INTEGER,
    ending TEXT,
    pages INTEGER NOT NULL DEFAULT 0,
    new INTEGER NOT NULL DEFAULT 0,
    changed INTEGER NOT NULL DEFAULT 0,
    unchanged INTEGER NOT NULL DEFAULT 0,
    unreadable INTEGER NOT NULL DEFAULT 0,
    error TEXT
) STRICT;

CREATE INDEX runs_by_account ON runs (account);

-- What zstd knows before it reads a record: one per platform. The key is in every record that was compressed with it.
CREATE TABLE dictionaries (
    key INTEGER PRIMARY KEY,
    platform TEXT NOT NULL UNIQUE,
    content BLOB NOT NULL
) STRICT;

CREATE TABLE cases (
    key INTEGER PRIMARY KEY,
    account INTEGER NOT NULL REFERENCES accounts,
    id TEXT NOT NULL,
    -- The low 32 bits of the XXH3 of the id.
    id_hash INTEGER NOT NULL,
    order_id TEXT,
    order_number TEXT,
    order_ref TEXT,
    status TEXT NOT NULL,
    awaits TEXT,
    final INTEGER NOT NULL,
    -- Whether the side that the account is on has to act.
    our_turn INTEGER NOT NULL,
    native_code TEXT,
    native_label TEXT,
    -- The code, else the text, else ''.
    reason TEXT NOT NULL,
    requested TEXT,
    requested_currency TEXT,
    refunded TEXT,
    refunded_currency TEXT,
    paid_back INTEGER NOT NULL,
    buyer_id TEXT,
    buyer_phone TEXT,
    buyer_email TEXT,
    created_at INTEGER,
    updated_at INTEGER,
    deadline INTEGER,
    first_seen_at INTEGER NOT NULL,
    -- Since when the case is like this, and when it was last looked up or written: NULL for since it was first seen.
    since INTEGER,
    read_at INTEGER,
    -- The latest of what the platform states and of the changes that we saw, for pruning.
    last_at INTEGER NOT NULL,
    -- For sorting: what has no time comes last.
    unread_since INTEGER AS (coalesce(read_at, first_seen_at)),
    due_at INTEGER AS (coalesce(deadline, 9223372036854775807)),
    opened_at INTEGER AS (coalesce(created_at, 9223372036854775807)),
    absent_since INTEGER,
    -- Whether the buyer is forgotten.
    erased INTEGER NOT NULL DEFAULT 0,
    -- XXH3 (64 bits) of the record, and the record: its JSON form, raw record included, compressed by zstd.
    fingerprint INTEGER NOT NULL,
    record BLOB NOT NULL
) STRICT;

-- Ids come in no order, so that every page of cases changes nearly every page of this index: the smaller the better. That
-- a case is in the table once is seen to in the transaction that writes it.
CREATE INDEX cases_by_id ON cases (id_hash);

CREATE INDEX open_cases ON cases (account, unread_since) WHERE NOT final;
CREATE INDEX queue ON cases (due_at, opened_at, account) WHERE our_turn;

CREATE INDEX cases_by_buyer_id ON cases (buyer_id) WHERE buyer_id IS NOT NULL;
CREATE INDEX cases_by_buyer_phone ON cases (buyer_phone) WHERE buyer_phone IS NOT NULL;
CREATE INDEX cases_by_buyer_email ON cases (buyer_email) WHERE buyer_email IS NOT NULL;

CREATE TABLE items (
    case_key INTEGER NOT NULL REFERENCES cases,
    line INTEGER NOT NULL,
    product_id TEXT,
    sku TEXT,
    quantity INTEGER,
    unit_price TEXT,
    currency TEXT,
    PRIMARY KEY (case_key, line)
) STRICT, WITHOUT ROWID;

-- What a case was like before, each state from the time when we saw it until the next one. What it is like now is in
-- `cases`. Rows are added, never changed.
CREATE TABLE history (
    case_key INTEGER NOT NULL REFERENCES cases,
    entry INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    status TEXT NOT NULL,
    awaits TEXT,
    native_code TEXT,
    native_label TEXT,
    requested TEXT,
    requested_currency TEXT,
    refunded TEXT,
    refunded_currency TEXT,
    deadline INTEGER,
    PRIMARY KEY (case_key, entry)
) STRICT, WITHOUT ROWID;

-- Counts and sums, kept current with every change of a case, by the day on which the case was opened.
CREATE TABLE tallies (
    account INTEGER NOT NULL REFERENCES accounts,
    -- How many days are counted together, 1 or 64: every case counts in both.
    days INTEGER NOT NULL,
    -- The first of them: days since 1970-01-01, -2147483648 for unknown.
    day INTEGER NOT NULL,
    status TEXT NOT NULL,
    final INTEGER NOT NULL,
    reason TEXT NOT NULL,
    -- '' for none
    currency TEXT NOT NULL,
    cases INTEGER NOT NULL,
    paid_back INTEGER NOT NULL,
    requests INTEGER NOT NULL,
    requested TEXT NOT NULL,
    refunds INTEGER NOT NULL,
    refunded TEXT NOT NULL,
    left_out INTEGER NOT NULL,
    PRIMARY KEY (account, days, day, status, final, reason, currency)
) STRICT, WITHOUT ROWID;

-- What has to stay away: cases that ended before a time, and buyers (SHA-256 of the salt and an id, phone or e-mail) in
-- cases opened until a time.
CREATE TABLE retention (
    key INTEGER PRIMARY KEY CHECK (key = 1),
    salt BLOB NOT NULL,
    pruned_before INTEGER
) STRICT;

INSERT INTO retention (key, salt) VALUES (1, randomblob(16));

CREATE TABLE forgotten (
    buyer BLOB PRIMARY KEY,
    until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
