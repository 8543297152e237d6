//! What a bearer token costs: with its signature checked, and when it was seen before.
#![allow(missing_docs, clippy::unwrap_used)]

use std::sync::Arc;
use std::time::Duration;

use auth_bench::fixture::{Fixture, device, proof};
use auth_core::strategy::Handed;
use auth_core::{Clock as _, Credential, Strategy as _, SystemClock};
use auth_jwt::{Algorithm, JwtConfig, JwtStrategy, KeyRing, RevocationMode};
use auth_store::memory::MemoryStore;
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use tokio::runtime::Runtime;

/// More than the verifier remembers, so that going around never meets a known one.
const TOKENS: usize = 40_000;

fn strategy(fixture: &Fixture, algorithm: Algorithm, mode: RevocationMode) -> JwtStrategy {
    let dir = tempfile::tempdir().unwrap();
    let keys = KeyRing::open(&dir.path().join("keys"), algorithm, SystemClock.now()).unwrap();
    let config = JwtConfig {
        issuer: "https://auth.example.org".into(),
        audience: "https://auth.example.org".into(),
        access_ttl: Duration::from_secs(3600),
        mode,
    };
    let registry = fixture.registry(Arc::new(MemoryStore::new()));
    JwtStrategy::new(registry, keys, config).unwrap()
}

async fn token(strategy: &JwtStrategy, fixture: &Fixture) -> Credential {
    let issued = strategy
        .issue(&fixture.user, proof(), &device())
        .await
        .unwrap();
    match issued.handed {
        Handed::Tokens { access, .. } => Credential::Bearer(access),
        Handed::Cookie(_) => unreachable!("a token strategy hands out tokens"),
    }
}

fn benches(c: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let fixture = runtime.block_on(Fixture::sqlite()).unwrap();
    let mut group = c.benchmark_group("token_check");
    for algorithm in [Algorithm::EdDsa, Algorithm::Es256, Algorithm::Hs256] {
        let strategy = strategy(&fixture, algorithm, RevocationMode::Stateless);
        let known = runtime.block_on(token(&strategy, &fixture));
        group.bench_function(format!("{algorithm}/known"), |b| {
            b.iter(|| {
                runtime
                    .block_on(strategy.authenticate(&known))
                    .unwrap()
                    .unwrap()
            });
        });
        let unknown: Vec<Credential> = runtime.block_on(async {
            let mut tokens = vec![];
            for _ in 0..TOKENS {
                tokens.push(token(&strategy, &fixture).await);
            }
            tokens
        });
        let mut next = unknown.iter().cycle();
        group.bench_function(format!("{algorithm}/unknown"), |b| {
            b.iter_batched(
                || next.next().unwrap(),
                |token| {
                    runtime
                        .block_on(strategy.authenticate(token))
                        .unwrap()
                        .unwrap()
                },
                BatchSize::SmallInput,
            );
        });
    }
    group.finish();
}

criterion_group!(all, benches);
criterion_main!(all);
