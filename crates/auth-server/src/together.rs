//! Several servers in one process, to be looked at side by side.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use actix_web::rt::System;
use anyhow::{Context as _, ensure};
use tracing::info;

use crate::run::{Running, say, spawn};
use crate::server::{Server, StrategySettings};
use crate::settings::{Environment, LogFormat, Pages, Settings};
use crate::signals::{HangUps, shutdown_signal};
use crate::telemetry;

/// A server among others in one process.
#[derive(Clone)]
pub struct Member {
    /// Which.
    pub server: Server,
    /// The settings of its strategy.
    pub strategy: Arc<dyn StrategySettings>,
    /// The port it listens on.
    pub port: u16,
}

/// Runs servers side by side on one set of stores until the process is told to stop. Each
/// listens on its port of `localhost` and trusts the pages of the others, so that a page of
/// one can be switched to another.
///
/// # Errors
/// What kept one of them from starting; in production always, where each server needs an
/// address of its own.
pub fn run_together(servers: &[Member], settings: &Settings) -> anyhow::Result<()> {
    ensure!(
        settings.env == Environment::Development,
        "--env production needs one process for each server, with a --public-url of its own"
    );
    ensure!(
        settings.public_url.is_none(),
        "--public-url belongs to one server: start each with its own binary"
    );
    ensure!(
        settings.admin.admin_url.is_none(),
        "--admin-url belongs to one server: start each with its own binary"
    );
    let system = System::new();
    let hang_ups = system.block_on(async { HangUps::listen() });
    let _telemetry = telemetry::start(settings, "comprehensive-auth")?;
    let mut running: Vec<Running> = vec![];
    for (n, member) in (0..).zip(servers) {
        let mut settings = beside_others(settings, member.port, servers);
        settings.metrics_bind = one_of_each("--metrics-bind", settings.metrics_bind, n)?;
        let admin_bind = one_of_each("--admin-bind", settings.admin.admin_bind, n)?;
        settings.admin.admin_bind = admin_bind;
        let started = spawn(&member.server, &settings, &member.strategy);
        let name = member.server.name;
        running.push(started.with_context(|| format!("{name} did not start"))?);
    }
    announce(servers, &running, settings.log);
    system.block_on(until_told_to_stop(hang_ups));
    running.into_iter().try_for_each(Running::stop)
}

/// Waits for the signal to stop. The servers have settings that no file holds, such as who is
/// beside whom, so they keep theirs.
async fn until_told_to_stop(mut hang_ups: HangUps) {
    let passed_over = async {
        loop {
            hang_ups.next().await;
            info!("SIGHUP changes nothing here: stop the servers and start them again");
        }
    };
    tokio::select! {
        () = shutdown_signal() => {}
        () = passed_over => {}
    }
}

/// The settings of one of the servers.
fn beside_others(settings: &Settings, port: u16, servers: &[Member]) -> Settings {
    let localhost = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let ip = settings.bind.map_or(localhost, |bind| bind.ip());
    let mut settings = settings.clone();
    settings.bind = Some(SocketAddr::new(ip, port));
    let others = servers.iter().map(|other| other.port);
    let others = others.filter(|other| *other != port);
    let origins = others.map(|other| format!("http://localhost:{other}").parse());
    settings.trusted_origins.extend(origins.flatten());
    // They are started side by side to be compared.
    if settings.pages == Pages::On {
        settings.pages = Pages::Demo;
    }
    settings
}

/// Where a listener of the n-th server is that each has: on a port of its own, beginning with the
/// one that is set.
fn one_of_each(
    setting: &str,
    first: Option<SocketAddr>,
    n: u16,
) -> anyhow::Result<Option<SocketAddr>> {
    let Some(mut at) = first.filter(|at| at.port() > 0) else {
        return Ok(first);
    };
    let port = at.port().checked_add(n);
    let missing = || format!("{setting} needs a free port for each server behind it");
    at.set_port(port.with_context(missing)?);
    Ok(Some(at))
}

fn announce(servers: &[Member], running: &[Running], log: LogFormat) {
    if log == LogFormat::Json {
        for (member, running) in servers.iter().zip(running) {
            info!(server = member.server.name, url = %running.url, "ready");
        }
        return;
    }
    say("Ready. Open any of them; they share their users:\n");
    for (Member { server, .. }, running) in servers.iter().zip(running) {
        let url = running.url.as_str().trim_end_matches('/');
        say(format_args!(
            "  {url}   {:<16} {}",
            server.name, server.about
        ));
    }
    say("\nCtrl-C stops them.");
}
