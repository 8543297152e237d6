//! A server that is told to stop finishes what it has begun.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context as _, Result};
use auth_testkit::account::Person;
use auth_testkit::process::ServerProcess;
use rustix::process::Signal;
use tokio::task::JoinSet;

use crate::deployment::{Deployment, eventually};
use crate::on;
use crate::raw::{Wire, login_request, profile_request};

on! {
    no_request_is_cut_by_sigterm: session_on_sqlite, jwt_on_sqlite, session_on_services;
    no_request_is_cut_by_ctrl_c: session_on_sqlite, jwt_on_sqlite;
    a_slow_sign_in_completes_after_sigterm: session_on_sqlite, jwt_on_sqlite;
    a_hang_up_does_not_end_a_server: session_on_sqlite;
    a_server_says_it_is_not_ready_before_it_stops: session_on_sqlite;
    an_idle_connection_does_not_keep_a_server_from_stopping: session_on_sqlite, jwt_on_sqlite;
}

async fn no_request_is_cut_by_sigterm(on: Deployment) -> Result<()> {
    no_request_is_cut_by(Signal::TERM, &on).await
}

async fn no_request_is_cut_by_ctrl_c(on: Deployment) -> Result<()> {
    no_request_is_cut_by(Signal::INT, &on).await
}

/// Connections that are kept alive and used without a pause.
const CONNECTIONS: usize = 8;

/// Answers on all of them before the server is told to stop.
const WARM: usize = 200;

async fn no_request_is_cut_by(signal: Signal, on: &Deployment) -> Result<()> {
    let mut server = on.start().await;
    let ada = on.target(&server).signed_up("ada").await?;
    let request: Arc<[u8]> = profile_request(&ada.client).into();
    let answers = Arc::new(AtomicUsize::new(0));
    let mut askers = JoinSet::new();
    for _ in 0..CONNECTIONS {
        askers.spawn(ask_on(
            server.address(),
            Arc::clone(&request),
            Arc::clone(&answers),
        ));
    }
    eventually("load", async || answers.load(Ordering::Relaxed) >= WARM).await;

    server.signal(signal)?;
    let cut: Vec<_> = askers.join_all().await.into_iter().flatten().collect();
    assert!(cut.is_empty(), "{cut:?}");
    assert_eq!(server.end().await?.code(), Some(0));
    Ok(())
}

/// Asks on and on, on a new connection when the server closed the last, until it takes no
/// more connections; gives how a request was cut, if one was.
async fn ask_on(
    to: SocketAddr,
    request: Arc<[u8]>,
    answers: Arc<AtomicUsize>,
) -> Option<io::Error> {
    loop {
        let Ok(mut wire) = Wire::connect(to).await else {
            return None;
        };
        let mut asked = 0;
        loop {
            match wire.ask(&request).await {
                Ok(answer) => {
                    assert!(
                        answer.status == 200 && answer.body.ends_with(b"}"),
                        "{answer:?}"
                    );
                    answers.fetch_add(1, Ordering::Relaxed);
                    asked += 1;
                    if answer.closes() {
                        break;
                    }
                }
                // The system took the connection, but the server was gone before it did.
                Err(_) if asked == 0 => return None,
                Err(cut) => return Some(cut),
            }
        }
    }
}

/// Sign-ins that wait for one another: when the first is done, others are not.
const SIGN_INS: usize = 4;

/// Longer than hashing takes on a machine that has much else to do.
const AGES: &str = "10m";

async fn a_slow_sign_in_completes_after_sigterm(on: Deployment) -> Result<()> {
    let launch = on.launch().flag("--argon2", "m=65536,t=4,p=1");
    let launch = launch
        .flag("--hash-threads", 1)
        .flag("--hash-deadline", AGES);
    let launch = launch.flag("--shutdown-timeout", AGES);
    let mut server = ServerProcess::start(launch).await?;
    let person = Person::new("ada");
    on.target(&server).confirmed(&person).await?;
    let mut sign_ins = JoinSet::new();
    for _ in 0..SIGN_INS {
        let (address, request) = (server.address(), login_request(&person));
        sign_ins.spawn(async move { Wire::connect(address).await?.ask(&request).await });
    }
    let first = sign_ins.join_next().await.context("no sign-in")???;
    assert_eq!(first.status, 200);

    server.signal(Signal::TERM)?;
    for answer in sign_ins.join_all().await {
        assert_eq!(answer?.status, 200);
    }
    assert_eq!(server.end().await?.code(), Some(0));
    Ok(())
}

async fn an_idle_connection_does_not_keep_a_server_from_stopping(on: Deployment) -> Result<()> {
    let launch = on.launch().flag("--shutdown-timeout", "1h");
    let mut server = ServerProcess::start(launch).await?;
    let mut idle = Wire::connect(server.address()).await?;
    let live = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n";
    assert_eq!(idle.ask(live).await?.status, 200);
    let untouched = Wire::connect(server.address()).await?;
    assert_eq!(server.terminate().await?.code(), Some(0));
    drop((idle, untouched));
    Ok(())
}

async fn a_hang_up_does_not_end_a_server(on: Deployment) -> Result<()> {
    let server = on.start().await;
    server.signal(Signal::HUP)?;
    server.output().line(|line| line.contains("SIGHUP")).await?;
    server.client().await?.get("^/health/live").await?.ok()?;
    Ok(())
}

async fn a_server_says_it_is_not_ready_before_it_stops(on: Deployment) -> Result<()> {
    let launch = on.launch().flag("--drain-delay", "1h");
    let mut server = ServerProcess::start(launch).await?;
    let client = server.client().await?;
    server.signal(Signal::TERM)?;
    let ready = async || client.get("^/health/ready").await;
    eventually("not ready", async || {
        ready().await.is_ok_and(|r| r.is(503).is_ok())
    })
    .await;
    // Whoever comes all the same is answered.
    client.get("/strategy").await?.ok()?;
    // A second signal means now.
    server.signal(Signal::TERM)?;
    assert_eq!(server.end().await?.code(), Some(0));
    Ok(())
}
