//! What a password costs: through the hashing pool, and by the argon2 crate alone.
#![allow(missing_docs, clippy::unwrap_used)]

use std::time::Duration;

use argon2::password_hash::phc;
use argon2::{Argon2, PasswordVerifier as _};
use auth_core::{Argon2Cost, Hasher, HasherConfig, Password};
use criterion::{Criterion, criterion_group, criterion_main};
use tokio::runtime::Runtime;

fn benches(c: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let hasher = Hasher::start(HasherConfig {
        cost: Argon2Cost::RECOMMENDED,
        threads: 1,
        queue: 16,
        deadline: Duration::from_secs(60),
    })
    .unwrap();
    let password = Password::new("analytical engine no. 1");
    let hash = runtime.block_on(hasher.hash(&password)).unwrap();
    let mut group = c.benchmark_group("password_verify");
    group.sample_size(50);
    group.bench_function("pool", |b| {
        b.iter(|| {
            runtime
                .block_on(hasher.verify(&password, Some(&hash)))
                .unwrap()
        });
    });
    let parsed = phc::PasswordHash::new(hash.as_str()).unwrap();
    group.bench_function("argon2 alone", |b| {
        b.iter(|| Argon2::default().verify_password(b"analytical engine no. 1", &parsed));
    });
    group.finish();
}

criterion_group!(all, benches);
criterion_main!(all);
