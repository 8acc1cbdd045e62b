-- the name of an adapter that was deleted: told by a record without a value
alter table outbox add column adapter_gone text;
