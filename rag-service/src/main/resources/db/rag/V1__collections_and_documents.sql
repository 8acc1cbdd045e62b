create table collection (
    id         text primary key,
    tenant     text not null,
    name       text not null,
    model      text not null,
    created_at timestamptz not null,
    -- a deleted one stays, so that what was requested before finds it deleted
    deleted_at timestamptz
);

create index collection_by_tenant on collection (tenant, created_at desc) where deleted_at is null;

create table document (
    collection_id  text not null references collection (id),
    id             text not null,
    filename       text not null,
    -- {"key": text, number or boolean}
    attributes     jsonb not null,
    max_tokens     integer not null,
    overlap_tokens integer not null,
    content_hash   text not null,
    bytes          bigint not null,
    state          text not null check (state in ('IN_PROGRESS', 'COMPLETED', 'FAILED')),
    error_code     text,
    error_message  text,
    chunks         integer not null,
    -- the request that made it what it is; requests may come twice, and late
    request_id     text not null,
    requested_at   timestamptz not null,
    created_at     timestamptz not null,
    deleted_at     timestamptz,
    primary key (collection_id, id)
);
