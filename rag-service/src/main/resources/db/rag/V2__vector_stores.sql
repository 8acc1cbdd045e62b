alter table collection
    add column description text not null default '',
    -- {"key": text}
    add column metadata jsonb not null default '{}',
    -- null: never
    add column expires_after_days integer,
    add column last_active_at timestamptz,
    -- an expired one stays in lists; its documents are deleted
    add column expired_at timestamptz;

update collection set last_active_at = created_at;

alter table collection alter column last_active_at set not null;

alter table document drop constraint document_state_check;
alter table document
    add constraint document_state_check check (state in ('IN_PROGRESS', 'COMPLETED', 'FAILED', 'CANCELLED'));

create index document_by_age on document (collection_id, created_at, id) where deleted_at is null;

-- Documents that are watched and cancelled together.
create table batch (
    id            text primary key,
    collection_id text not null references collection (id),
    created_at    timestamptz not null,
    cancelled_at  timestamptz
);

create table batch_document (
    batch_id    text not null references batch (id),
    document_id text not null,
    primary key (batch_id, document_id)
);
