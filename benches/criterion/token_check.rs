//! What a bearer token costs: with its signature checked, and when it was seen before.
#![allow(missing_docs, clippy::unwrap_used)]

use std::sync::Arc;

use auth_bench::fixture::{Fixture, credential};
use auth_core::{Credential, RevocationMode};
use auth_jwt::Algorithm;
use auth_store::memory::MemoryStore;
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use tokio::runtime::Runtime;

/// More than the verifier remembers, so that going around never meets a known one.
const TOKENS: usize = 40_000;

fn benches(c: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let fixture = runtime.block_on(Fixture::sqlite()).unwrap();
    let mut group = c.benchmark_group("token_check");
    for algorithm in [Algorithm::EdDsa, Algorithm::Es256, Algorithm::Hs256] {
        let registry = fixture.registry(Arc::new(MemoryStore::new()));
        let strategy = fixture
            .tokens(registry, algorithm, RevocationMode::Stateless)
            .unwrap();
        let token = || {
            runtime
                .block_on(credential(&strategy, &fixture.user))
                .unwrap()
        };
        let check = |token: &Credential| {
            let who = runtime.block_on(strategy.authenticate(token));
            who.unwrap().unwrap()
        };
        let known = token();
        group.bench_function(format!("{algorithm}/known"), |b| b.iter(|| check(&known)));
        let unknown: Vec<_> = (0..TOKENS).map(|_| token()).collect();
        let mut next = unknown.iter().cycle();
        group.bench_function(format!("{algorithm}/unknown"), |b| {
            b.iter_batched(|| next.next().unwrap(), check, BatchSize::SmallInput);
        });
    }
    group.finish();
}

criterion_group!(all, benches);
criterion_main!(all);
