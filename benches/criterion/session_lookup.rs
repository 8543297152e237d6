//! What finding a session costs, by store. PostgreSQL and Redis take part when
//! `TEST_POSTGRES_URL` and `TEST_REDIS_URL` name one.
#![allow(missing_docs, clippy::unwrap_used)]

use std::sync::Arc;

use auth_bench::fixture::{Fixture, credential};
use auth_core::SessionManager;
use auth_store::memory::MemoryStore;
use auth_store::redis::{RedisConfig, RedisStore};
use criterion::{Criterion, criterion_group, criterion_main};
use tokio::runtime::{Builder, Runtime};

fn lookup(c: &mut Criterion, runtime: &Runtime, name: &str, fixture: &Fixture, on: SessionManager) {
    let strategy = fixture.cookies(on);
    let cookie = runtime.block_on(credential(&strategy, &fixture.user));
    let cookie = cookie.unwrap();
    c.bench_function(&format!("session_lookup/{name}"), |b| {
        b.iter(|| {
            let who = runtime.block_on(strategy.authenticate(&cookie));
            who.unwrap().unwrap()
        });
    });
}

fn benches(c: &mut Criterion) {
    // One thread, as in an actix worker.
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let fixture = runtime.block_on(Fixture::sqlite()).unwrap();
    let on = fixture.registry(fixture.database.clone());
    lookup(c, &runtime, "sqlite", &fixture, on);
    let on = fixture.registry(Arc::new(MemoryStore::new()));
    lookup(c, &runtime, "memory+sqlite", &fixture, on);
    if let Ok(url) = std::env::var("TEST_REDIS_URL") {
        let redis = RedisStore::connect(&url, RedisConfig::default());
        let redis = runtime.block_on(redis).unwrap();
        let on = fixture.registry(Arc::new(redis));
        lookup(c, &runtime, "redis+sqlite", &fixture, on);
    }
    if let Ok(url) = std::env::var("TEST_POSTGRES_URL") {
        let fixture = runtime
            .block_on(Fixture::at(&url.parse().unwrap()))
            .unwrap();
        let on = fixture.registry(fixture.database.clone());
        lookup(c, &runtime, "postgres", &fixture, on);
    }
}

criterion_group!(all, benches);
criterion_main!(all);
