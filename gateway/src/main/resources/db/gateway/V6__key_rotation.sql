-- A key whose secret changed is another key to those who know it by its hash: they forget the old one too.
create or replace function notify_key_changed() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and old.hash <> new.hash then
        perform pg_notify('millrace_keys', encode(old.hash, 'hex'));
    end if;
    perform pg_notify('millrace_keys', encode(coalesce(new.hash, old.hash), 'hex'));
    return null;
end;
$$;
