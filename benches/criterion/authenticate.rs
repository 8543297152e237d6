//! From a credential to the user behind it, without HTTP: what a request costs a strategy
//! end to end, on SQLite.
#![allow(missing_docs, clippy::unwrap_used)]

use auth_bench::fixture::{Fixture, credential};
use auth_core::{Credential, RevocationMode, Strategy, User, UserStore as _};
use auth_jwt::Algorithm;
use criterion::{Criterion, criterion_group, criterion_main};
use tokio::runtime::Builder;

/// The user behind a credential: looked up, unless authentication came across it.
async fn user(strategy: &Strategy, fixture: &Fixture, credential: &Credential) -> User {
    let who = strategy.authenticate(credential).await.unwrap().unwrap();
    match who.user {
        Some(user) => user.into_inner(),
        None => fixture.database.find(who.user_id).await.unwrap().unwrap(),
    }
}

fn benches(c: &mut Criterion) {
    // One thread, as in an actix worker.
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let fixture = runtime.block_on(Fixture::sqlite()).unwrap();
    let registry = || fixture.registry(fixture.database.clone());
    let jwt = |mode| fixture.tokens(registry(), Algorithm::EdDsa, mode).unwrap();
    let strategies = [
        ("session", fixture.cookies(registry())),
        ("jwt-stateless", jwt(RevocationMode::Stateless)),
        ("jwt-denylist", jwt(RevocationMode::Denylist)),
        ("jwt-checked", jwt(RevocationMode::Checked)),
    ];
    for (name, strategy) in &strategies {
        let presented = runtime.block_on(credential(strategy, &fixture.user));
        let presented = presented.unwrap();
        c.bench_function(&format!("authenticate/{name}"), |b| {
            b.iter(|| runtime.block_on(user(strategy, &fixture, &presented)));
        });
    }
}

criterion_group!(all, benches);
criterion_main!(all);
