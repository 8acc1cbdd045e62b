create table job (
    id text primary key,
    tenant text not null,
    priority integer not null,
    spec jsonb not null,
    status text not null,
    -- what a user wants of a job in hand: cancel, pause
    wish text,
    -- which service has it in hand, and until when that is believed
    holder text,
    held_until timestamptz,
    -- how often a worker died since the last step that was reported
    deaths integer not null default 0,
    created_at timestamptz not null default clock_timestamp(),
    started_at timestamptz,
    finished_at timestamptz,
    start_step bigint not null default 0,
    step bigint not null default 0,
    total_steps bigint not null default 0,
    trained_tokens bigint not null default 0,
    error_code text not null default '',
    error_message text not null default ''
);
create index job_waiting on job (priority desc, created_at) where status in ('queued', 'validating_files', 'running');
create index job_tenant on job (tenant, created_at desc);

create table event (
    number bigint generated always as identity primary key,
    job_id text not null references job (id) on delete cascade,
    at timestamptz not null default clock_timestamp(),
    status text not null,
    message text not null,
    step bigint not null,
    metrics jsonb not null
);
create index event_job on event (job_id, number);

-- what is to be told over Kafka, written with the change that it tells of
create table outbox (
    number bigint generated always as identity primary key,
    event_number bigint,
    adapter_of text
);
