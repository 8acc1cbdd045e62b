create table collection (
    -- of its own table: chunk_1 and so on
    number     bigint generated always as identity primary key,
    id         text not null unique,
    tenant     text not null,
    -- a deleted one stays, so that what was being taken in meanwhile doesn't come back
    deleted_at timestamptz
);

-- What each collection's table is made like: a table for each, so that a search goes through its own chunks alone.
create table chunk (
    id          bigint generated always as identity primary key,
    tenant      text not null,
    document    text not null,
    fingerprint text not null,
    filename    text not null,
    -- {"key": text, number or boolean}
    attributes  jsonb not null,
    text        text not null,
    starts_at   integer not null,
    ends_at     integer not null,
    -- "number:offset number:offset"
    pages       text not null,
    heading     text not null,
    -- which of both ways its words are told by, and how many they are
    field       text not null,
    length      integer not null,
    -- each word of the service's own analysis, with as many positions as it stands there
    words       tsvector not null,
    -- of length 1; each collection's table says of how many dimensions
    embedding   vector not null
);

create index chunk_document on chunk (document);
create index chunk_words on chunk using gin (words) with (fastupdate = off);

-- What every search goes through stays in the row; texts are moved out of it.
alter table chunk
    alter column words set storage main,
    alter column embedding set storage main;

-- How many chunks a collection has by each way of telling words, and of how many words.
create table field (
    collection bigint not null references collection (number),
    field      text not null,
    chunks     bigint not null,
    length     bigint not null,
    primary key (collection, field)
);

-- How many chunks of a collection have a word.
create table term (
    collection bigint not null references collection (number),
    term       text not null,
    chunks     bigint not null,
    primary key (collection, term)
);

-- How often a word stands in a text. Of one word ts_rank makes the sum of 1/i² over its places, divided by π²/6: 1/(n + 1/2) is left of
-- that sum, so closely that the nearest integer is right up to 255, which is as many places as a tsvector keeps.
create function occurrences(words tsvector, word tsquery) returns double precision
    language sql immutable parallel safe
return round(1 / (1.6449340668482264 * (1 - ts_rank('{1, 1, 1, 1}', words, word)::double precision)) - 0.5);
