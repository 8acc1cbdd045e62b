-- Keys: only their SHA-256 is kept.
create table api_key (
    id                  text primary key,
    name                text not null,
    shown               text not null,
    hash                bytea not null unique check (length(hash) = 32),
    scopes              text[] not null,
    -- empty: all models
    models              text[] not null,
    -- null: no limit
    requests_per_minute integer,
    tokens_per_minute   bigint,
    parallel_requests   integer,
    tokens_per_month    bigint,
    created_at          timestamptz not null,
    expires_at          timestamptz,
    revoked_at          timestamptz,
    last_used_at        timestamptz
);

-- Every gateway listens, and forgets what it knew of the key. A trigger, so that a change by hand is heard too; not for
-- last_used_at, which changes with every request.
create function notify_key_changed() returns trigger language plpgsql as $$
begin
    perform pg_notify('millrace_keys', encode(coalesce(new.hash, old.hash), 'hex'));
    return null;
end;
$$;

create trigger api_key_changed
    after insert or delete
        or update of name, hash, scopes, models, requests_per_minute, tokens_per_minute, parallel_requests,
            tokens_per_month, expires_at, revoked_at
    on api_key for each row execute function notify_key_changed();

-- One row for each request. Records arrive at least once; request_id makes them count once.
create table usage (
    request_id        text primary key,
    key_id            text not null,
    model             text not null,
    endpoint          text not null,
    prompt_tokens     bigint not null,
    completion_tokens bigint not null,
    cached_tokens     bigint not null,
    status            integer not null,
    started_at        timestamptz not null,
    duration_millis   bigint not null,
    streamed          boolean not null
);

create index usage_by_start on usage using brin (started_at);

-- The sums that budgets and reports read, kept in the same transaction as the rows. Days are UTC.
create table usage_by_day (
    day               date not null,
    key_id            text not null,
    model             text not null,
    requests          bigint not null,
    prompt_tokens     bigint not null,
    completion_tokens bigint not null,
    cached_tokens     bigint not null,
    primary key (key_id, day, model)
);

create index usage_by_day_day on usage_by_day (day);
