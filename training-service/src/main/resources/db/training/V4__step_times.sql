-- when the first step of all was told of, and the latest
alter table job add column first_step_at timestamptz;
alter table job add column last_step_at timestamptz;
