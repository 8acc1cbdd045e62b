-- What a document comes to when the index that is being made takes the place of the one that answers: for embedding models that don't cut texts
-- alike.
create table cut_anew (
    collection_id text not null references collection (id),
    generation    integer not null,
    document_id   text not null,
    chunks        integer not null,
    -- why its bytes couldn't be read again; null: they could
    error_code    text,
    error_message text,
    primary key (collection_id, generation, document_id)
);
