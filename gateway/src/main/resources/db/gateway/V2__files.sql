-- Files that users sent; their bytes lie in a folder, each under its id.
create table file (
    id         text primary key,
    -- whose it is
    tenant     text not null,
    filename   text not null,
    purpose    text not null,
    bytes      bigint not null,
    created_at timestamptz not null,
    -- null: it stays until it is deleted
    expires_at timestamptz
);

create index file_of_tenant on file (tenant, created_at, id);
create index file_expiry on file (expires_at) where expires_at is not null;
