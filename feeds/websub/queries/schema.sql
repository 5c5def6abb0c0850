-- The tables of version 1, next to those of huey.
create table subscription (
    key text primary key,
    topic text not null,
    callback text not null,
    lease_end real not null,
    etag text not null,
    secret text not null,
    delivered_etag text not null default '',
    delivered_at real not null default 0,
    attempts integer not null default 0,
    attempted_etag text not null default '',
    attempted_at real not null default 0,
    failures integer not null default 0,
    failing_since real not null default 0,
    next_attempt real,
    error text not null default '',
    topic_url text not null,
    host text not null
);
create index subscription_topic on subscription (topic_url);
create index subscription_host on subscription (host);
create index subscription_lease_end on subscription (lease_end);
create index subscription_next_attempt on subscription (next_attempt, host) where next_attempt is not null;
create index subscription_stuck on subscription (failures) where failures >= 3;
create table topic (url text primary key, etag text not null);
create table confirmation (key text primary key, number integer not null, confirmed_at real not null);
create table hub_counter (name text primary key, value integer not null);
create table request_rate (key text primary key, requests integer not null, expires real not null);
