//! Several servers in one process, to be looked at side by side.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use actix_web::rt::System;
use anyhow::{Context as _, ensure};
use clap::CommandFactory as _;
use tracing::info;

use crate::run::{Running, say, shutdown_signal, spawn};
use crate::server::Server;
use crate::settings::{Environment, LogFormat, Settings, check_variables};
use crate::telemetry;

/// Runs servers side by side on one set of stores until the process is told to stop. Each
/// listens on its port of `localhost` and trusts the pages of the others, so that a page of
/// one can be switched to another.
///
/// # Errors
/// What kept one of them from starting; in production always, where each server needs an
/// address of its own.
pub fn run_together(servers: &[(Server, u16)], settings: &Settings) -> anyhow::Result<()> {
    ensure!(
        settings.env == Environment::Development,
        "--env production needs one process for each server, with a --public-url of its own"
    );
    ensure!(
        settings.public_url.is_none(),
        "--public-url belongs to one server: start each with its own binary"
    );
    telemetry::start(settings.log);
    check_variables(&Settings::command())?;
    let mut running: Vec<Running> = vec![];
    for (n, (server, port)) in (0..).zip(servers) {
        let mut settings = beside_others(settings, *port, servers);
        settings.metrics_bind = metrics_bind(settings.metrics_bind, n)?;
        let started = spawn(server, &settings);
        running.push(started.with_context(|| format!("{} did not start", server.name))?);
    }
    announce(servers, &running, settings.log);
    System::new().block_on(shutdown_signal());
    running.into_iter().try_for_each(Running::stop)
}

/// The settings of one of the servers.
fn beside_others(settings: &Settings, port: u16, servers: &[(Server, u16)]) -> Settings {
    let localhost = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let ip = settings.bind.map_or(localhost, |bind| bind.ip());
    let mut settings = settings.clone();
    settings.bind = Some(SocketAddr::new(ip, port));
    let others = servers.iter().map(|(_, other)| *other);
    let others = others.filter(|other| *other != port);
    let origins = others.map(|other| format!("http://localhost:{other}").parse());
    settings.trusted_origins.extend(origins.flatten());
    settings
}

/// Where the metrics of the n-th server are: each has a port of its own, beginning with the
/// one that is set.
fn metrics_bind(first: Option<SocketAddr>, n: u16) -> anyhow::Result<Option<SocketAddr>> {
    let Some(mut at) = first.filter(|at| at.port() > 0) else {
        return Ok(first);
    };
    let port = at.port().checked_add(n);
    at.set_port(port.context("--metrics-bind needs a free port for each server behind it")?);
    Ok(Some(at))
}

fn announce(servers: &[(Server, u16)], running: &[Running], log: LogFormat) {
    if log == LogFormat::Json {
        for ((server, _), running) in servers.iter().zip(running) {
            info!(server = server.name, url = %running.url, "ready");
        }
        return;
    }
    say("Ready. Open any of them; they share their users:\n");
    for ((server, _), running) in servers.iter().zip(running) {
        let url = running.url.as_str().trim_end_matches('/');
        say(format_args!(
            "  {url}   {:<16} {}",
            server.name, server.about
        ));
    }
    say("\nCtrl-C stops them.");
}
