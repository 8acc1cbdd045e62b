-- Answers of POST /v1/responses that are kept, for the next turn of their conversation and to be read again.
create table response (
    id         text primary key,
    -- whose it is
    tenant     text not null,
    created_at timestamptz not null,
    -- the answer as it was given, and the items that it answered: JSON, which nobody searches
    response   text not null,
    input      text not null,
    -- the conversation until after it, one role for each text: an answer that is deleted takes no other along
    roles      text[] not null,
    texts      text[] not null
);

create index response_by_age on response (created_at);
