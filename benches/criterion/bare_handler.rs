//! What actix itself costs for the body of a profile, without a socket.
#![allow(missing_docs, clippy::unwrap_used)]

use actix_web::App;
use actix_web::rt::System;
use actix_web::test::{TestRequest, call_service, init_service};
use auth_bench::bare;
use criterion::{Criterion, criterion_group, criterion_main};

fn benches(c: &mut Criterion) {
    let system = System::new();
    let app = system.block_on(init_service(App::new().configure(bare::routes)));
    c.bench_function("bare_handler", |b| {
        b.iter(|| {
            let request = TestRequest::get().uri("/profile").to_request();
            system.block_on(call_service(&app, request))
        });
    });
}

criterion_group!(all, benches);
criterion_main!(all);
