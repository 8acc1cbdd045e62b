-- what the model says to a prompt after a step: {"prompt", "wanted", "answer"}
alter table event add column sample jsonb;
