//! Peers that are slow, greedy or gone keep nobody else waiting.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use auth_testkit::process::ServerProcess;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{Instant, sleep, timeout};

use crate::deployment::{Deployment, eventually};
use crate::on;
use crate::raw::Wire;

on! {
    a_head_that_does_not_come_ends_its_connection: session_on_sqlite;
    a_head_that_comes_at_once_is_never_late: session_on_sqlite;
    a_body_that_does_not_come_is_a_408: session_on_sqlite, jwt_on_sqlite;
    an_answer_that_nobody_reads_is_given_up: session_on_sqlite;
    who_reads_nothing_holds_little_memory: session_on_sqlite;
    a_thousand_silent_peers_keep_nobody_out: session_on_sqlite;
    peers_that_keep_the_body_back_keep_nobody_out: session_on_sqlite;
    a_greedy_peer_loses_its_oldest_connection: session_on_sqlite;
    a_trusted_proxy_may_have_many_connections: session_on_sqlite;
    an_idle_connection_is_closed_in_the_end: session_on_sqlite;
    what_is_no_http_is_refused_with_a_problem: session_on_sqlite;
    a_server_allows_itself_all_the_files_it_may_have: session_on_sqlite;
}

const HEALTH: &[u8] = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// The largest file there is.
const LARGE: &[u8] = b"GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: localhost\r\n\r\n";

async fn started(on: &Deployment, flags: &[(&str, &str)]) -> Result<ServerProcess> {
    let flags = flags.iter().copied();
    let launch = flags.fold(on.launch(), |launch, (flag, value)| {
        launch.flag(flag, value)
    });
    ServerProcess::start(launch).await
}

/// Connects, sends this and reads until the server closes.
async fn until_closed(to: SocketAddr, bytes: &[u8]) -> Result<String> {
    let mut stream = TcpStream::connect(to).await?;
    stream.write_all(bytes).await?;
    let mut answer = vec![];
    // It may close while something of ours is under way.
    let _ = stream.read_to_end(&mut answer).await;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

async fn a_head_that_does_not_come_ends_its_connection(on: Deployment) -> Result<()> {
    let server = started(&on, &[("--head-timeout", "1s")]).await?;
    let to = server.address();
    until_closed(to, b"").await?;
    let slow = until_closed(to, b"G").await?;
    ensure!(slow.starts_with("HTTP/1.1 408"), "the first head: {slow}");
    ensure!(slow.contains("\"request_timeout\""), "its code: {slow}");
    // The second head of a connection has no more time than the first.
    let mut wire = Wire::connect(to).await?;
    ensure!(wire.ask(HEALTH).await?.status == 200, "not alive");
    wire.send(b"GET / HT").await?;
    let rest = wire.rest().await;
    let is_refusal = rest.is_empty() || rest.starts_with(b"HTTP/1.1 408");
    ensure!(is_refusal, "an answer to half a request");
    Ok(())
}

/// At whatever moment between two ticks of the listener's clock.
async fn a_head_that_comes_at_once_is_never_late(on: Deployment) -> Result<()> {
    let server = started(&on, &[("--head-timeout", "100ms")]).await?;
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_secs(2) {
        alive(server.address()).await?;
    }
    Ok(())
}

async fn a_body_that_does_not_come_is_a_408(on: Deployment) -> Result<()> {
    let server = started(
        &on,
        &[("--head-timeout", "300ms"), ("--request-timeout", "1s")],
    )
    .await?;
    for (headers, body) in [
        ("Content-Length: 9", "{"),
        ("Transfer-Encoding: chunked", "1\r\n{\r\n"),
    ] {
        for path in ["/login", "/refresh", "/register"] {
            let request = format!(
                "POST /api/auth{path} HTTP/1.1\r\nHost: localhost\r\n\
                 Content-Type: application/json\r\n{headers}\r\n\r\n{body}"
            );
            let closed = until_closed(server.address(), request.as_bytes());
            // Long before the connection would be idle for too long.
            let answer = timeout(Duration::from_secs(20), closed).await??;
            let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
            ensure!(head.starts_with("HTTP/1.1 408"), "{path}: {answer}");
            ensure!(head.contains("x-request-id"), "no handler's: {head}");
            ensure!(head.contains("connection: close"), "{path}: {head}");
            ensure!(head.contains("application/problem+json"), "{path}: {head}");
            let body: Value = serde_json::from_str(body)?;
            ensure!(body["code"] == "request_timeout", "{path}: {body}");
        }
    }
    Ok(())
}

/// Asks for much more than the buffers of two systems hold, and reads nothing.
async fn greedy(to: SocketAddr) -> Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.set_recv_buffer_size(4096)?;
    let mut stream = socket.connect(to).await?;
    stream.write_all(&LARGE.repeat(12)).await?;
    Ok(stream)
}

async fn an_answer_that_nobody_reads_is_given_up(on: Deployment) -> Result<()> {
    let server = started(&on, &[("--write-timeout", "300ms")]).await?;
    let mut stream = greedy(server.address()).await?;
    loop {
        // Only writing tells that the other side has gone, while nothing is read.
        if stream.write_all(b"\r\n").await.is_err() {
            return Ok(());
        }
        sleep(Duration::from_millis(20)).await;
    }
}

async fn who_reads_nothing_holds_little_memory(on: Deployment) -> Result<()> {
    const PEERS: usize = 200;
    let server = started(&on, &[]).await?;
    let to = server.address();
    // What is made once is no peer's.
    until_closed(
        to,
        &[&LARGE[..LARGE.len() - 2], b"Connection: close\r\n\r\n"].concat(),
    )
    .await?;
    let before = server.memory()?;
    let mut peers = vec![];
    for _ in 0..PEERS {
        peers.push(greedy(to).await?);
    }
    for peer in &peers {
        peer.readable().await?;
    }
    let each = server.memory()?.saturating_sub(before) / PEERS as u64;
    ensure!(each < 128 * 1024, "{each} bytes for each peer");
    Ok(())
}

async fn a_thousand_silent_peers_keep_nobody_out(on: Deployment) -> Result<()> {
    let server = started(&on, &[]).await?;
    let mut peers = vec![];
    for _ in 0..1_060 {
        let mut peer = TcpStream::connect(server.address()).await?;
        // The server may have closed it to make room.
        let _ = peer.write_all(b"G").await;
        peers.push(peer);
        if peers.len() % 100 == 0 {
            let mut newcomer = Wire::connect(server.address()).await?;
            ensure!(newcomer.ask(HEALTH).await?.status == 200, "not served");
        }
    }
    let mut newcomer = Wire::connect(server.address()).await?;
    ensure!(newcomer.ask(HEALTH).await?.status == 200, "not served");
    drop(peers);
    Ok(())
}

/// The head is there and the body is owed: such a peer waits no less than one that owes the
/// head.
async fn peers_that_keep_the_body_back_keep_nobody_out(on: Deployment) -> Result<()> {
    let flags = [
        ("--max-connections", "8"),
        ("--max-connections-per-peer", "8"),
    ];
    let server = started(&on, &flags).await?;
    let to = server.address();
    for head in [
        "POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{",
        "POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n",
        "GET /api/auth/profile HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n",
    ] {
        let mut peers = vec![];
        for _ in 0..12 {
            let mut peer = TcpStream::connect(to).await?;
            peer.write_all(head.as_bytes()).await?;
            peers.push(peer);
        }
        for _ in 0..3 {
            // Whoever comes while some of them still arrive may be cut off, and comes again.
            eventually(head, async || alive(to).await.is_ok()).await;
        }
    }
    Ok(())
}

async fn alive(to: SocketAddr) -> Result<Wire> {
    let mut wire = Wire::connect(to).await?;
    ensure!(wire.ask(HEALTH).await?.status == 200, "not served");
    Ok(wire)
}

async fn a_greedy_peer_loses_its_oldest_connection(on: Deployment) -> Result<()> {
    let server = started(&on, &[("--max-connections-per-peer", "3")]).await?;
    // Those by which the start was awaited have ended.
    let to = server.address();
    let mut wires = vec![];
    for _ in 0..6 {
        wires.push(alive(to).await?);
    }
    let last = wires.split_off(3);
    for wire in wires {
        ensure!(wire.rest().await.is_empty(), "something came");
    }
    for mut wire in last {
        ensure!(wire.ask(HEALTH).await?.status == 200, "closed");
    }
    Ok(())
}

async fn a_trusted_proxy_may_have_many_connections(on: Deployment) -> Result<()> {
    let flags = [
        ("--max-connections-per-peer", "3"),
        ("--trusted-proxy", "127.0.0.0/8"),
    ];
    let server = started(&on, &flags).await?;
    let mut wires = vec![];
    for _ in 0..20 {
        wires.push(alive(server.address()).await?);
    }
    for wire in &mut wires {
        ensure!(wire.ask(HEALTH).await?.status == 200, "closed");
    }
    Ok(())
}

async fn an_idle_connection_is_closed_in_the_end(on: Deployment) -> Result<()> {
    let server = started(&on, &[("--keep-alive", "300ms")]).await?;
    let wire = alive(server.address()).await?;
    ensure!(wire.rest().await.is_empty(), "something came");
    Ok(())
}

async fn what_is_no_http_is_refused_with_a_problem(on: Deployment) -> Result<()> {
    let server = started(&on, &[]).await?;
    let long = format!("GET / HTTP/1.1\r\nX: {}\r\n\r\n", "a".repeat(200_000));
    for (bytes, status, code) in [
        ("nonsense\r\n\r\n", 400, "invalid_request"),
        (
            "GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
            400,
            "invalid_request",
        ),
        (&long, 431, "headers_too_large"),
    ] {
        let answer = until_closed(server.address(), bytes.as_bytes()).await?;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
        ensure!(head.starts_with(&format!("HTTP/1.1 {status}")), "{head}");
        ensure!(head.contains("application/problem+json"), "{head}");
        let body: Value = serde_json::from_str(body)?;
        ensure!(body["code"] == code && body["status"] == status, "{body}");
    }
    eventually("the server", async || alive(server.address()).await.is_ok()).await;
    Ok(())
}

async fn a_server_allows_itself_all_the_files_it_may_have(on: Deployment) -> Result<()> {
    // It inherits a limit that can be raised.
    let limit = getrlimit(Resource::Nofile);
    let most = limit.maximum.context("there is no limit")?;
    let current = Some(most - 1);
    setrlimit(Resource::Nofile, Rlimit { current, ..limit })?;
    let server = started(&on, &[]).await?;
    let most = most.to_string();
    ensure!(server.file_limits()? == (most.clone(), most));
    Ok(())
}
