alter table collection
    -- of the index that answers: each embedding model that the collection gets makes another
    add column generation integer not null default 0,
    -- of the latest that was begun: a number is given once
    add column last_generation integer not null default 0,
    -- the index that is to take its place, and how far it is; null: none
    add column next_generation integer,
    add column next_model text,
    add column next_requested_at timestamptz,
    add column next_done bigint not null default 0,
    add column next_total bigint not null default 0;

create index collection_by_request on collection (next_requested_at) where next_generation is not null;

-- Indexes that answer no more, or never came to, and are to be deleted.
create table dropped_index (
    collection_id text not null references collection (id),
    generation    integer not null,
    dropped_at    timestamptz not null,
    primary key (collection_id, generation)
);
